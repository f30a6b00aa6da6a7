"""The report's page: tables, plots and images in one HTML file that needs no network."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from plotly.offline import get_plotlyjs

from face_parsing.clips.remarks import detection_remark, score_remark
from face_parsing.core.labels import LabelTable
from face_parsing.core.limits import read_bytes
from face_parsing.core.model_names import RESULT
from face_parsing.imaging.pictures import opened
from face_parsing.report.figures import bars, lines_over_time

TEMPLATE = "page.html"
SHOWN = {
    "ocrnet": "OCRNet",
    "eanet_add": "EANet-Add",
    "eanet_cat": "EANet-Cat",
    "ensemble": "Ensemble",
    "result": "Result",
}
LINES = 50  # the most clips in a plot over time, so that the page does not grow with their number
LOWER_IS_BETTER = {"J_decay", "F_decay", "flicker", "half_right", "estimated_flicker", "swapped"}


@dataclass(frozen=True)
class WorstFrame:
    """A frame with a low score, and data URIs of its images: the face crop, the whole frame, the crop's label maps."""

    clip: str
    frame: str
    height: float
    j: float
    f: float
    cut: str
    whole: str
    layers: dict[str, str]


@dataclass(frozen=True)
class Strip:
    """An excerpt of a clip that the report plays, and data URIs of its strips of frames and label maps."""

    clip: str
    first: int
    frames: int
    flicker: float | None
    picture: str
    layers: dict[str, str]


def render_page(
    metrics: Mapping[str, Mapping[str, float | None]],
    detector: Mapping[str, float | None],
    tables: Mapping[str, pd.DataFrame],
    frames: Sequence[WorstFrame],
    video: Mapping[str, Mapping[str, float | None]],
    strips: Sequence[Strip],
    labels: LabelTable,
) -> str:
    """Render the page as HTML. The same arguments give the same bytes.

    Clips of one frame have neither temporal decay nor flicker. The page says so in place of the plots over time.

    Args:
        metrics: the metrics by model and name, with the baseline first and including the result.
        detector: the detector's metrics by name.
        tables: ``classes``, ``sizes``, ``confusions`` and ``time`` from the stage score; ``flicker_classes``,
            ``flicker_motion`` and ``flicker_time`` from the stage score_video.
        frames: the frames to show, the worst first.
        video: the video metrics by model and name.
        strips: excerpts of the clips that flicker most.
        labels: the label table, for the legend.
    """
    drawn = _drawn(tables["time"], "J", largest=False)
    figures = {
        "classes-j": bars(tables["classes"], "class", "J", "J, mean over clips"),
        "classes-f": bars(tables["classes"], "class", "F", "F, mean over clips"),
        "sizes": bars(tables["sizes"], "height", "J", "J, mean over frames"),
    }
    frame_counts = tables["time"].groupby("clip").size()
    if (frame_counts > 1).any():
        figures["time"] = lines_over_time(tables["time"], "J", "J, mean over classes", drawn)
    over_time = tables["flicker_time"]
    exact = bool(over_time["flicker"].notna().any())
    kind = "flicker" if exact else "estimated"
    title = kind if exact else "estimated flicker"
    flickering = _drawn(over_time, kind, largest=True)
    if flickering:
        figures["flicker-time"] = lines_over_time(over_time, kind, title, flickering)
    if exact:
        motion = tables["flicker_motion"]
        motion = motion.assign(motion=motion["motion"] + ", " + motion["where"])
        figures["flicker-classes"] = bars(tables["flicker_classes"], "class", "flicker", "flicker")
        figures["flicker-motion"] = bars(motion, "motion", "flicker", "flicker")
    if len(tables["confusions"]):
        figures["confusions"] = bars(tables["confusions"], "pair", "share", "share of the pair's pixels")
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
    )
    return environment.get_template(TEMPLATE).render(
        metrics=metrics,
        detector=detector,
        sizes=tables["sizes"],
        frames=frames,
        exact=exact,
        video=video,
        strips=strips,
        clips=drawn,
        count=len(frame_counts),
        paired=len(over_time) > 0,
        single=len(set(frame_counts.index) - set(over_time["clip"])),
        remarks=[*filter(None, [detection_remark(detector.get("recall_50")), score_remark(metrics[RESULT].get("JF"))])],
        labels=labels.parts,
        baseline=next(iter(metrics)),
        lower_is_better=LOWER_IS_BETTER,
        shown=SHOWN,
        plotly=get_plotlyjs(),
        figures={name: _html(name, figure) for name, figure in figures.items()},
    )


def jpeg_uri(path: Path) -> str:
    """Return a JPEG file as a data URI."""
    return _uri("image/jpeg", read_bytes(path, "a JPEG picture"))


def layer_uri(path: Path) -> str:
    """Return an indexed PNG file as a data URI, with a transparent background."""
    buffer = BytesIO()
    with opened(path, "an indexed PNG") as image:
        image.save(buffer, "PNG", transparency=0, optimize=True)
    return _uri("image/png", buffer.getvalue())


def _drawn(table: pd.DataFrame, value: str, largest: bool) -> list[str]:
    """Return at most LINES clips with the largest or smallest mean value, in the table's order."""
    means = table.groupby("clip", sort=False)[value].mean()
    kept = (means.nlargest if largest else means.nsmallest)(LINES, keep="first").index
    return [clip for clip in means.index if clip in kept]


def _uri(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _html(name: str, figure: go.Figure) -> str:
    settings = dict(displayModeBar=False, responsive=True)
    return figure.to_html(full_html=False, include_plotlyjs=False, div_id=name, config=settings)
