"""The console command face-parsing: its subcommands' arguments; a subcommand's module is loaded when it runs."""

import argparse
import os
from importlib import import_module
from pathlib import Path

from face_parsing.pipeline.entry import DEBUG, run


def main() -> None:
    """Run the subcommand that is named on the command line."""
    run(_run)


def _run() -> None:
    arguments = parser().parse_args()
    if arguments.debug:
        os.environ[DEBUG] = "1"
    import_module(f"face_parsing.app.{arguments.command}").main(arguments)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    whole = argparse.ArgumentParser(
        prog="face-parsing",
        description="predict, export and demo work with the models in the box, or with a project's own. The other "
        "commands work with what `dvc repro` made; run them where params.yaml is.",
    )
    # After the command's name, where it is expected, and with all of them.
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--debug", action="store_true", help="show where in the program a fault arose")
    trained = argparse.ArgumentParser(add_help=False)
    trained.add_argument(
        "--project",
        type=Path,
        metavar="DIR",
        help="the folder of a project whose trained models are used, such as . ; by default the models in the box",
    )
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, what: str, *options: argparse.ArgumentParser) -> argparse.ArgumentParser:
        description = f"{what[0].upper()}{what[1:]}."
        return commands.add_parser(name, help=what, description=description, parents=[*options, common])

    predict = command("predict", "parse the faces in images, folders of frames and videos", trained)
    predict.add_argument("inputs", nargs="*", type=Path, metavar="INPUT", help="an image, a folder of images, a video")
    predict.add_argument(
        "--list",
        type=Path,
        metavar="FILE",
        help="take many inputs from a text file, a path a line; what an earlier run did is not done again",
    )
    predict.add_argument("--tree", type=Path, metavar="DIR", help="likewise every folder of images and video below DIR")
    predict.add_argument("--output", type=Path, required=True, metavar="DIR", help="where the results go")
    predict.add_argument("--device", help="cpu, cuda or cuda:<number>; by default the GPU if there is one")
    predict.add_argument("--runtime", choices=["torch", "onnx"], default="torch", help="onnx: what export made")
    predict.add_argument("--stills", action="store_true", help="a folder's images have nothing to do with each other")
    predict.add_argument(
        "--steady",
        action="store_const",
        const="causal",
        help="mix in what was said of the frame before, as a live picture can; by default the project's steady.mode",
    )
    faces = predict.add_mutually_exclusive_group()
    faces.add_argument("--faces", type=Path, metavar="FILE", help="take the faces from this table")
    faces.add_argument("--whole-frame", action="store_true", help="take every picture for one face that fills it")

    command("export", "export the networks of the delivered result to ONNX, checked against torch", trained)

    demo = command(
        "demo", "serve a page to try the models on pictures, videos and the camera; it takes the extra demo", trained
    )
    demo.add_argument("--port", type=int, default=7860, help="of 127.0.0.1, which no other machine reaches; 0: any")

    submission = command(
        "submission", "zip the test split's results for a challenge's server, unless it would refuse them"
    )
    submission.add_argument("--output", type=Path, required=True, metavar="FILE", help="the zip file to write")

    score = command("score", "score any folder of label maps by DAVIS J, F and decay, as the pipeline's stage would")
    score.add_argument("--truth", type=Path, required=True, metavar="DIR", help="the truth, <clip>/<frame>.png")
    score.add_argument("--prediction", type=Path, required=True, metavar="DIR", help="the prediction, the same files")
    score.add_argument("--output", type=Path, required=True, metavar="FILE", help="where the numbers go, as JSON")
    score.add_argument("--labels", type=Path, metavar="FILE", help="the label table; without it any ids up to 254")

    flicker = command("flicker", "estimate how much what predict made of videos and folders of frames flickers")
    flicker.add_argument("inputs", nargs="+", type=Path, metavar="INPUT", help="what predict was given")
    flicker.add_argument("--prediction", type=Path, required=True, metavar="DIR", help="predict's --output")
    flicker.add_argument(
        "--output", type=Path, required=True, metavar="FILE", help="the table to write, CSV, a row a frame"
    )

    suspects = command("suspects", "list the masks whose left and right look swapped, by what the trained models see")
    suspects.add_argument("--output", type=Path, required=True, metavar="FILE", help="the table to write, CSV")
    suspects.add_argument("--split", choices=["train", "val", "test"], default="train", help="default: train")

    provenance = command(
        "provenance", "show what model files were trained with: parameters, classes, code, data, packages"
    )
    provenance.add_argument("models", nargs="+", type=Path, metavar="MODEL", help="such as models/detector.pth")
    return whole


if __name__ == "__main__":
    main()
