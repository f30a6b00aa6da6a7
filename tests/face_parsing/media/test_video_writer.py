import resource
from pathlib import Path

import numpy as np
import pytest

from face_parsing.core.errors import PipelineError
from face_parsing.media.reading import open_media
from face_parsing.media.video_writer import Codec, video_file
from tests.face_parsing.media.video_files import SIZE, pictures


def write(path: Path, codec: Codec, rate: float, size: tuple[int, int], count: int = 5) -> None:
    with video_file(path, codec, rate, size) as append:
        for image in pictures(count, size):
            append(image)


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "mpeg4"), ("a.webm", "libvpx")])
@pytest.mark.parametrize("rate", [105.611, 240, 1000, 30000 / 1001, 0.5, 18.125, 29.969999313])
def test_any_rate_is_held_within_a_thousandth(tmp_path, name, codec, rate):
    write(tmp_path / name, codec, rate, SIZE)
    video, _ = open_media(tmp_path / name)
    assert len(video) == 5 and video.rate == pytest.approx(rate, rel=1e-3)


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "mpeg4"), ("a.webm", "libvpx")])
@pytest.mark.parametrize("size", [SIZE, (63, 47), (1, 9), (300, 2)])
def test_frames_come_back_as_they_were_written(tmp_path, name, codec, size):
    write(tmp_path / name, codec, 25, size)
    video, _ = open_media(tmp_path / name)
    assert video.size == size
    for frame, image in zip(video.frames(), pictures(5, size), strict=True):
        assert abs(frame.mean() - image.mean()) < 8


def test_a_size_beyond_the_codec_is_one_line_that_says_so(tmp_path):
    with pytest.raises(
        PipelineError, match=r"a\.mp4: not written; expected a size that mpeg4 supports, not 9000 x 16$"
    ):
        write(tmp_path / "a.mp4", "mpeg4", 25, (9000, 16))


def test_frames_that_the_codec_drops_are_one_line(tmp_path):
    with pytest.raises(PipelineError, match=r"a\.webm: not written; libvpx holds 0 of 5 frames"):
        write(tmp_path / "a.webm", "libvpx", 1e-4, SIZE)


def test_an_unwritable_file_is_one_line(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(PipelineError, match=r"file/a\.mp4: not written \(.*"):
        write(tmp_path / "file/a.mp4", "mpeg4", 25, SIZE)


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "mpeg4"), ("a.webm", "libvpx")])
def test_a_disk_that_fills_up_at_any_moment_is_one_line_and_leaves_no_part(tmp_path, name, codec):
    write(tmp_path / name, codec, 25, SIZE)
    size = (tmp_path / name).stat().st_size
    (tmp_path / name).unlink()
    for most in (1, size // 2, size - 1):
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
        try:
            with pytest.raises(PipelineError) as caught:
                write(tmp_path / name, codec, 25, SIZE)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert f"{tmp_path / name}: not written" in str(caught.value) and "\n" not in str(caught.value)
        assert list(tmp_path.iterdir()) == []


def test_an_error_of_the_block_is_the_blocks_own(tmp_path):
    with pytest.raises(KeyError), video_file(tmp_path / "a.mp4", "mpeg4", 25, SIZE) as append:
        append(np.zeros((*SIZE[::-1], 3), np.uint8))
        raise KeyError
