from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from face_parsing.core.errors import PipelineError
from face_parsing.media.reading import open_media
from tests.face_parsing.media.video_files import CODECS, SIZE, pictures, set_display_matrix, write_video

WIDTH, HEIGHT = SIZE
NEAR = 24  # levels by which a compressed mean may differ


def first_frame(path: Path) -> np.ndarray:
    return next(open_media(path)[0].frames())


def quarters(image: np.ndarray) -> list[list[float]]:
    """Mean levels of an image's four quarters, row by row."""
    height, width = image.shape[:2]
    return [
        [float(image[y : y + height // 2, x : x + width // 2].mean()) for x in (0, width // 2)]
        for y in (0, height // 2)
    ]


@pytest.mark.parametrize("suffix", CODECS)
def test_each_container_gives_all_frames_in_order_and_their_rate(tmp_path, suffix):
    images = pictures(15)
    video, errors = open_media(write_video(tmp_path / f"a.{suffix}", images, rate=25))
    assert (len(video), video.size, video.rate, errors) == (15, SIZE, 25, [])
    for _ in range(2):
        means = [frame.mean() for frame in video.frames()]
        assert np.abs(np.array(means) - [image.mean() for image in images]).max() < 8
        assert means == sorted(means)


ORIENTATIONS = {
    # (x, y) is shown at (ax + cy, bx + dy)
    "none": (1, 0, 0, 1),
    "turned_90": (0, 1, -1, 0),
    "turned_180": (-1, 0, 0, -1),
    "turned_270": (0, -1, 1, 0),
    "mirrored": (-1, 0, 0, 1),
    "flipped": (1, 0, 0, -1),
    "mirrored_turned_90": (0, 1, 1, 0),
    "mirrored_turned_270": (0, -1, -1, 0),
}


@pytest.mark.parametrize("name", ORIENTATIONS)
@pytest.mark.parametrize("aspect", [None, Fraction(2)])
def test_a_turned_or_mirrored_video_is_read_as_a_player_shows_it(tmp_path, name, aspect):
    a, b, c, d = ORIENTATIONS[name]
    stored = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    stored[: HEIGHT // 2, WIDTH // 2 :], stored[HEIGHT // 2 :, : WIDTH // 2], stored[HEIGHT // 2 :, WIDTH // 2 :] = (
        80,
        160,
        240,
    )
    path = write_video(tmp_path / "a.mp4", [stored] * 3, aspect=aspect)
    set_display_matrix(path, a, b, c, d)
    video, _ = open_media(path)
    shown = np.zeros((2, 2))
    for y, x, level in ((-1, -1, 0), (-1, 1, 80), (1, -1, 160), (1, 1, 240)):
        shown[int(b * x + d * y > 0), int(a * x + c * y > 0)] = level
    width = WIDTH * int(aspect or 1)
    assert video.size == ((HEIGHT, width) if b else (width, HEIGHT))
    for frame in video.frames():
        assert frame.shape[1::-1] == video.size and frame.flags["C_CONTIGUOUS"]
        assert np.abs(np.array(quarters(frame)) - shown).max() < NEAR


@pytest.mark.parametrize(
    ("aspect", "size"),
    [
        (Fraction(16, 11), (93, 48)),
        (Fraction(1, 2), (64, 96)),
        (Fraction(8, 9), (64, 54)),
        (Fraction(200, 201), SIZE),  # a writer's rounding
    ],
)
@pytest.mark.parametrize("suffix", ["mp4", "mkv", "mpg"])
def test_pixels_that_are_not_square_are_read_as_square_ones(tmp_path, suffix, aspect, size):
    codec = "mpeg4" if suffix == "mpg" else None  # MPEG-1 has a few ratios only
    path = write_video(tmp_path / f"a.{'mov' if codec else suffix}", pictures(3), codec, aspect=aspect)
    video, _ = open_media(path)
    assert video.size == size and first_frame(path).shape == (*size[::-1], 3)


def test_square_pixels_are_within_the_limits_too(tmp_path, monkeypatch):
    path = write_video(tmp_path / "a.mp4", pictures(2), aspect=Fraction(30))
    monkeypatch.setenv("FACE_PARSING_MAX_PIXELS", "10000")
    with pytest.raises(PipelineError, match=r"a\.mp4: 1920 x 48 pixels; expected 10000 pixels at most"):
        open_media(path)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "webm"])
@pytest.mark.parametrize("muxer", [{}, {"live": "1"}])
def test_the_rate_of_a_variable_one_is_its_mean(tmp_path, suffix, muxer):
    if muxer and suffix == "mp4":
        muxer = {"movflags": "frag_keyframe+empty_moov"}
    times = [0, 33, 67, 100, 300, 333, 367, 400, 1000]
    path = write_video(tmp_path / f"a.{suffix}", pictures(9), times=times, muxer=muxer)
    video, _ = open_media(path)
    assert len(video) == 9 and video.rate == pytest.approx(8, abs=0.01)


@pytest.mark.parametrize("named", [10, 1000])
def test_times_outweigh_the_rate_that_a_recorder_names(tmp_path, named):
    times = [33 * number + 7 * number % 5 for number in range(30)]
    path = write_video(tmp_path / "a.webm", pictures(30), rate=named, times=times, muxer={"live": "1"})
    assert open_media(path)[0].rate == pytest.approx(29 / (times[-1] / 1000), rel=0.01)


@pytest.mark.parametrize("rate", [Fraction(30000, 1001), Fraction(105611, 1000), Fraction(240), Fraction(1, 2)])
def test_a_constant_rate_is_the_named_one(tmp_path, rate):
    path = write_video(tmp_path / "a.mp4", pictures(9), rate=rate)
    assert open_media(path)[0].rate == pytest.approx(float(rate), rel=1e-9)


def test_an_edit_list_hides_what_a_player_does_not_show(tmp_path):
    whole = write_video(tmp_path / "whole.mp4", pictures(15), rate=25)
    with av.open(str(whole)) as source, av.open(str(tmp_path / "cut.mp4"), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        start = 8 * 512  # the fourth frame of the second group
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None and packet.pts >= 5 * 512:
                packet.pts, packet.dts = packet.pts - start, packet.dts - start
                packet.stream = stream
                target.mux(packet)
    with av.open(str(tmp_path / "cut.mp4")) as container:
        shown = sum(1 for frame in container.decode(video=0) if frame.pts >= 0)
    video, errors = open_media(tmp_path / "cut.mp4")
    assert (len(video), errors) == (shown, []) and shown < 10


def test_a_cover_picture_is_no_video(tmp_path):
    cover = tmp_path / "cover.mp4"
    with av.open(str(cover), "w") as container:
        video, picture = container.add_stream("mpeg4", rate=25), container.add_stream("mjpeg", rate=1)
        for stream, size, pixels in ((picture, (32, 32), "yuvj420p"), (video, SIZE, "yuv420p")):
            stream.width, stream.height, stream.pix_fmt = *size, pixels
        picture.disposition = 1 << 10  # attached_pic
        video.disposition = 0
        container.mux(picture.encode(av.VideoFrame.from_ndarray(pictures(1, (32, 32))[0], "bgr24")))
        container.mux(picture.encode())
        for image in pictures(5):
            container.mux(video.encode(av.VideoFrame.from_ndarray(image, "bgr24")))
        container.mux(video.encode())
    opened, _ = open_media(cover)
    assert (len(opened), opened.size) == (5, SIZE)


@pytest.mark.parametrize("space", [1, 5])  # BT.709, BT.601
@pytest.mark.parametrize("colour_range", [1, 2])  # limited, full
def test_colours_are_those_of_the_space_and_range_that_the_video_names(tmp_path, space, colour_range):
    colour = (30, 60, 200)
    images = [np.full((HEIGHT, WIDTH, 3), colour, np.uint8)] * 3
    path = write_video(tmp_path / "a.mp4", images, colours=(space, colour_range))
    assert np.abs(first_frame(path).reshape(-1, 3).mean(0) - colour).max() < 6


@pytest.mark.parametrize("pixels", ["yuv420p10le", "yuv444p", "yuv422p", "yuvj420p"])
def test_pixel_formats_of_cameras_are_converted(tmp_path, pixels):
    images = pictures(4)
    path = write_video(tmp_path / "a.mp4", images, pixels=pixels)
    assert np.abs(np.array(quarters(first_frame(path))) - quarters(images[0])).max() < 8


def test_frames_of_a_plain_video_equal_opencvs(tmp_path):
    path = write_video(tmp_path / "a.mp4", pictures(6))
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    for frame in open_media(path)[0].frames():
        assert np.abs(frame.astype(int) - capture.read()[1]).max() <= 1


def test_empty_packets_of_an_avi_file_do_not_end_it(tmp_path):
    path = write_video(tmp_path / "a.avi", pictures(6), "mpeg4")
    data = path.read_bytes()
    index = data.index(b"idx1")
    third = index + 8 + 2 * 16  # a key frame and 16 bytes for each frame
    path.write_bytes(data[: third + 12] + bytes(4) + data[third + 16 :])
    assert len(open_media(path)[0]) >= 5


def test_frames_that_change_their_size_are_one_line(tmp_path):
    first, second = (write_video(tmp_path / f"{n}.ts", pictures(5, (64, n))) for n in (48, 32))
    (tmp_path / "a.ts").write_bytes(first.read_bytes() + second.read_bytes())
    with pytest.raises(PipelineError, match=r"a\.ts: a frame of 64 x 32 pixels; expected 64 x 48 as before"):
        open_media(tmp_path / "a.ts")


def write_undecodable(path: Path, lost: Sequence[int]) -> Path:
    """Write 20 frames; packets of the given numbers are zeros."""
    with (
        av.open(str(write_video(path.with_name("whole.mkv"), pictures(20)))) as source,
        av.open(str(path), "w") as target,
    ):
        stream = target.add_stream_from_template(source.streams.video[0])
        for number, packet in enumerate(source.demux(source.streams.video[0])):
            if packet.dts is not None:
                written = av.Packet(bytes(packet.size)) if number in lost else packet
                written.pts, written.dts, written.time_base = packet.pts, packet.dts, packet.time_base
                written.stream = stream
                target.mux(written)
    return path


@pytest.mark.parametrize("lost", [[9], [18], [9, 13]])
def test_undecodable_packets_are_one_line(tmp_path, lost):
    path = write_undecodable(tmp_path / "a.mkv", lost)
    with pytest.raises(PipelineError, match=rf"a\.mkv: damaged, {len(lost)} packets are not decodable; expected"):
        open_media(path)


def test_a_recording_may_start_between_key_frames(tmp_path):
    data = write_video(tmp_path / "a.ts", pictures(20)).read_bytes()
    start = len(data) // 4 // 188 * 188
    (tmp_path / "a.ts").write_bytes(data[start:])
    assert 5 <= len(open_media(tmp_path / "a.ts")[0]) < 20


def test_reading_leaves_the_log_of_the_process_alone(tmp_path, capfd):
    av.logging.set_level(None)
    path = write_video(tmp_path / "a.avi", pictures(20))
    data = bytearray(path.read_bytes())
    data[3000:3200] = bytes(200)
    path.write_bytes(data)
    open_media(path)
    assert capfd.readouterr() == ("", "") and av.logging.get_level() is None
