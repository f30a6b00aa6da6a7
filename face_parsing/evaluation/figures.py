"""The report's plots, drawn by plotly from the tables of the scores."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

# A colour a model, the result's the strongest; told apart also by those who confuse red and green.
COLOURS = {
    "ocrnet": "#9ecae1",
    "eanet_add": "#fdae6b",
    "eanet_cat": "#bcbddc",
    "ensemble": "#969696",
    "result": "#08519c",
}
LAYOUT = dict(
    margin=dict(l=8, r=8, t=8, b=8),
    font=dict(family="system-ui, sans-serif", size=13),
    legend=dict(orientation="h", yanchor="bottom", y=1.01, x=0, traceorder="normal"),
    paper_bgcolor="rgba(0,0,0,0)",
    plot_bgcolor="rgba(0,0,0,0)",
    dragmode=False,
)
GRID = dict(gridcolor="#e3e6ea", zerolinecolor="#c4c9d0", automargin=True)


def bars(table: pd.DataFrame, group: str, value: str, title: str) -> go.Figure:
    """Horizontal bars, one a model in each group; the table's first group is on top.

    Args:
        table: columns ``model``, ``group`` and ``value``.
        group: the column that names the groups.
        value: the column that is drawn, from 0.
        title: of its axis.
    """
    figure = go.Figure()
    for model, rows in table.groupby("model", sort=False):
        figure.add_bar(y=rows[group], x=rows[value], name=model, orientation="h", marker_color=COLOURS.get(model))
    groups = table[group].nunique()
    figure.update_layout(
        LAYOUT, barmode="group", bargap=0.25, height=110 + groups * (14 + 9 * table["model"].nunique())
    )
    figure.update_xaxes(GRID, title=title, rangemode="tozero", fixedrange=True)
    # The legend and the bars of a group then stand in the same order, from the top.
    figure.update_yaxes(autorange="reversed", automargin=True, fixedrange=True)
    return figure


def lines_over_time(table: pd.DataFrame, value: str, title: str, clips: Sequence[str]) -> go.Figure:
    """A measure over the frames: a line for each of some clips, in their order, and the mean of all clips last.

    Args:
        table: columns ``clip``, ``time`` (frames from 0) and ``value``, of all clips.
        value: the column that is drawn, from 0.
        title: of its axis.
        clips: the names of those that have a line.
    """
    figure = go.Figure()
    for clip, rows in table[table["clip"].isin(clips)].groupby("clip", sort=False):
        figure.add_scatter(
            x=rows["time"], y=rows[value], name=clip, mode="lines+markers", line=dict(width=1.5), marker=dict(size=4)
        )
    mean = table.groupby("time")[value].mean()
    figure.add_scatter(x=mean.index, y=mean, name="mean", mode="lines", line=dict(width=4, color="#111"))
    figure.update_layout(LAYOUT, showlegend=False, height=380, hovermode="closest")
    figure.update_xaxes(GRID, title="frame", fixedrange=True)
    figure.update_yaxes(GRID, title=title, rangemode="tozero", fixedrange=True)
    return figure
