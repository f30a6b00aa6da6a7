"""Scores the prediction of an additional model, as the stage score does."""

from face_parsing.clips.layout import read_split
from face_parsing.core import paths
from face_parsing.core.arguments import item_argument
from face_parsing.core.errors import run
from face_parsing.core.labels import read_labels
from face_parsing.core.outputs import write_json
from face_parsing.core.parameters import StageParameters, at
from face_parsing.metrics.folders import numbers_of, score_folders, summary_of
from face_parsing.metrics.parameters import Score


class Parameters(StageParameters):
    """What this stage reads of params.yaml."""

    score: Score = at("score")


def main() -> None:
    """Write metrics/<name>.json for the name on the command line."""
    name = item_argument("score_parts", __doc__)
    folder, metrics = paths.PREDICTIONS / name, paths.METRICS / f"{name}.json"
    clips, labels = read_split(paths.CLIPS, "test"), read_labels(paths.LABELS)
    scores = score_folders(paths.CLIPS / "Annotations", {name: folder}, clips, labels, Parameters.read().score)[name]
    write_json(metrics, numbers_of(folder, scores))
    print(f"{summary_of(scores)}: {metrics}")


if __name__ == "__main__":
    run(main)
