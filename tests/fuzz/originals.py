"""Small real files of every kind that is read."""

import json
from fractions import Fraction
from functools import cache
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image

from face_parsing.checkpoints.model_file import save_model
from face_parsing.detector.coco import LabelledFrame, coco_file
from tests.face_parsing.media.video_files import CODECS, pictures, set_display_matrix, write_video

ROOT = Path(__file__).parents[2]
LABELS = ["background", "face"]


def picture(height: int = 24, width: int = 40) -> np.ndarray:
    """(H, W, 3) uint8 with edges and noise."""
    rng = np.random.default_rng(0)
    return cv2.resize(rng.integers(0, 255, (6, 8, 3), np.uint8), (width, height), interpolation=cv2.INTER_LINEAR)


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@cache
def images() -> list[bytes]:
    colour = Image.fromarray(picture())
    turned = Image.Exif()
    turned[0x0112] = 6
    deep = cv2.imencode(".png", picture()[..., 0].astype(np.uint16) * 257)[1].tobytes()
    return [
        encoded(colour, "JPEG", quality=90, exif=turned),
        encoded(colour, "JPEG", quality=60, progressive=True),
        encoded(colour.convert("L"), "JPEG"),
        encoded(colour.convert("CMYK"), "JPEG"),
        encoded(colour, "PNG"),
        encoded(colour.convert("RGBA"), "PNG"),
        deep,
        encoded(colour, "WEBP"),
        encoded(colour, "BMP"),
        *(encoded(colour, "TIFF", compression=kind, exif=turned) for kind in (None, "tiff_lzw", "jpeg", "packbits")),
        encoded(colour.convert("CMYK"), "TIFF", compression="tiff_adobe_deflate"),
        encoded(colour, "TIFF", save_all=True, append_images=[colour]),
    ]


@cache
def label_maps() -> list[bytes]:
    indexed = Image.fromarray((picture()[..., 0] // 15).astype(np.uint8), mode="P")
    indexed.putpalette(list(range(256)) * 3)
    return [encoded(indexed, "PNG"), encoded(indexed.convert("L"), "PNG"), encoded(indexed, "PNG", bits=8)]


VIDEOS = [f"a.{suffix}" for suffix in CODECS] + ["live.webm", "fragments.mp4", "turned.mp4", "wide.mkv"]


@cache
def videos(folder: Path) -> list[bytes]:
    options: dict[str, dict] = {
        "live.webm": {"muxer": {"live": "1"}},
        "fragments.mp4": {"muxer": {"movflags": "frag_keyframe+empty_moov"}},
        "wide.mkv": {"aspect": Fraction(16, 11)},
    }
    for name in VIDEOS:
        write_video(folder / name, pictures(8), rate=25, **options.get(name, {}))
    set_display_matrix(folder / "turned.mp4", 0, 1, 1, 0)
    return [(folder / name).read_bytes() for name in VIDEOS]


FACES = b"""clip,frame,x1,y1,x2,y2,score,source
a,00000,1.00,2.00,30.00,24.00,0.98,detected
a,00001,1.50,2.00,30.00,24.00,0.00,interpolated
b,00000,0.00,0.00,40.00,24.00,0.00,whole_frame
"""
MANIFEST = b"""name,input,outcome,frames,left_out,faces,seconds,version
a/b,in/a/b.jpg,done,1,0,2,0.25,120-1700000000000000000
c,in/c,"c/1.jpg: broken, at byte 5",0,0,0,0.5,3-17
"""
GIVEN_FACES = b"clip,frame,x1,y1,x2,y2\na,00000,1,2,30.5,24\nb,00000,-4,0,40,24\n"


def coco() -> bytes:
    frames = [LabelledFrame("a/0.jpg", (60, 80), np.array([[1, 2, 30, 40], [50, 0, 80, 60]]))]
    return json.dumps(coco_file([*frames, LabelledFrame("a/1.jpg", (60, 80), np.zeros((0, 4), int))])).encode()


def probabilities() -> list[bytes]:
    contents = []
    for save in (np.savez, np.savez_compressed):
        buffer = BytesIO()
        save(buffer, **{f"0_-3_4_{side}": np.full((3, 4, 4), side, np.uint8) for side in (9, 12)})
        contents.append(buffer.getvalue())
    return contents


def network() -> torch.nn.Module:
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4))


def models(folder: Path) -> list[bytes]:
    save_model(folder / "model.pth", network(), LABELS)
    buffer = BytesIO()
    torch.save(network().state_dict(), buffer, _use_new_zipfile_serialization=False)
    return [(folder / "model.pth").read_bytes(), buffer.getvalue()]


PROVENANCE = json.dumps({"labels": LABELS, "parameters": {"lr": 0.1, "steps": [1, 2]}}).encode()

TOKENS = [
    *(b"-1", b"0", b"1e999", b"-1e308", b"nan", b".inf", b"9" * 5000, b"0x10", b"null", b"true", b"~", b"18", b"255"),
    *(b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b"\n", b"\t", b"\x1b[2J", "é\u2028".encode(), b"\xed\xa0\x80"),
    *(b"[" * 60, b"{" * 60, b"]", b"}", b'"', b"'", b",", b": ", b"- ", b"#", b"|", b">", b"?", b"%YAML 9\n"),
    *(b"---\n", b"&a ", b"*a", b"<<: *a\n", b"a: &a [*a]\n", b"!!python/object/apply:os.system [x]", b"!!binary x"),
    *(b"2020-13-45", b"../" * 8, b"/etc/passwd", b"..", b"file:///", b"=cmd()", b"<script>"),
]
