import struct
import sys
import tracemalloc
import zlib
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from face_parsing.core.errors import PipelineError
from face_parsing.core.labels import read_labels
from face_parsing.imaging.label_maps import read_label_map, write_label_map
from face_parsing.imaging.pictures import image_size, is_image, is_odd, read_image

LABELS = read_labels(Path("configs/labels.yaml"))
SIZES = st.tuples(st.integers(1, 20), st.integers(1, 20))


def bomb(width: int, height: int) -> bytes:
    """A PNG file of a hundred bytes, whose header tells of so many pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@given(SIZES.flatmap(lambda size: arrays(np.uint8, size)))
def test_a_label_map_comes_back_as_it_was(tmp_path_factory, label_map):
    path = tmp_path_factory.mktemp("maps") / "clip" / "frame.png"
    write_label_map(path, label_map, LABELS)
    np.testing.assert_array_equal(read_label_map(path), label_map)


def test_a_label_map_is_an_indexed_png_in_the_labels_colours(tmp_path):
    write_label_map(tmp_path / "a.png", np.array([[0, 4]], np.uint8), LABELS)
    with Image.open(tmp_path / "a.png") as image:
        assert image.mode == "P"
        assert image.convert("RGB").getpixel((1, 0)) == LABELS.labels[4].color


def test_a_truncated_or_missing_label_map_is_named(tmp_path):
    path = tmp_path / "a.png"
    write_label_map(path, np.random.default_rng(0).integers(0, 9, (40, 40), np.uint8), LABELS)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(PipelineError, match="not readable or truncated; expected a label map"):
        read_label_map(path)
    with pytest.raises(PipelineError, match="missing"):
        read_label_map(tmp_path / "b.png")


def picture() -> np.ndarray:
    noise = np.random.default_rng(0).integers(0, 255, (9, 13, 3), np.uint8)
    return cv2.resize(noise, (90, 61), interpolation=cv2.INTER_CUBIC)


@pytest.mark.parametrize("turned", range(1, 9))
@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"quality": 30, "subsampling": 2}])
def test_a_jpeg_file_has_opencvs_pixels_and_is_upright(tmp_path, options, turned):
    exif = Image.Exif()
    exif[0x0112] = turned
    Image.fromarray(picture()).save(tmp_path / "a.jpg", exif=exif, **options)
    expected = cv2.imdecode(np.fromfile(tmp_path / "a.jpg", np.uint8), cv2.IMREAD_COLOR)
    np.testing.assert_array_equal(read_image(tmp_path / "a.jpg"), expected)


KINDS = [(kind, suffix) for suffix in (".png", ".webp", ".bmp") for kind in ("colour", "grey", "with alpha")]


@pytest.mark.parametrize(("kind", "suffix"), [*KINDS, ("of 16 bits", ".png")])
def test_a_picture_has_opencvs_pixels_whatever_it_holds_and_its_name_says(tmp_path, kind, suffix):
    images = {
        "colour": picture(),
        "grey": picture()[..., 0],
        "with alpha": np.dstack([picture(), picture()[..., :1]]),
        "of 16 bits": picture()[..., 0].astype(np.uint16) * 257 + 3,
    }
    contents = cv2.imencode(suffix, images[kind])[1]
    (tmp_path / "é.jpg").write_bytes(contents.tobytes())
    np.testing.assert_array_equal(read_image(tmp_path / "é.jpg"), cv2.imdecode(contents, cv2.IMREAD_COLOR))


@pytest.mark.parametrize("turned", [1, 6])
@pytest.mark.parametrize("name", ["a.avif", "a.jpg", "a.unknown"])
def test_an_avif_picture_is_read_upright_whatever_its_name(tmp_path, name, turned):
    exif = Image.Exif()
    exif[0x0112] = turned
    Image.fromarray(picture()).save(tmp_path / name, "AVIF", quality=100, subsampling="4:4:4", exif=exif)
    upright = np.rot90(picture(), -1) if turned == 6 else picture()
    assert is_image(tmp_path / name)
    np.testing.assert_allclose(read_image(tmp_path / name)[..., ::-1].astype(int), upright, atol=6)


def test_a_heif_picture_is_read_by_pillow_heif(tmp_path):
    pillow_heif = pytest.importorskip("pillow_heif")
    pillow_heif.from_pillow(Image.fromarray(picture())).save(tmp_path / "a.heic", quality=95, chroma=444)
    assert is_image(tmp_path / "a.heic")
    np.testing.assert_allclose(read_image(tmp_path / "a.heic")[..., ::-1].astype(int), picture(), atol=12)


def test_without_pillow_heif_a_heif_picture_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    (tmp_path / "a.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(100))
    with pytest.raises(PipelineError, match=r"a\.heic: a HEIF image; expected pillow-heif to be installed"):
        read_image(tmp_path / "a.heic")


def test_an_empty_cut_off_or_missing_image_is_named(tmp_path):
    (tmp_path / "a.jpg").touch()
    Image.fromarray(picture()).save(tmp_path / "b.jpg")
    (tmp_path / "b.jpg").write_bytes((tmp_path / "b.jpg").read_bytes()[:-300])
    for name, told in (("a", "not readable or truncated"), ("b", "not readable or"), ("c", "missing")):
        with pytest.raises(PipelineError, match=rf"{name}\.jpg: {told}.*; expected an image"):
            read_image(tmp_path / f"{name}.jpg")


@pytest.mark.parametrize("read", [read_image, read_label_map, image_size])
def test_a_decompression_bomb_is_told_by_its_header(tmp_path, read):
    (tmp_path / "a.png").write_bytes(bomb(60_000, 60_000))
    tracemalloc.start()
    try:
        with pytest.raises(PipelineError, match=r"a\.png: 60000 x 60000 pixels; expected 134217728 pixels at most"):
            read(tmp_path / "a.png")
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


def test_the_limit_of_pixels_can_be_raised_above_pillows_own(tmp_path, monkeypatch):
    monkeypatch.setenv("FACE_PARSING_MAX_PIXELS", str(10**10))
    (tmp_path / "a.png").write_bytes(bomb(60_000, 60_000))
    assert image_size(tmp_path / "a.png") == (60_000, 60_000)


def test_a_jpeg_file_of_endless_scans_is_not_decoded(tmp_path):
    buffer = BytesIO()
    Image.fromarray(picture()).save(buffer, "JPEG", progressive=True)
    contents = buffer.getvalue()
    last = contents.rindex(b"\xff\xda")
    (tmp_path / "a.jpg").write_bytes(contents[:last] + contents[last:-2] * 1000 + contents[-2:])
    with pytest.raises(PipelineError, match=r"10\d\d scans; expected 500 at most \(FACE_PARSING_MAX_SCANS\)"):
        read_image(tmp_path / "a.jpg")


def test_a_list_of_other_files_is_no_picture(tmp_path):
    (tmp_path / "a.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    with pytest.raises(PipelineError, match="not readable"):
        read_image(tmp_path / "a.png")


@pytest.mark.parametrize(("size", "odd"), [((1, 64), False), ((1, 65), True), ((20_000, 2), True), ((288, 512), False)])
def test_a_picture_too_thin_for_a_face_is_odd(size, odd):
    assert is_odd(*size) is odd


COLOURS = cv2.resize(np.random.default_rng(0).integers(0, 255, (6, 8, 3), np.uint8), (40, 24))  # RGB


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_adobe_deflate", "packbits"])
@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "CMYK", "I;16"])
def test_a_tiff_file_is_read_whatever_its_compression_and_channels(tmp_path, compression, mode):
    image = Image.fromarray(COLOURS)
    expected = np.asarray(image.convert("L").convert("RGB") if mode in ("L", "I;16") else image)
    deep = Image.fromarray(expected[..., 0].astype(np.uint16) * 257)
    (deep if mode == "I;16" else image.convert(mode)).save(tmp_path / "a.tif", compression=compression)
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif")[..., ::-1], expected)


def test_a_tiff_file_of_16_bits_a_channel_keeps_the_upper_eight(tmp_path):
    (tmp_path / "a.tif").write_bytes(cv2.imencode(".tif", COLOURS.astype(np.uint16) * 256 + 255)[1].tobytes())
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif"), COLOURS)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_tiff_file_is_turned_upright_as_a_png_is(tmp_path, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    for suffix in ("tif", "png"):
        Image.fromarray(COLOURS).save(tmp_path / f"a.{suffix}", exif=exif)
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif"), read_image(tmp_path / "a.png"))


def write_pages(path: Path, *kinds: int) -> Path:
    """Write a TIFF file whose pages have the given NewSubfileType."""
    pages = []
    for kind in kinds:
        page = Image.fromarray(COLOURS)
        page.encoderinfo = {"tiffinfo": {254: kind}}
        pages.append(page)
    pages[0].save(path, save_all=True, append_images=pages[1:], tiffinfo={254: kinds[0]})
    return path


def test_of_a_tiff_files_pages_only_smaller_copies_and_masks_are_ignored(tmp_path):
    image = read_image(write_pages(tmp_path / "a.tif", 0, 1, 4))
    np.testing.assert_array_equal(image[..., ::-1], COLOURS)
    for kinds, fault in (
        ((0, 0), "several pages"),
        ((0, 1, 2), "several pages"),
        ((1, 0), "its first page is a preview"),
    ):
        with pytest.raises(PipelineError, match=rf"a\.tif: {fault}"):
            read_image(write_pages(tmp_path / "a.tif", *kinds))


@pytest.mark.parametrize(
    ("mode", "fault"), [("I", "32-bit pixels"), ("F", "floating-point pixels"), ("LAB", "CIELAB colours")]
)
def test_a_tiff_file_that_would_be_read_wrongly_is_one_line(tmp_path, mode, fault):
    Image.new(mode, (4, 4)).save(tmp_path / "a.tif")
    with pytest.raises(PipelineError, match=rf"a\.tif: {fault}; expected grey, RGB or CMYK of 8 or 16 bits a channel$"):
        read_image(tmp_path / "a.tif")


def test_a_truncated_tiff_file_is_one_line(tmp_path):
    Image.fromarray(COLOURS).save(tmp_path / "a.tif", compression="tiff_lzw")
    data = (tmp_path / "a.tif").read_bytes()
    for length in range(4, len(data) - 1, 97):
        (tmp_path / "a.tif").write_bytes(data[:length])
        with pytest.raises(PipelineError, match=r"a\.tif: not readable or truncated; expected an image$"):
            read_image(tmp_path / "a.tif")


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        *((f"a{suffix}", "JPEG", True) for suffix in (".jfif", ".jpe", ".JPG", ".jpg_large", "")),
        *(("a.part", kind, True) for kind in ("PNG", "WEBP")),
        *((f"a{suffix}", "TIFF", True) for suffix in (".tif", ".TIFF")),
        ("a.dng", "TIFF", False),
        ("a.ico", "BMP", False),
    ],
)
def test_an_image_is_known_by_its_suffix_or_its_first_bytes(tmp_path, name, kind, expected):
    Image.fromarray(COLOURS).save(tmp_path / name, format=kind)
    assert is_image(tmp_path / name) == expected


def test_other_files_are_no_images(tmp_path):
    (tmp_path / "a.avi").write_bytes(b"RIFF\0\0\0\0AVI LIST")
    (tmp_path / "BMI.csv").write_text("BM,1")
    (tmp_path / "folder").mkdir()
    for name in ("a.avi", "BMI.csv", "folder", "missing", "nul\0"):
        assert not is_image(tmp_path / name)
