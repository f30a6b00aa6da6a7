"""Score the predictions and the result as the DAVIS 2017 evaluation does."""

from pathlib import Path

from face_parsing.evaluation.folders import numbers_of, score_folders, summary_of
from face_parsing.evaluation.parameters import Score
from face_parsing.pipeline.clips import read_split
from face_parsing.pipeline.entry import run
from face_parsing.pipeline.labels import read_labels
from face_parsing.pipeline.models import PREDICTIONS, RESULT
from face_parsing.pipeline.outputs import whole_directory, write_json
from face_parsing.pipeline.reading import StageParameters, at

CLIPS = Path("data/clips")
LABELS = Path("data/labels.yaml")
FOLDERS = {model: Path("data/predictions") / model for model in PREDICTIONS} | {RESULT: Path("data/results")}
METRICS = {model: Path("metrics") / f"{model}.json" for model in PREDICTIONS} | {RESULT: Path("metrics.json")}
PLOTS = Path("plots")
PICTURES = Path("pictures")


class Parameters(StageParameters):
    """What this stage reads of params.yaml."""

    score: Score = at("score")


def main() -> None:
    """Write the metrics of the four predictions and of the result, plots, and pictures."""
    # Here, since pandas takes longer to import than all else, and the workers that score need none of it.
    from face_parsing.evaluation.plots import write_pictures, write_plots

    parameters = Parameters.read().score
    labels = read_labels(LABELS)
    clips = read_split(CLIPS, "test")
    scores = score_folders(CLIPS / "Annotations", FOLDERS, clips, labels, parameters)
    numbers = {model: numbers_of(FOLDERS[model], scores[model]) for model in FOLDERS}
    with whole_directory(PLOTS) as folder:
        write_plots(folder, scores, CLIPS, FOLDERS, labels, parameters.worst)
    with whole_directory(PICTURES) as folder:
        write_pictures(folder, clips, CLIPS, FOLDERS, labels)
    for model, path in METRICS.items():
        write_json(path, numbers[model])
    print(f"{summary_of(scores[RESULT])}: {METRICS[RESULT]}, metrics, {PLOTS}")


if __name__ == "__main__":
    run(main)
