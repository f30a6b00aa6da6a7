"""Moves the boundaries of the chosen prediction to image edges by GrabCut: the delivered result."""

from functools import partial

from face_parsing.clips.layout import read_split
from face_parsing.compute.parallel import parallel_map
from face_parsing.core import paths
from face_parsing.core.errors import run
from face_parsing.core.labels import read_labels
from face_parsing.core.model_names import MODEL_OF, Fusion
from face_parsing.core.outputs import atomic_directory
from face_parsing.core.parameters import StageParameters, at
from face_parsing.grabcut.clips import refine_clip
from face_parsing.grabcut.parameters import GrabCut
from face_parsing.grabcut.refining import Refiner


class Parameters(StageParameters):
    """What this stage reads of params.yaml."""

    fusion: Fusion = at("seg.fusion")
    grabcut: GrabCut = at("grabcut")


def main() -> None:
    """Write data/results."""
    parameters = Parameters.read()
    labels = read_labels(paths.LABELS)
    refiner = Refiner(parameters.grabcut, labels)
    prediction = paths.PREDICTIONS / MODEL_OF[parameters.fusion]
    with atomic_directory(paths.RESULTS) as folder:
        refine = partial(
            refine_clip, clips=paths.CLIPS, prediction=prediction, refiner=refiner, labels=labels, out=folder
        )
        counts = list(parallel_map(refine, read_split(paths.CLIPS, "test"), "refine"))
    frames, uncut = (sum(count) for count in zip(*counts, strict=True))
    print(f"{frames} frames of {prediction} refined, {uncut} parts could not be cut and are unchanged: {paths.RESULTS}")


if __name__ == "__main__":
    run(main)
