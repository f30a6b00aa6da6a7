import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from face_parsing.core.errors import PipelineError
from face_parsing.media.reading import Images, Video, open_media
from tests.face_parsing.media.video_files import pictures, write_video


def write_image(path: Path, size: tuple[int, ...] = (48, 64, 3)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(path.suffix, np.full(size, 90, np.uint8))[1].tobytes())


@pytest.mark.parametrize("file", ["a.mp4", "a.avi"])
def test_a_video_tells_its_length_size_and_rate_and_can_be_gone_through_twice(tmp_path, file):
    video, faults = open_media(write_video(tmp_path / file, pictures(7)))
    assert (len(video), video.size, video.rate, faults) == (7, (64, 48), 12.5, [])
    assert list(video.frame_names) == [f"{i:05d}" for i in range(7)]
    for _ in range(2):
        assert [frame.shape for frame in video.frames()] == [(48, 64, 3)] * 7


def test_a_folder_is_a_clip_in_the_order_of_its_names_and_unreadable_images_are_told(tmp_path):
    for name in ("b.png", "a.jpg", "c.jpeg"):
        write_image(tmp_path / "clip" / name)
    (tmp_path / "clip" / "d.jpg").write_bytes(b"no image")
    (tmp_path / "clip" / "notes.txt").write_text("no image either")
    images, faults = open_media(tmp_path / "clip")
    assert list(images.frame_names) == ["a", "b", "c"] and len(images) == 3
    assert [str(fault) for fault in faults] == [
        f"{tmp_path}/clip/d.jpg: not readable or truncated; expected an image",
    ]


def test_a_grey_image_comes_in_three_channels(tmp_path):
    write_image(tmp_path / "grey.png", (30, 40))
    images, _ = open_media(tmp_path / "grey.png")
    assert [frame.shape for frame in images.frames()] == [(30, 40, 3)]


def cut_off(path: Path) -> None:
    write_video(path, pictures(20))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize(
    ("file", "make", "fault"),
    [
        ("none.mp4", lambda path: None, "missing; expected an image, a folder of images or a video"),
        ("folder", Path.mkdir, "no images; expected"),
        ("text.txt", lambda path: path.write_text("words"), "neither an image nor a video that FFmpeg reads"),
        (
            "text.jpg",
            lambda path: path.write_text("words"),
            "not readable or truncated; expected an image",
        ),
        ("cut.mp4", cut_off, "truncated; expected a whole video"),
        ("cut.avi", cut_off, "truncated; expected a whole video"),
    ],
)
def test_what_is_no_media_is_one_line(tmp_path, file, make, fault):
    make(tmp_path / file)
    with pytest.raises(PipelineError) as caught:
        open_media(tmp_path / file)
    assert str(caught.value).startswith(f"{tmp_path / file}: {fault}") and "\n" not in str(caught.value)


def test_two_images_of_one_name_are_one_line(tmp_path):
    for name in ("a.png", "a.jpg"):
        write_image(tmp_path / name)
    with pytest.raises(PipelineError, match=r"a\.png: a\.jpg has the same name"):
        open_media(tmp_path)


def test_a_file_is_a_video_only_where_ffmpeg_reads_one(tmp_path):
    write_video(tmp_path / "a.mp4", pictures(2))
    assert isinstance(open_media(tmp_path / "a.mp4")[0], Video)


@pytest.mark.parametrize("name", ["list.m3u8", "list.txt", "list.mp4", "list.avi"])
@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nsecret.avi\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile secret.avi\n",
    ],
)
def test_a_list_that_names_other_files_is_no_video(tmp_path, name, text):
    write_video(tmp_path / "secret.avi", pictures(8))
    (tmp_path / name).write_text(text)
    with pytest.raises(PipelineError, match="neither an image nor a video that FFmpeg reads"):
        open_media(tmp_path / name)


def test_a_name_is_no_protocol_and_no_pattern(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_video(tmp_path / "a.avi", pictures(3))
    (tmp_path / "a.avi").rename("concat:b.avi|c.avi")
    assert len(open_media(Path("concat:b.avi|c.avi"))[0]) == 3
    write_image(tmp_path / "00.png")
    (tmp_path / "%02d.avi").touch()
    with pytest.raises(PipelineError, match="neither an image nor a video"):
        open_media(Path("%02d.avi"))


def test_a_video_beyond_a_limit_is_one_line(tmp_path, monkeypatch):
    write_video(tmp_path / "a.mp4", pictures(7))
    size = (tmp_path / "a.mp4").stat().st_size
    for name, most, told in (
        ("FRAMES", 6, "7 frames; expected 6 at most"),
        ("PIXELS", 3000, "64 x 48 pixels; expected 3000 pixels at most"),
        ("VIDEO_BYTES", size - 1, f"{size} bytes; expected {size - 1} at most"),
    ):
        monkeypatch.setenv(f"FACE_PARSING_MAX_{name}", str(most))
        with pytest.raises(PipelineError, match=rf"a\.mp4: {told} \(FACE_PARSING_MAX_{name}\)"):
            open_media(tmp_path / "a.mp4")
        monkeypatch.setenv(f"FACE_PARSING_MAX_{name}", str(10**9))
    assert len(open_media(tmp_path / "a.mp4")[0]) == 7


def test_a_folder_of_more_images_than_the_limit_is_one_line(tmp_path, monkeypatch):
    for number in range(3):
        write_image(tmp_path / f"{number}.png")
    monkeypatch.setenv("FACE_PARSING_MAX_FRAMES", "2")
    with pytest.raises(PipelineError, match=r"3 images; expected 2 at most \(FACE_PARSING_MAX_FRAMES\)"):
        open_media(tmp_path)


def test_a_name_that_is_no_utf8_is_left_out(tmp_path):
    write_image(tmp_path / "a.png")
    os.rename(os.fsencode(tmp_path / "a.png"), os.fsencode(tmp_path) + b"/\xff.png")
    write_image(tmp_path / "b.png")
    images, faults = open_media(tmp_path)
    assert list(images.frame_names) == ["b"] and len(faults) == 1
    assert str(faults[0]).startswith(f"{tmp_path}/\\udcff.png: '\\udcff' is not a clip name")


def test_a_folder_has_images_of_every_suffix_and_names_its_other_files(tmp_path):
    for number, suffix in enumerate((".jpg", ".webp", ".png", ".bmp", ".jpeg", ".tif", ".JPG", ".tiff")):
        write_image(tmp_path / f"{number}{suffix}")
    for number, suffix in enumerate((".jfif", ".jpe", ".jpg_large", ""), 8):
        write_image(tmp_path / "a.jpg")
        (tmp_path / "a.jpg").rename(tmp_path / f"{number:x}{suffix}")
    for name in ("clip.xmp", "notes.txt", ".hidden"):
        (tmp_path / name).write_text("no image")
    (tmp_path / "folder").mkdir()
    images, errors = open_media(tmp_path)
    assert list(images.frame_names) == list("0123456789ab") and errors == []
    assert [path.name for path in images.others] == ["clip.xmp", "notes.txt"]
    assert [frame.shape for frame in images.frames()] == [(48, 64, 3)] * 12


def test_an_image_of_an_unusual_suffix_is_opened_by_its_content(tmp_path):
    write_image(tmp_path / "a.jpg")
    (tmp_path / "a.jpg").rename(tmp_path / "a.part")
    assert isinstance(open_media(tmp_path / "a.part")[0], Images)
