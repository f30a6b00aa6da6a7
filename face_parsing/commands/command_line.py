"""The console command face-parsing: its subcommands' arguments; a subcommand's module is loaded when it runs."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import get_args

from face_parsing.core.errors import DEBUG, PipelineError, run, show_origin
from face_parsing.sources.parameters import Data

# Names of version 0.2 by the command they belong to, and their names now.
RENAMED = {
    "predict": {
        "--list": "--input-list",
        "--tree": "--recursive",
        "--stills": "--no-tracking",
        "--steady": "--temporal-smoothing",
    },
    "suspects": {"suspects": "find-label-errors"},
}

# The layouts of data sets on disk. The renderer has none.
SOURCES = [name for name in get_args(Data.model_fields["source"].annotation) if name != "synthetic"]


def main() -> None:
    """Run the subcommand that is named on the command line."""
    run(_run)


def _run() -> None:
    _check_renamed(sys.argv[1:])
    arguments = parser().parse_args()
    if arguments.debug:
        os.environ[DEBUG] = "1"
    try:
        import_module(f"face_parsing.commands.{arguments.command.replace('-', '_')}").main(arguments)
    except ImportError as error:
        if (missing := _missing(error)) is None:
            raise
        show_origin()
        raise PipelineError(f"face-parsing {arguments.command}: {missing}") from None


def _missing(error: ImportError) -> str | None:
    """What an installation lacks, and how to get it; None for an error of another kind."""
    if "libGL" in str(error):
        return (
            "OpenCV finds no libGL.so.1; expected opencv-python-headless in its place: "
            "`pip uninstall opencv-python`, then `pip install opencv-python-headless`"
        )
    if not isinstance(error, ModuleNotFoundError) or (error.name or "").startswith("face_parsing"):
        return None
    return f"{error.name}: missing; expected the extra train: `pip install '.[train]'`, or `make setup`"


def _check_renamed(words: Sequence[str]) -> None:
    """Check that no name of version 0.2 is used.

    Raises:
        PipelineError: one is; the message has its name now.
    """
    for old, new in RENAMED.get(words[0], {}).items() if words else ():
        if any(word == old or word.startswith(f"{old}=") for word in words):
            raise PipelineError(f"{old} is named {new} now")


def parser() -> argparse.ArgumentParser:
    """The command line."""
    whole = argparse.ArgumentParser(
        prog="face-parsing",
        description="predict, export, demo, inspect and find-label-errors run the bundled models, or a project's own. "
        "The other commands read what `dvc repro` made; run them in the folder of params.yaml.",
    )
    # After the command's name, where it is expected, and with all of them.
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--debug", action="store_true", help="show the traceback of an error")
    trained = argparse.ArgumentParser(add_help=False)
    trained.add_argument(
        "--project",
        type=Path,
        metavar="DIR",
        help="the folder of a project whose trained models are used, such as . ; default: the bundled models",
    )
    data = argparse.ArgumentParser(add_help=False)
    data.add_argument(
        "--source",
        choices=SOURCES,
        metavar="NAME",
        help=f"the data set's layout, as data.source of params.yaml: {', '.join(SOURCES)}; default: the data/clips of "
        "the project that you are in",
    )
    data.add_argument("--root", metavar="DIR", help="the data set's folder or address, as data.root")
    data.add_argument(
        "--labels", metavar="TABLE", help="the label table's file or name, as data.labels; default: the source's own"
    )
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, what: str, *options: argparse.ArgumentParser) -> argparse.ArgumentParser:
        description = f"{what[0].upper()}{what[1:]}."
        return commands.add_parser(name, help=what, description=description, parents=[*options, common])

    predict = command("predict", "parse the faces in images, folders of frames and videos", trained)
    predict.add_argument("inputs", nargs="*", type=Path, metavar="INPUT", help="an image, a folder of images, a video")
    predict.add_argument(
        "--input-list",
        type=Path,
        metavar="FILE",
        help="take many inputs from a text file, a path a line; the command resumes where an earlier run ended",
    )
    predict.add_argument(
        "--recursive", type=Path, metavar="DIR", help="the same for every folder of images and every video below DIR"
    )
    predict.add_argument("--output", type=Path, required=True, metavar="DIR", help="the folder for the results")
    predict.add_argument("--device", help="cpu, cuda or cuda:<number>; default: the GPU if there is one")
    predict.add_argument(
        "--runtime",
        choices=["torch", "onnx"],
        help="onnx: the files of export; default: onnx if there are any, and no GPU",
    )
    predict.add_argument(
        "--probabilities", action="store_true", help="also write the probabilities of each class, 8 bits a pixel"
    )
    predict.add_argument(
        "--no-tracking", dest="tracking", action="store_false", help="treat the images of a folder as unrelated"
    )
    predict.add_argument(
        "--temporal-smoothing",
        action="store_const",
        const="causal",
        help="smooth each frame with earlier frames only, for live use; default: the project's temporal_smoothing.mode",
    )
    faces = predict.add_mutually_exclusive_group()
    faces.add_argument("--faces", type=Path, metavar="FILE", help="take the faces from this table")
    faces.add_argument("--whole-frame", action="store_true", help="take every image for one face that fills it")

    export = command(
        "export",
        "export the models to a folder that runs without torch, checked against torch; requires the extra train",
        trained,
    )
    export.add_argument(
        "--output", type=Path, metavar="DIR", help="the folder to write; default: exported in the project"
    )

    demo = command(
        "demo", "serve a page to try the models on images, videos and the camera; requires the extra demo", trained
    )
    demo.add_argument("--port", type=int, default=7860, help="a port of 127.0.0.1, for this machine only; 0: any")

    submission = command(
        "submission", "zip the test split's results for a challenge's server, unless it would refuse them"
    )
    submission.add_argument("--output", type=Path, required=True, metavar="FILE", help="the zip file to write")

    score = command("score", "score any folder of label maps by DAVIS J, F and decay, as the pipeline's stage does")
    score.add_argument("--truth", type=Path, required=True, metavar="DIR", help="ground truth, <clip>/<frame>.png")
    score.add_argument("--prediction", type=Path, required=True, metavar="DIR", help="the prediction, the same files")
    score.add_argument("--output", type=Path, required=True, metavar="FILE", help="the metrics to write, JSON")
    score.add_argument("--labels", type=Path, metavar="FILE", help="the label table; default: any ids up to 254")

    flicker = command("flicker", "estimate the flicker of what predict made of videos and folders of frames")
    flicker.add_argument("inputs", nargs="+", type=Path, metavar="INPUT", help="the inputs of predict")
    flicker.add_argument("--prediction", type=Path, required=True, metavar="DIR", help="the --output of predict")
    flicker.add_argument(
        "--output", type=Path, required=True, metavar="FILE", help="the table to write, CSV, a row a frame"
    )

    inspect = command(
        "inspect",
        "show what the pipeline understands of a data set: splits, classes, left and right, invalid files; "
        "requires no training",
        data,
        trained,
    )
    inspect.add_argument(
        "--output", type=Path, required=True, metavar="FILE", help="the contact sheet to write, a JPEG file"
    )
    inspect.add_argument(
        "--count", type=int, default=200, metavar="N", help="pictures to read, drawn evenly; 0: all; default: 200"
    )

    label_errors = command(
        "find-label-errors",
        "list the masks of a data set whose left and right look swapped; requires no training",
        data,
        trained,
    )
    label_errors.add_argument("--output", type=Path, required=True, metavar="FILE", help="the table to write, CSV")
    label_errors.add_argument("--split", choices=["train", "val", "test"], help="default: all splits")

    render = command(
        "render", "render faces with label maps, and what else is known of them, for any use; requires the extra train"
    )
    render.add_argument("--count", type=int, required=True, metavar="N", help="the number of people")
    render.add_argument("--output", type=Path, required=True, metavar="DIR", help="the folder for the data set")
    render.add_argument("--size", default="512", metavar="SIZE", help="a side in pixels, or WIDTHxHEIGHT; default: 512")
    render.add_argument("--seed", type=int, default=0, metavar="N", help="the random seed; default: 0")
    render.add_argument(
        "--views", type=int, default=1, metavar="N", help="pictures of each person, who moves from one to the next"
    )
    render.add_argument(
        "--landmarks", action="store_true", help="also write the 68 landmarks of iBUG, and which are seen"
    )
    render.add_argument("--depth", action="store_true", help="also write depth, 16 bits, in tenths of a millimetre")
    render.add_argument("--normals", action="store_true", help="also write the surface's normals, 16 bits a channel")
    render.add_argument("--flow", action="store_true", help="also write the optical flow to the next view")
    render.add_argument(
        "--domain-randomization",
        type=float,
        default=0.8,
        metavar="SHARE",
        help="share of the people with each kind of real-world variety; default: 0.8",
    )
    render.add_argument(
        "--layout",
        choices=["davis", "face_synthetics", "coco"],
        default="face_synthetics",
        help="where the files lie; default: face_synthetics",
    )
    render.add_argument("--labels", type=Path, metavar="FILE", help="the label table; default: the bundled models'")

    provenance = command("provenance", "show how model files were trained: parameters, classes, code, data, packages")
    provenance.add_argument("models", nargs="+", type=Path, metavar="MODEL", help="such as models/detector.pth")
    return whole


if __name__ == "__main__":
    main()
