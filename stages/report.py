"""One page that shows what the result is worth and where it fails, for a browser without a network."""

from math import isnan
from pathlib import Path

from face_parsing.evaluation.page import Strip, WorstFrame, jpeg_uri, layer_uri, render
from face_parsing.pipeline.clips import check_name
from face_parsing.pipeline.entry import UserError, run
from face_parsing.pipeline.labels import read_labels
from face_parsing.pipeline.models import PREDICTIONS, RESULT
from face_parsing.pipeline.outputs import whole_directory
from face_parsing.pipeline.tables import read_table
from face_parsing.pipeline.texts import read_numbers

LABELS = Path("data/labels.yaml")
PLOTS = Path("plots")
METRICS = {model: Path("metrics") / f"{model}.json" for model in PREDICTIONS} | {RESULT: Path("metrics.json")}
DETECTOR = Path("metrics/detector.json")
VIDEO = Path("video")
VIDEO_METRICS = {model: Path("metrics/video") / f"{model}.json" for model in METRICS}
REPORT = Path("report")
TABLES: dict[str, dict[str, type]] = {
    "classes": {"model": str, "class": str, "J": float, "F": float},
    "sizes": {"model": str, "height": str, "J": float},
    "confusions": {"model": str, "pair": str, "share": float},
    "time": {"clip": str, "time": float, "J": float},
}
WORST: dict[str, type] = {"clip": str, "frame": str, "height": float, "J": float, "F": float}
VIDEO_TABLES: dict[str, dict[str, type]] = {
    "classes": {"model": str, "class": str, "flicker": float},
    "motion": {"model": str, "motion": str, "where": str, "flicker": float},
    "time": {"clip": str, "time": float, "flicker": float, "estimated": float},
}
STRIPS: dict[str, type] = {"clip": str, "first": float, "frames": float, "flicker": float}
TABLE = "a table that the stage score writes"
VIDEO_TABLE = "a table that the stage score_video writes"


def main() -> None:
    """Write report/index.html from the metrics and from what the score left in plots."""
    tables = {name: read_table(PLOTS / f"{name}.csv", columns, TABLE) for name, columns in TABLES.items()}
    worst = read_table(PLOTS / "worst.csv", WORST, TABLE)
    frames = [_worst_frame(*row) for row in worst[list(WORST)].itertuples(index=False)]
    metrics = {model: read_numbers(path) for model, path in METRICS.items()}
    for model, numbers in metrics.items():
        if numbers.keys() != metrics[RESULT].keys():
            raise UserError(f"{METRICS[model]}: {', '.join(numbers)}; expected the names of {METRICS[RESULT]}")
    for name, columns in VIDEO_TABLES.items():
        tables[f"flicker_{name}"] = read_table(VIDEO / f"{name}.csv", columns, VIDEO_TABLE)
    strips = read_table(VIDEO / "strips/strips.csv", STRIPS, VIDEO_TABLE)
    page = render(
        metrics,
        read_numbers(DETECTOR),
        tables,
        frames,
        {model: read_numbers(path) for model, path in VIDEO_METRICS.items()},
        [_strip(*row) for row in strips[list(STRIPS)].itertuples(index=False)],
        read_labels(LABELS),
    )
    with whole_directory(REPORT) as folder:
        (folder / "index.html").write_text(page, encoding="utf-8")
    size = len(page.encode()) / 1e6
    print(f"{len(frames)} of the worst frames among tables and plots, {size:.1f} MB: {REPORT / 'index.html'}")


def _strip(clip: str, first: float, frames: float, flicker: float) -> Strip:
    check_name(VIDEO / "strips/strips.csv", clip)
    folder = VIDEO / "strips" / clip
    layers = {name: layer_uri(folder / f"{name}.png") for name in ("truth", *METRICS)}
    shown = None if isnan(flicker) else flicker
    return Strip(clip, int(first), int(frames), shown, jpeg_uri(folder / "frames.jpg"), layers)


def _worst_frame(clip: str, frame: str, height: float, j: float, f: float) -> WorstFrame:
    for name in (clip, frame):
        check_name(PLOTS / "worst.csv", name)
    folder = PLOTS / "worst" / clip / frame
    layers = {name: layer_uri(folder / f"{name}.png") for name in ("truth", *METRICS)}
    return WorstFrame(clip, frame, height, j, f, jpeg_uri(folder / "cut.jpg"), jpeg_uri(folder / "whole.jpg"), layers)


if __name__ == "__main__":
    run(main)
