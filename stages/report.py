"""One page that shows what the result is worth and where it fails, for a browser without a network."""

import json
import subprocess
from pathlib import Path

import pandas as pd

from stages.clips.labels import read_labels
from stages.pipeline.entry import run
from stages.pipeline.outputs import whole_directory
from stages.reporting.page import Measure, WorstFrame, jpeg_uri, layer_uri, render

LABELS = Path("data/labels.yaml")
PLOTS = Path("plots")
METRICS = {model: Path("metrics") / f"{model}.json" for model in ("ocrnet", "eanet_add", "eanet_cat", "ensemble")}
METRICS["result"] = Path("metrics.json")
DETECTOR = Path("metrics/detector.json")
REPORT = Path("report")
TABLES = ("classes", "sizes", "confusions", "time")


def main() -> None:
    """Write report/index.html from the metrics and from what the score left in plots."""
    tables = {name: pd.read_csv(PLOTS / f"{name}.csv") for name in TABLES}
    worst = pd.read_csv(PLOTS / "worst.csv", dtype={"clip": str, "frame": str})
    frames = [_worst_frame(*row) for row in worst[["clip", "frame", "height", "J", "F"]].itertuples(index=False)]
    committed = {path: _committed(path) for path in [*METRICS.values(), DETECTOR]}
    metrics = {model: _measures(path, committed[path]) for model, path in METRICS.items()}
    detector = _measures(DETECTOR, committed[DETECTOR])
    page = render(metrics, detector, tables, frames, read_labels(LABELS), committed=any(committed.values()))
    with whole_directory(REPORT) as folder:
        (folder / "index.html").write_text(page, encoding="utf-8")
    size = len(page.encode()) / 1e6
    print(f"{len(frames)} of the worst frames among tables and plots, {size:.1f} MB: {REPORT / 'index.html'}")


def _worst_frame(clip: str, frame: str, height: float, j: float, f: float) -> WorstFrame:
    folder = PLOTS / "worst" / clip / frame
    layers = {name: layer_uri(folder / f"{name}.png") for name in ("truth", *METRICS)}
    return WorstFrame(clip, frame, height, j, f, jpeg_uri(folder / "cut.jpg"), jpeg_uri(folder / "whole.jpg"), layers)


def _measures(path: Path, before: dict[str, float | None]) -> dict[str, Measure]:
    now = json.loads(path.read_text(encoding="utf-8"))
    return {name: Measure(value, _change(value, before.get(name))) for name, value in now.items()}


def _change(value: float | None, before: float | None) -> float | None:
    return None if value is None or before is None else value - before


def _committed(path: Path) -> dict[str, float | None]:
    """The metrics as they are in git's last commit; empty if they are not, or there is no git."""
    try:
        shown = subprocess.run(["git", "show", f"HEAD:./{path}"], capture_output=True, check=True)
        return json.loads(shown.stdout)
    except (OSError, subprocess.CalledProcessError, ValueError):
        return {}


if __name__ == "__main__":
    run(main)
