"""Writes one offline page with the result's scores and its worst frames."""

from face_parsing.core import paths
from face_parsing.core.errors import run
from face_parsing.core.labels import read_labels
from face_parsing.core.outputs import atomic_directory
from face_parsing.core.texts import read_numbers
from face_parsing.report.contents import read_metrics, read_strips, read_tables, read_worst_frames
from face_parsing.report.page import render_page


def main() -> None:
    """Write report/index.html from the metrics, plots and video."""
    models = list(paths.SCORED)
    metrics, tables = read_metrics(paths.SCORES), read_tables(paths.PLOTS, paths.VIDEO)
    frames, strips = read_worst_frames(paths.PLOTS, models), read_strips(paths.VIDEO, models)
    detector = read_numbers(paths.DETECTOR_SCORES)
    video = {model: read_numbers(path) for model, path in paths.VIDEO_SCORES.items()}
    page = render_page(metrics, detector, tables, frames, video, strips, read_labels(paths.LABELS))
    with atomic_directory(paths.REPORT) as folder:
        (folder / "index.html").write_text(page, encoding="utf-8")
    size, path = len(page.encode()) / 1e6, paths.REPORT / "index.html"
    print(f"{len(frames)} worst frames, tables and plots, {size:.1f} MB: {path}")


if __name__ == "__main__":
    run(main)
