"""Trains one segmentation model again, on labelled crops and on the models' pseudo labels of other clips."""

from functools import partial

from face_parsing.core import paths
from face_parsing.core.arguments import item_argument
from face_parsing.core.errors import run
from face_parsing.core.model_names import MODEL_NAMES
from face_parsing.core.parameters import Share, at
from face_parsing.variants.pseudo_labels.mixing import with_pseudo_labels
from stages import train_segmenter


class Parameters(train_segmenter.Parameters):
    """What this stage reads of params.yaml."""

    share: Share = at("seg.pseudo.share")


def main() -> None:
    """Write models/students/<name>.pth, its provenance and its curves for the model's name on the command line."""
    name = item_argument("train_student", __doc__, MODEL_NAMES)
    parameters = Parameters.read()
    train_segmenter.train(
        name,
        parameters,
        model=paths.model_file(name, paths.STUDENTS),
        curves=paths.CURVES / "students" / name,
        vary=partial(with_pseudo_labels, crops=paths.PSEUDO_LABELS, share=parameters.share),
        files=[paths.PSEUDO_LABELS],
    )


if __name__ == "__main__":
    run(main)
