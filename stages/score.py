"""Scores the predictions and the result as the DAVIS 2017 evaluation does."""

from face_parsing.clips.layout import read_split
from face_parsing.clips.remarks import score_remark
from face_parsing.core import paths
from face_parsing.core.errors import run
from face_parsing.core.labels import read_labels
from face_parsing.core.model_names import RESULT
from face_parsing.core.outputs import atomic_directory, write_json
from face_parsing.core.parameters import StageParameters, at
from face_parsing.metrics.folders import numbers_of, score_folders, summary_of
from face_parsing.metrics.parameters import Score


class Parameters(StageParameters):
    """What this stage reads of params.yaml."""

    score: Score = at("score")


def main() -> None:
    """Write the metrics of the four predictions and of the result, plots, and pictures."""
    # Imported here, since pandas is slow to import and the scoring workers do not need it.
    from face_parsing.plots.plots import write_pictures, write_plots

    parameters = Parameters.read().score
    labels = read_labels(paths.LABELS)
    clips = read_split(paths.CLIPS, "test")
    scores = score_folders(paths.CLIPS / "Annotations", paths.SCORED, clips, labels, parameters)
    numbers = {model: numbers_of(paths.SCORED[model], scores[model]) for model in paths.SCORED}
    with atomic_directory(paths.PLOTS) as folder:
        write_plots(folder, scores, paths.CLIPS, paths.SCORED, labels, parameters.worst)
    with atomic_directory(paths.PICTURES) as folder:
        write_pictures(folder, clips, paths.CLIPS, paths.SCORED, labels)
    for model, path in paths.SCORES.items():
        write_json(path, numbers[model])
    remark = score_remark(numbers[RESULT]["JF"])
    summary, outputs = summary_of(scores[RESULT]), f"{paths.SCORES[RESULT]}, metrics, {paths.PLOTS}"
    print(f"{summary}: {outputs}{f'; {remark}' if remark else ''}")


if __name__ == "__main__":
    run(main)
