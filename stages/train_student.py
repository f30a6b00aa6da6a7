"""One segmentation model, trained as the first time but on the models' own labels of other clips too."""

import argparse
from functools import partial
from pathlib import Path

from face_parsing.pipeline.entry import run
from face_parsing.pipeline.models import MODEL_NAMES
from face_parsing.pipeline.reading import at
from face_parsing.pseudo.mixing import mixed
from face_parsing.pseudo.parameters import Share
from stages import train_segmenter

PSEUDO = Path("data/pseudo")


class Parameters(train_segmenter.Parameters):
    """What this stage reads of params.yaml."""

    share: Share = at("seg.pseudo.share")


def main() -> None:
    """Write models/students/<name>.pth and its training curves, for the name on the command line."""
    parser = argparse.ArgumentParser(prog="python -m stages.train_student", description=__doc__)
    parser.add_argument("name", choices=MODEL_NAMES)
    name = parser.parse_args().name
    parameters = Parameters.read()
    train_segmenter.train(
        name,
        parameters,
        model=Path(f"models/students/{name}.pth"),
        curves=Path(f"curves/students/{name}"),
        on_crops=partial(mixed, crops=PSEUDO, share=parameters.share),
        files=[file for file in PSEUDO.rglob("*") if file.is_file()],
    )


if __name__ == "__main__":
    run(main)
