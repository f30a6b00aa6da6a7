"""The report's plots, drawn with plotly from the tables of the scores."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

# One colour per model, the strongest for the result. Readers with red-green color blindness can tell them apart.
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
    """Draw horizontal bars, one per model in each group, with the table's first group on top.

    Args:
        table: a table with a column ``model`` and the two columns below.
        group: the column that names the groups.
        value: the column to draw, on an axis from 0.
        title: the title of that axis.
    """
    figure = go.Figure()
    for model, rows in table.groupby("model", sort=False):
        figure.add_bar(y=rows[group], x=rows[value], name=model, orientation="h", marker_color=COLOURS.get(model))
    groups = table[group].nunique()
    figure.update_layout(
        LAYOUT, barmode="group", bargap=0.25, height=110 + groups * (14 + 9 * table["model"].nunique())
    )
    figure.update_xaxes(GRID, title=title, rangemode="tozero", fixedrange=True)
    # With the axis reversed, the legend and the bars of a group have the same order.
    figure.update_yaxes(autorange="reversed", automargin=True, fixedrange=True)
    return figure


def lines_over_time(table: pd.DataFrame, value: str, title: str, clips: Sequence[str]) -> go.Figure:
    """Draw a measure over the frames: a line for each of ``clips``, in the table's order, then the mean of all clips.

    Args:
        table: the rows of all clips, with columns ``clip``, ``time`` (frames from 0) and the column ``value`` names.
        value: the column to draw, on an axis from 0.
        title: the title of that axis.
        clips: the names of the clips that get a line.
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
