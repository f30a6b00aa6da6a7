"""One page that shows what the result is worth and where it fails, for a browser without a network."""

import json
from pathlib import Path

import pandas as pd

from face_parsing.evaluation.page import WorstFrame, jpeg_uri, layer_uri, render
from face_parsing.pipeline.entry import run
from face_parsing.pipeline.labels import read_labels
from face_parsing.pipeline.models import PREDICTIONS, RESULT
from face_parsing.pipeline.outputs import whole_directory

LABELS = Path("data/labels.yaml")
PLOTS = Path("plots")
METRICS = {model: Path("metrics") / f"{model}.json" for model in PREDICTIONS} | {RESULT: Path("metrics.json")}
DETECTOR = Path("metrics/detector.json")
REPORT = Path("report")
TABLES = ("classes", "sizes", "confusions", "time")


def main() -> None:
    """Write report/index.html from the metrics and from what the score left in plots."""
    tables = {name: pd.read_csv(PLOTS / f"{name}.csv") for name in TABLES}
    worst = pd.read_csv(PLOTS / "worst.csv", dtype={"clip": str, "frame": str})
    frames = [_worst_frame(*row) for row in worst[["clip", "frame", "height", "J", "F"]].itertuples(index=False)]
    metrics = {model: _read_numbers(path) for model, path in METRICS.items()}
    page = render(metrics, _read_numbers(DETECTOR), tables, frames, read_labels(LABELS))
    with whole_directory(REPORT) as folder:
        (folder / "index.html").write_text(page, encoding="utf-8")
    size = len(page.encode()) / 1e6
    print(f"{len(frames)} of the worst frames among tables and plots, {size:.1f} MB: {REPORT / 'index.html'}")


def _worst_frame(clip: str, frame: str, height: float, j: float, f: float) -> WorstFrame:
    folder = PLOTS / "worst" / clip / frame
    layers = {name: layer_uri(folder / f"{name}.png") for name in ("truth", *METRICS)}
    return WorstFrame(clip, frame, height, j, f, jpeg_uri(folder / "cut.jpg"), jpeg_uri(folder / "whole.jpg"), layers)


def _read_numbers(path: Path) -> dict[str, float | None]:
    return json.loads(path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    run(main)
