"""Score the prediction of a model beside the default ones, as those are scored."""

import argparse
from pathlib import Path

from face_parsing.evaluation.folders import numbers_of, score_folders, summary_of
from face_parsing.evaluation.parameters import Score
from face_parsing.pipeline.clips import read_split
from face_parsing.pipeline.entry import run
from face_parsing.pipeline.labels import read_labels
from face_parsing.pipeline.outputs import write_json
from face_parsing.pipeline.reading import StageParameters, at

CLIPS = Path("data/clips")
LABELS = Path("data/labels.yaml")
PREDICTIONS = Path("data/predictions")
METRICS = Path("metrics")


class Parameters(StageParameters):
    """What this stage reads of params.yaml."""

    score: Score = at("score")


def main() -> None:
    """Write metrics/<name>.json, for the name on the command line."""
    parser = argparse.ArgumentParser(prog="python -m stages.score_parts", description=__doc__)
    parser.add_argument("name", help="of a folder in data/predictions")
    name = parser.parse_args().name
    folder, metrics = PREDICTIONS / name, METRICS / f"{name}.json"
    clips, labels = read_split(CLIPS, "test"), read_labels(LABELS)
    scores = score_folders(CLIPS / "Annotations", {name: folder}, clips, labels, Parameters.read().score)[name]
    write_json(metrics, numbers_of(folder, scores))
    print(f"{summary_of(scores)}: {metrics}")


if __name__ == "__main__":
    run(main)
