from pathlib import Path

import pytest

from face_parsing.core.errors import PipelineError
from face_parsing.media.reading import open_media
from face_parsing.media.truncation import is_truncated
from tests.face_parsing.media.video_files import CODECS, pictures, write_video

CUTS = 40  # of each file
FRAMES = 20
LIVE = {"live": "1"}  # as browsers record: neither lengths nor an index


@pytest.mark.parametrize(
    ("name", "muxer"),
    [
        *((f"a.{suffix}", {}) for suffix in CODECS),
        ("header_first.mp4", {"movflags": "faststart"}),
        ("fragments.mp4", {"movflags": "frag_keyframe+empty_moov"}),
        ("live.mkv", LIVE),
        ("live.webm", LIVE),
        ("blu_ray.ts", {"mpegts_m2ts_mode": "1"}),
    ],
)
def test_a_video_cut_anywhere_is_refused_in_one_line_and_a_whole_one_is_not(tmp_path, name, muxer):
    path = write_video(tmp_path / name, pictures(FRAMES), rate=25, muxer=muxer)
    assert not is_truncated(path) and len(open_media(path)[0]) == FRAMES
    data, read = path.read_bytes(), {}
    for number in range(1, CUTS):
        length = len(data) * number // CUTS + number % 3
        path.write_bytes(data[:length])
        try:
            read[length] = len(open_media(path)[0])
        except PipelineError as error:
            assert str(error).startswith(f"{path}: ") and "\n" not in str(error)
    # Between two elements a file may end. Then it has the frames up to there.
    assert len(read) <= 4, read


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.avi", "a.wmv"])
def test_a_video_without_its_second_half_is_called_truncated(tmp_path, name):
    path = write_video(tmp_path / name, pictures(FRAMES))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(PipelineError, match=r": truncated; expected a whole video$"):
        open_media(path)


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv", "a.avi", "a.flv", "a.wmv", "a.ts", "a.mpg"])
def test_sound_longer_than_the_pictures_is_no_truncation(tmp_path, name):
    path = write_video(tmp_path / name, pictures(10), rate=25, sound=2)
    video, errors = open_media(path)
    assert (len(video), video.rate, errors) == (10, 25, [])


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.avi", "a.ogv"])
def test_what_other_programs_append_is_no_truncation(tmp_path, name):
    path = write_video(tmp_path / name, pictures(FRAMES))
    for appended in (b"\0" * 64, b"TAG a title".ljust(128), b"\xff"):
        whole = path.read_bytes()
        path.write_bytes(whole + appended)
        assert len(open_media(path)[0]) == FRAMES
        path.write_bytes(whole)


def test_a_file_of_another_format_is_not_truncated(tmp_path):
    for contents in (
        b"",
        b"w",
        b"words" * 100,
        b"\xff\xd8\xff\xe0",
        b"\x89PNG\r\n\x1a\n",
        b"RIFF\xff\xff\xff\xffWEBPVP8 ",
    ):
        (tmp_path / "file").write_bytes(contents)
        assert not is_truncated(Path(tmp_path / "file"))
