"""A user's own pictures and videos come into the clip layout; what is none of both is told in one line each."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml

from face_parsing.clips.layout import frames_of, read_split
from face_parsing.core.errors import PipelineError
from face_parsing.imaging.pictures import read_image
from stages import unlabelled
from tests.face_parsing.media.test_reading import write_image
from tests.face_parsing.media.video_files import pictures, write_video

DEFAULTS = yaml.safe_load(Path("params.yaml").read_text())
UNLABELLED = Path("data/unlabelled")


@pytest.fixture
def own(empty_project) -> Path:
    """A folder of an image, a folder of two, and a video of seven frames."""
    write_image(empty_project / "own/still é.png")
    for name in ("a.jpg", "b.jpeg"):
        write_image(empty_project / "own/folder" / name)
    write_video(empty_project / "own/film.avi", pictures(7))
    return empty_project / "own"


def bring(*clips: Path, on_error: str = "raise") -> None:
    tree = DEFAULTS | {"data": DEFAULTS["data"] | {"on_error": on_error}}
    tree["seg"] = DEFAULTS["seg"] | {"pseudo": DEFAULTS["seg"]["pseudo"] | {"clips": list(map(str, clips))}}
    Path("params.yaml").write_text(json.dumps(tree))
    unlabelled.main()


def frames() -> dict[str, list[str]]:
    return {
        clip: [frame.name for frame in frames_of(UNLABELLED, clip)] for clip in read_split(UNLABELLED, "unlabelled")
    }


def test_images_folders_and_videos_are_clips_without_annotations(own, capsys):
    bring(own)
    assert frames() == {"film": [f"{i:05d}" for i in range(7)], "folder": ["a", "b"], "still é": ["still é"]}
    assert {path.name for path in UNLABELLED.iterdir()} == {"JPEGImages", "ImageSets"}
    assert {path.suffix for path in UNLABELLED.rglob("*") if path.is_file()} == {".jpg", ".txt"}
    original, image = read_image(own / "still é.png"), read_image(UNLABELLED / "JPEGImages/still é/still é.jpg")
    assert image.shape == original.shape and np.abs(image.astype(int) - original).max() < 4
    told = capsys.readouterr().out
    assert told == "3 unlabelled clips, 10 frames, 0 errors skipped: data/unlabelled\n"


@pytest.mark.parametrize(("part", "clip", "number"), [("film.avi", "film", 7), ("folder/a.jpg", "a", 1)])
def test_one_file_will_do(own, part, clip, number):
    bring(own / part)
    assert {name: len(of_clip) for name, of_clip in frames().items()} == {clip: number}


def test_faults_stop_with_a_list_of_all_or_are_left_out(own, capsys):
    (own / "notes.txt").write_text("no picture")
    (own / "empty").mkdir()
    (own / "folder/broken.jpg").write_bytes(b"no picture")
    shutil.copyfile(own / "film.avi", own / "folder.avi")
    faults = [
        f"{own}/folder.avi: the name folder is folder too; expected it once",
        f"{own}/empty: no images; expected .jpg, .jpeg, .jpe, .jfif, .png, .webp, .bmp, .tif, .tiff, "
        ".avif, .heic, .heif files",
        f"{own}/folder/broken.jpg: not readable or truncated; expected an image",
        f"{own}/notes.txt: neither an image nor a video that FFmpeg reads",
    ]
    with pytest.raises(PipelineError) as caught:
        bring(own)
    assert str(caught.value).splitlines() == [*faults, "4 errors; data.on_error=skip skips these files"]
    assert not UNLABELLED.exists()
    capsys.readouterr()
    bring(own, on_error="skip")
    assert len(frames()) == 3
    told = capsys.readouterr().out.splitlines()
    assert told[:-1] == [f"skipped: {fault}" for fault in faults] and "4 errors skipped" in told[-1]


def test_a_folder_without_any_frame_is_one_line(own):
    shutil.rmtree(own)
    own.mkdir()
    with pytest.raises(PipelineError, match=r"own: no frames; expected images, folders of images or videos"):
        bring(own, on_error="skip")


def test_without_clips_there_is_nothing_to_run(own):
    with pytest.raises(PipelineError, match=r"params\.yaml: seg\.pseudo\.clips is \[\]; expected one source"):
        bring()
