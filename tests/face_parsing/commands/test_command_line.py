"""The command line: every subcommand has its module, and help needs none of the heavy ones."""

import subprocess
import sys
from importlib import import_module

import pytest

from face_parsing.commands import command_line
from face_parsing.commands.command_line import parser

COMMANDS = [
    "predict",
    "export",
    "demo",
    "submission",
    "score",
    "flicker",
    "inspect",
    "find-label-errors",
    "render",
    "provenance",
]


def subcommands() -> list[str]:
    (choices,) = (action.choices for action in parser()._subparsers._group_actions)
    return list(choices)


def test_the_subcommands_are_these():
    assert subcommands() == COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_a_subcommand_has_a_module_that_takes_its_arguments(name):
    assert callable(import_module(f"face_parsing.commands.{name.replace('-', '_')}").main)


@pytest.mark.parametrize("arguments", [["--help"], *([name, "--help"] for name in COMMANDS)], ids=" ".join)
def test_help_is_printed_without_importing_what_takes_long(arguments):
    program = (
        "import sys; from face_parsing.commands.command_line import main\n"
        "try: main()\n"
        "finally: print({'torch', 'pandas', 'cv2', 'mmengine'} & set(sys.modules))"
    )
    outcome = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False)
    assert outcome.returncode == 0
    assert outcome.stdout.startswith("usage: face-parsing") and outcome.stdout.endswith("set()\n")


def test_an_unknown_subcommand_is_told_with_the_known_ones():
    command = [sys.executable, "-m", "face_parsing.commands.command_line", "predcit"]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)
    assert outcome.returncode == 2
    assert all(name in outcome.stderr for name in COMMANDS)


def test_the_library_offers_the_face_parser_and_imports_torch_for_it_alone():
    program = "import sys, face_parsing; print('torch' in sys.modules); print(face_parsing.FaceParser.__module__)"
    outcome = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert outcome.stdout.split() == ["False", "face_parsing.runtime.face_parser"]


def test_what_the_library_does_not_offer_is_an_attribute_error():
    import face_parsing

    with pytest.raises(AttributeError, match="no attribute 'Parser'"):
        _ = face_parsing.Parser


def test_predict_takes_the_faces_from_a_table_or_whole_pictures_not_both(capsys):
    with pytest.raises(SystemExit):
        parser().parse_args(["predict", "a.jpg", "--output", "out", "--faces", "faces.csv", "--whole-frame"])
    assert "--whole-frame: not allowed with argument --faces" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["predict", "a.jpg", "--output", "out", "--stills"], "--stills is named --no-tracking now"),
        (["predict", "--list", "a.txt", "--output", "out"], "--list is named --input-list now"),
        (["predict", "--tree", "a", "--output", "out"], "--tree is named --recursive now"),
        (["predict", "a.mp4", "--output", "out", "--steady"], "--steady is named --temporal-smoothing now"),
        (["suspects", "--output", "a.csv"], "suspects is named find-label-errors now"),
    ],
)
def test_a_name_of_version_0_2_fails_with_the_name_now(arguments, line):
    command = [sys.executable, "-m", "face_parsing.commands.command_line", *arguments]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (outcome.returncode, outcome.stderr) == (1, f"error: {line}\n")


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ModuleNotFoundError("No module named 'pandas'", name="pandas"), "pandas: missing; expected the extra train"),
        (
            ImportError("libGL.so.1: cannot open shared object file"),
            "OpenCV finds no libGL.so.1; expected opencv-python",
        ),
    ],
)
def test_what_an_installation_lacks_is_one_line(monkeypatch, error, line):
    def fails(_name):
        raise error

    monkeypatch.setattr(command_line, "import_module", fails)
    monkeypatch.setattr(sys, "argv", ["face-parsing", "provenance", "model.pth"])
    with pytest.raises(SystemExit) as stopped:
        command_line.main()
    assert str(stopped.value.code).startswith(f"error: face-parsing provenance: {line}")
