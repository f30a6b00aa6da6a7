"""The command render: its pictures, and what it refuses."""

import pytest

from face_parsing.commands.command_line import parser
from face_parsing.commands.render import main, size
from face_parsing.core.errors import PipelineError
from tests.repositories import ROOT, succeed


def test_the_command_renders_pictures_of_the_bundled_classes(tmp_path):
    log = succeed(
        ROOT, "face-parsing", "render", "--count", "2", "--size", "96x64", "--output", str(tmp_path / "faces")
    )
    assert f"2 pictures of 2 people: {tmp_path / 'faces'}" in log
    assert sorted(path.name for path in (tmp_path / "faces").glob("[!.]*")) == [
        "000000.png",
        "000000_seg.png",
        "000001.png",
        "000001_seg.png",
        "attributes.csv",
        "labels.yaml",
        "render.json",
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--count", "0"], "--count 0: expected at least 1 person"),
        (["--count", "1", "--views", "0"], "--views 0: expected 1 to 1000"),
        (["--count", "1", "--flow"], "--flow: from one view to the next; expected --views 2 or more"),
        (["--count", "1", "--size", "20"], "--size 20: expected a side, or WIDTHxHEIGHT, of 64 to 4096 pixels"),
        (["--count", "1", "--domain-randomization", "2"], "--domain-randomization 2.0: expected a share, 0 to 1"),
        (["--count", "1", "--seed", "-1"], "--seed -1: expected 0 or more"),
    ],
)
def test_what_can_not_be_rendered_is_one_line(tmp_path, options, message):
    arguments = parser().parse_args(["render", *options, "--output", str(tmp_path / "faces")])
    with pytest.raises(PipelineError) as error:
        main(arguments)
    assert str(error.value) == message
    assert not (tmp_path / "faces").exists()


@pytest.mark.parametrize(("text", "expected"), [("512", (512, 512)), ("512x288", (512, 288))])
def test_a_size_is_a_side_or_width_and_height(text, expected):
    assert size(text) == expected


@pytest.mark.parametrize("text", ["", "512x", "x288", "5000", "512x63", "512 288", "-512"])
def test_other_sizes_are_refused(text):
    with pytest.raises(PipelineError, match="expected a side"):
        size(text)
