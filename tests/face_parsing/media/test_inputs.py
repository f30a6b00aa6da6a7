from pathlib import Path

import pytest

from face_parsing.core.errors import PipelineError
from face_parsing.media.inputs import Input, below, given, listed


@pytest.fixture
def tree(tmp_path) -> Path:
    """A folder with two folders of images, one with the videos between them, and what is no input."""
    for name in (
        "b/x/1.jpg",
        "b/x/2.PNG",
        "a/3.jpeg",
        "b/film.mp4",
        "b/.hidden.mp4",
        ".thumbnails/4.jpg",
        "b/notes.txt",
    ):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).touch()
    return tmp_path / "in"


def test_a_tree_has_its_folders_of_images_and_its_videos(tree):
    assert below(tree) == [
        Input(tree / "a", "a"),
        Input(tree / "b/film.mp4", "b/film"),
        Input(tree / "b/x", "b/x"),
    ]
    assert below(tree / "a") == [Input(tree / "a", "a")]


def test_a_list_is_placed_as_below_the_folder_that_holds_all_of_it(tree, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "list.txt").write_text(f"in/b/film.mp4\n\n{tree}/a\nin/b/x/1.jpg\n")
    found = listed(Path("list.txt"))
    assert found == [
        Input(Path("in/b/film.mp4"), "b/film"),
        Input(tree / "a", "a"),
        Input(Path("in/b/x/1.jpg"), "b/x/1"),
    ]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("in/a/3.jpeg\nin/a/3.jpg\n", r"^3: two inputs have this name"),
        ("in/b\nin/b/film.mp4\nin/b-c\n", r"^b, b/film: one lies in the other's folder"),
        ("\n", "list.txt: no inputs"),
    ],
)
def test_results_that_would_overwrite_each_other_are_refused(tree, tmp_path, monkeypatch, lines, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "list.txt").write_text(lines)
    with pytest.raises(PipelineError, match=message):
        listed(Path("list.txt"))


def test_inputs_named_one_by_one_have_their_own_names(tree):
    assert given([tree / "a", tree / "b/film.mp4"]) == [Input(tree / "a", "a"), Input(tree / "b/film.mp4", "film")]
    with pytest.raises(PipelineError, match="a: two inputs have this name"):
        given([tree / "a", tree / "b/../a"])


def test_an_empty_tree_and_one_that_is_none_are_refused(tmp_path):
    with pytest.raises(PipelineError, match="no images and no videos"):
        below(tmp_path)
    with pytest.raises(PipelineError, match="nowhere: not a folder"):
        below(tmp_path / "nowhere")


def write_tree(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        # A phone's folder: photographs and videos, and videos of photographs.
        (
            ["100APPLE/IMG_1.JPG", "100APPLE/IMG_1.MOV", "100APPLE/IMG_2.MOV"],
            {"100APPLE": "100APPLE/images", "IMG_1.MOV": "100APPLE/IMG_1", "IMG_2.MOV": "100APPLE/IMG_2"},
        ),
        (["a/1.jpg", "a/b/2.jpg"], {"a": "a/images", "b": "a/b"}),
        (["a/1.jpg", "a/images/2.jpg"], {"a": "a/images_", "images": "a/images"}),
        (
            ["a/film.mov", "a/film.MP4", "a/other.mov"],
            {"film.mov": "a/film.mov", "film.MP4": "a/film.MP4", "other.mov": "a/other"},
        ),
        (["clip/1.jpg", "clip.mp4"], {"clip": "clip", "clip.mp4": "clip.mp4"}),
        (["clip/x/1.jpg", "clip.mp4"], {"x": "clip/x", "clip.mp4": "clip.mp4"}),
        (["1.jpg", "1.mov"], {"in": "in/images", "1.mov": "in/1"}),
    ],
)
def test_results_of_a_tree_are_kept_apart(tmp_path, files, expected):
    found = below(write_tree(tmp_path / "in", *files))
    assert {source.path.name: source.name for source in found} == expected
    assert below(tmp_path / "in") == found
