"""What is wrong with a source is told in one line a fault, before anything is left behind."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from face_parsing.clips.layout import frames_of, read_split, write_split
from face_parsing.core.errors import PipelineError
from face_parsing.core.labels import read_labels
from face_parsing.imaging.label_maps import read_label_map, write_label_map
from face_parsing.imaging.pictures import read_image
from face_parsing.sources.label_tables import label_table
from face_parsing.sources.layouts.masks import read_part_mask
from stages import prepare
from stages.prepare import bring_in
from tests.face_parsing.sources.folders import FOLDERS, data, face, image_of, write_image, write_mask

ROOT = Path(__file__).parents[2]
IMAGE = "JPEGImages/val é/00001.jpg"
MASK = "Annotations/val é/00001.png"


def bring(source: str, root: Path, on_error: str = "raise") -> int:
    parameters = data(source, root, on_error)
    written = bring_in(
        parameters, read_labels(label_table(parameters.source, parameters.labels, "data.labels")), root.parent / "clips"
    )
    return sum(counts.frames for counts in written.values())


def made(source: str, folder: Path) -> Path:
    root = folder / "source"
    FOLDERS[source](root)
    return root


def shorten(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def link_out(path: Path) -> None:
    outside = path.parents[3] / f"outside{path.suffix}"
    path.rename(outside)
    path.symlink_to(outside)


def as_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def as_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def as_jpeg(path: Path) -> None:
    Image.fromarray(face(18)).save(path, format="JPEG")


def in_colour(path: Path) -> None:
    write_mask(path, np.random.default_rng(0).integers(0, 18, (48, 48, 3), np.uint8))


# The source, what is done to it, and the line that tells.
FAULTS: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "no list of a split": (
        "davis",
        lambda root: (root / "ImageSets/val.txt").unlink(),
        "ImageSets/val.txt: missing; expected one clip name a line",
    ),
    "a clip in two splits": (
        "davis",
        lambda root: write_split(root, "test", ["train é", "test é"]),
        "ImageSets/test.txt: clip train é is in train too; expected it once",
    ),
    "a clip outside the folder": (
        "davis",
        lambda root: write_split(root, "test", ["../other", "test é"]),
        "ImageSets/test.txt: '../other' is not a clip name; expected a folder name in UTF-8, without a path",
    ),
    "a clip that is the folder above": (
        "davis",
        lambda root: write_split(root, "test", ["..", "test é"]),
        "ImageSets/test.txt: '..' is not a clip name; expected a folder name in UTF-8, without a path",
    ),
    "a clip without frames": (
        "davis",
        lambda root: write_split(root, "test", ["nobody", "test é"]),
        "JPEGImages/nobody: no frames; expected images",
    ),
    "no label map": ("davis", lambda root: (root / MASK).unlink(), f"{MASK}: missing; expected a label map"),
    "an image that is none": (
        "davis",
        lambda root: (root / IMAGE).write_bytes(b"no image"),
        f"{IMAGE}: not readable or truncated; expected an image",
    ),
    "an empty image": (
        "davis",
        lambda root: (root / IMAGE).write_bytes(b""),
        f"{IMAGE}: not readable or truncated; expected an image",
    ),
    "a truncated image": (
        "davis",
        lambda root: shorten(root / IMAGE),
        f"{IMAGE}: not readable or truncated; expected an image",
    ),
    "a truncated label map": (
        "davis",
        lambda root: shorten(root / MASK),
        f"{MASK}: not readable or truncated; expected a label map",
    ),
    "a label map of another size": (
        "davis",
        lambda root: write_mask(root / MASK, face(18, 49)),
        f"{MASK}: 49 x 49 pixels; expected 48 x 48 as {{root}}/{IMAGE}",
    ),
    "an unknown class": (
        "davis",
        lambda root: write_mask(root / MASK, np.full((48, 48), 77, np.uint8)),
        f"{MASK}: unknown class 77; expected classes from 0 to 17, or 255 to ignore",
    ),
    "a name twice": (
        "davis",
        lambda root: shutil.copy(root / IMAGE, (root / IMAGE).with_suffix(".JPEG")),
        "JPEGImages/val é/00001.jpg: the name 00001 is 00001.JPEG too; expected it once",
    ),
    "a label map in colours": (
        "davis",
        lambda root: in_colour(root / MASK),
        f"{MASK}: color [0, 0, 1] of no class or of several; expected a label map, an indexed or grey PNG of class ids",
    ),
    "a label map of large values": (
        "davis",
        lambda root: write_mask(root / MASK, np.full((48, 48), 3000, np.uint16)),
        f"{MASK}: value 3000; expected a label map, an indexed or grey PNG of class ids",
    ),
    "a label map that is a JPEG": (
        "davis",
        lambda root: as_jpeg(root / MASK),
        f"{MASK}: JPEG; expected a label map, an indexed or grey PNG of class ids",
    ),
    "an image linked from outside": (
        "davis",
        lambda root: link_out(root / IMAGE),
        f"{IMAGE}: a link out of {{root}}; expected files that lie below it",
    ),
    "a label map linked from outside": (
        "davis",
        lambda root: link_out(root / MASK),
        f"{MASK}: a link out of {{root}}; expected files that lie below it",
    ),
    "a broken link": (
        "davis",
        lambda root: ((root / MASK).unlink(), (root / MASK).symlink_to("nothing")),
        f"{MASK}: missing; expected a label map",
    ),
    "a pipe": (
        "davis",
        lambda root: as_pipe(root / IMAGE),
        f"{IMAGE}: not a file; expected an image or a label map",
    ),
    "a folder for an image": (
        "davis",
        lambda root: as_folder(root / IMAGE),
        f"{IMAGE}: not a file; expected an image or a label map",
    ),
    "a frame without a label map beside it": (
        "sfp",
        lambda root: (root / "val/clip 1/2.png").unlink(),
        "val/clip 1/2.jpg: no label map; expected 2.png",
    ),
    "an image without its label map": (
        "face_synthetics",
        lambda root: (root / "000003_seg.png").unlink(),
        "000003.png: no label map; expected 000003_seg.png",
    ),
    "a label map without its image": (
        "face_synthetics",
        lambda root: (root / "000003.png").unlink(),
        "000003_seg.png: no image; expected 000003.jpg or another image",
    ),
    "a name in two splits": (
        "lapa",
        lambda root: [
            shutil.copy(root / f"train/{kind}/0_1.{suffix}", root / f"test/{kind}/0_1.{suffix}")
            for kind, suffix in (("images", "jpg"), ("labels", "png"))
        ],
        "test/images/0_1.jpg: clip 0_1 is in train too; expected it in one split",
    ),
    "a mask of no part": (
        "celebamask_hq",
        lambda root: write_mask(root / "CelebAMask-HQ-mask-anno/0/00001_tail.png", face(2)),
        "CelebAMask-HQ-mask-anno/0/00001_tail.png: not NNNNN_<part>.png; expected one of the parts skin, nose",
    ),
    "masks of two sizes": (
        "celebamask_hq",
        lambda root: write_mask(root / "CelebAMask-HQ-mask-anno/0/00001_hair.png", face(2, 50)),
        "CelebAMask-HQ-mask-anno/0/00001_hair.png: 50 x 50 pixels; expected 48 x 48 as",
    ),
    "an image of other proportions than its masks": (
        "celebamask_hq",
        lambda root: write_image(root / "CelebA-HQ-img/1.jpg", np.zeros((96, 120, 3), np.uint8)),
        "CelebA-HQ-img/1.jpg: 120 x 96 pixels; expected the proportions of its masks, 48 x 48",
    ),
    "a list that names no image": (
        "helen",
        lambda root: (root / "tuning.txt").write_text("1 , 3_1\n2 , 9_1\n"),
        "tuning.txt: no image 9_1; expected images/9_1.jpg",
    ),
    "no probability map": (
        "helen",
        lambda root: (root / "labels/3_1/3_1_lbl04.png").unlink(),
        "labels/3_1/3_1_lbl04.png: missing; expected the probabilities of one class, a grey 8-bit PNG",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_in_one_line_and_nothing_else_is_wrong(tmp_path, fault):
    source, spoil, line = FAULTS[fault]
    root = made(source, tmp_path)
    spoil(root)
    with pytest.raises(PipelineError) as caught:
        bring(source, root)
    told, total = str(caught.value).splitlines()
    assert told.startswith(f"{root}/{line.format(root=root)}")
    assert total == "1 errors; data.on_error=skip skips these files"


def test_all_faults_are_told_wherever_they_are(tmp_path):
    root = made("davis", tmp_path)
    for index in range(30):
        (root / f"JPEGImages/test é/x{index:02d}.jpg").write_bytes(b"no image")
    (root / MASK).unlink()
    with pytest.raises(PipelineError) as caught:
        bring("davis", root)
    assert len(str(caught.value).splitlines()) == 32


def test_skipping_leaves_out_what_is_at_fault_and_says_so(tmp_path, capsys):
    root = made("davis", tmp_path)
    (root / MASK).unlink()
    shorten(root / "JPEGImages/train é/00003.jpg")
    assert bring("davis", root, on_error="skip") == 10
    frames = [frame.name for frame in frames_of(tmp_path / "clips", "val é")]
    assert frames == ["00000", "00002", "00003"]
    printed = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in printed] == ["skipped", "skipped", "2 errors skipped"]
    assert MASK in printed[1] and "train é/00003.jpg" in printed[0]


def test_a_split_that_nothing_is_left_of_is_told(tmp_path):
    root = made("lapa", tmp_path)
    for path in (root / "val/images").iterdir():
        shorten(path)
    with pytest.raises(PipelineError, match="no clip for val; expected a folder as the source lapa lays it out"):
        bring("lapa", root, on_error="skip")


# DVC restores the stage check from its cache, also in a copy of the project or after the folder has moved.
def test_a_folder_that_is_gone_since_check_is_one_line_that_names_where_we_looked(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    with pytest.raises(PipelineError) as caught:
        bring("lapa", Path("faces"))
    start = "params.yaml: data.root is faces; expected the folder that holds the source's clips; there is no "
    assert str(caught.value).startswith(f"{start}{tmp_path}/faces (relative to the project, ")


@pytest.mark.parametrize("source", sorted(FOLDERS))
def test_an_empty_folder_is_told(tmp_path, source):
    (tmp_path / "source").mkdir()
    with pytest.raises(PipelineError) as caught:
        bring(source, tmp_path / "source")
    assert "expected" in str(caught.value)


@pytest.mark.parametrize(
    "spelt",
    [
        lambda label_map: Image.fromarray(label_map.astype(np.uint16)),
        lambda label_map: Image.fromarray(label_map).convert("RGB"),
        lambda label_map: Image.fromarray(label_map).convert("RGBA"),
        lambda label_map: Image.fromarray(label_map).convert("LA"),
        lambda label_map: Image.fromarray(label_map, mode="P"),
    ],
    ids=["16-bit", "RGB", "RGBA", "LA", "palette"],
)
def test_label_maps_come_in_however_their_ids_are_spelt(tmp_path, spelt):
    root = made("davis", tmp_path)
    label_map = face(18)
    image = spelt(label_map)
    if image.mode == "P":
        image.putpalette(list(range(255, -1, -1)) * 3)
    image.save(root / MASK)
    bring("davis", root)
    np.testing.assert_array_equal(read_label_map(tmp_path / "clips" / MASK), label_map)


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "CMYK", "I;16"])
def test_images_of_every_kind_are_read_in_colour(tmp_path, mode):
    root = made("davis", tmp_path)
    suffix = ".jpg" if mode == "CMYK" else ".png"
    (root / IMAGE).unlink()
    if mode == "I;16":
        picture = Image.fromarray(np.full((48, 48), 102 * 257, np.uint16))
    else:
        picture = Image.fromarray(np.full((48, 48, 3), 102, np.uint8)).convert(mode)
    picture.save((root / IMAGE).with_suffix(suffix))
    bring("davis", root)
    image = read_image((tmp_path / "clips" / IMAGE).with_suffix(".jpg" if mode in ("CMYK", "I;16") else suffix))
    assert image.shape == (48, 48, 3) and np.abs(image.astype(int) - 102).max() <= 3


def test_a_turned_photograph_comes_in_upright(tmp_path):
    root = made("davis", tmp_path)
    upright = np.zeros((32, 48, 3), np.uint8)
    upright[:16, 24:] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise by a quarter
    Image.fromarray(np.rot90(upright).copy()).save(root / IMAGE, exif=exif, quality=95)
    write_mask(root / MASK, face(18)[8:40])
    bring("davis", root)
    with Image.open(tmp_path / "clips" / IMAGE) as image:
        assert image.size == (48, 32) and not image.getexif()
        assert np.abs(np.array(image).astype(int) - upright).max() < 60


def test_a_label_map_drawn_on_the_stored_pixels_of_a_square_photograph_is_turned_with_it(tmp_path, capsys):
    root = made("face_synthetics", tmp_path)
    label_map = face(19)
    label_map[4:12, 4:12] = 3
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = np.rot90(image_of(label_map, 90)).copy()
    Image.fromarray(stored).save(root / "000003.png", exif=exif)
    write_mask(root / "000003_seg.png", np.rot90(label_map).copy())
    bring("face_synthetics", root)
    np.testing.assert_array_equal(read_label_map(tmp_path / "clips/Annotations/000003/00000.png"), label_map)
    assert "1 label maps were drawn on the stored pixels" in capsys.readouterr().out


def test_a_label_map_whose_palette_was_renumbered_comes_in_by_its_colors(tmp_path, capsys):
    root = made("davis", tmp_path)
    labels = read_labels(Path("configs/labels.yaml"))
    image = Image.fromarray(17 - face(18), mode="P")
    image.putpalette(labels.palette[17::-1].tobytes())
    image.save(root / MASK)
    bring("davis", root)
    np.testing.assert_array_equal(read_label_map(tmp_path / "clips" / MASK), face(18))
    write_label_map(root / "Annotations/val é/00002.png", face(18), labels)
    image = Image.fromarray((face(18) + 3) % 18, mode="P")
    image.putpalette(np.roll(labels.palette[:18], 3, axis=0).tobytes())
    image.save(root / "Annotations/val é/00003.png")
    capsys.readouterr()
    bring("davis", root)
    assert "at another index" not in capsys.readouterr().out


def test_label_maps_of_a_foreign_palette_that_contradict_each_other_are_counted(tmp_path, capsys):
    root = made("davis", tmp_path)
    palette = np.random.default_rng(0).permutation(256 * 3).astype(np.uint8)
    for path in sorted(root.glob("Annotations/*/*.png")):
        image = Image.fromarray(face(18), mode="P")
        image.putpalette((palette[::-1] if path == root / MASK else palette).tobytes())
        image.save(path)
    bring("davis", root)
    np.testing.assert_array_equal(read_label_map(tmp_path / "clips" / MASK), face(18))
    assert "label maps have a color at another index" not in capsys.readouterr().out
    image = Image.fromarray(17 - face(18), mode="P")
    image.putpalette(palette.reshape(-1, 3)[17::-1].tobytes())
    image.save(root / MASK)
    bring("davis", root)
    assert "1 label maps have a color at another index than label maps before them" in capsys.readouterr().out


@pytest.mark.parametrize("spelt", [lambda mask: mask.astype(np.uint8), lambda mask: mask], ids=["0 and 1", "1 bit"])
def test_part_masks_of_zero_and_one_set_their_parts(tmp_path, capsys, spelt):
    root = made("celebamask_hq", tmp_path)
    for path in root.glob("CelebAMask-HQ-mask-anno/*/00002_*.png"):
        mask = read_part_mask(path)
        write_mask(path, spelt(np.zeros_like(mask) if path.stem.endswith("hat") else mask))
    bring("celebamask_hq", root)
    expected = np.where(face(19) == 14, 1, face(19))  # the skin lies below the hat
    np.testing.assert_array_equal(read_label_map(tmp_path / "clips/Annotations/2/00000.png"), expected)
    assert "1 part masks set no pixel of their label map, such as" in capsys.readouterr().out


def test_a_source_whose_left_is_the_viewers_is_warned_of(tmp_path, capsys):
    root = made("lapa", tmp_path)
    label_map = np.zeros((48, 48), np.uint8)
    label_map[20:24, 8:14], label_map[20:24, 34:40] = 5, 4
    for path in root.glob("*/labels/*.png"):
        write_mask(path, label_map)
    bring("lapa", root)
    warning = f"warning: {root}: left and right look exchanged: left parts lie to the left of right ones in 9 of 9"
    assert warning in capsys.readouterr().out
    for path in root.glob("*/labels/*.png"):
        write_mask(path, label_map[:, ::-1].copy())
    bring("lapa", root)
    assert "warning" not in capsys.readouterr().out


def test_splits_come_in_the_order_of_the_source(tmp_path):
    root = made("davis", tmp_path)
    shutil.copytree(root / "JPEGImages/test é", root / "JPEGImages/a test")
    shutil.copytree(root / "Annotations/test é", root / "Annotations/a test")
    write_split(root, "test", ["test é", "a test"])
    bring("davis", root)
    assert read_split(tmp_path / "clips", "test") == ["test é", "a test"]


@pytest.mark.parametrize(("source", "frames"), [("davis", 1), ("lapa", 1), ("lapa", 3)])
def test_the_stage_prints_the_classes_of_the_label_maps_that_it_writes(
    empty_project, monkeypatch, capsys, source, frames
):
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")
    root = made(source, empty_project)
    if source == "davis":
        for number in range(4):  # without the last class, and in test without the last two
            write_mask(root / f"Annotations/train é/{number:05d}.png", face(17))
            write_mask(root / f"Annotations/val é/{number:05d}.png", face(17))
            write_mask(root / f"Annotations/test é/{number:05d}.png", face(16))
    tree = yaml.safe_load((ROOT / "params.yaml").read_text())
    tree["data"] |= {"source": source, "root": str(root), "frames_per_still": frames}
    Path("params.yaml").write_text(yaml.safe_dump(tree))
    table = ROOT / {"davis": "configs/labels.yaml", "lapa": "configs/labels/lapa.yaml"}[source]
    shutil.copyfile(table, "data/labels.yaml")
    labels = read_labels(table)
    prepare.main()
    maps = [read_label_map(path) for path in sorted(Path("data/clips/Annotations").rglob("*.png"))]
    pixels = np.concatenate([each.ravel() for each in maps])
    shares = np.bincount(pixels, minlength=256) / len(pixels)
    printed = capsys.readouterr().out.splitlines()
    told = ", ".join(f"{label.name} {shares[label.id]:.2%}" for label in labels.labels if shares[label.id])
    assert f"share of pixels: {told}" in printed
    never = [line for line in printed if line.startswith("classes that never occur")]
    last, before_last = labels.labels[-1].name, labels.labels[-2].name
    expected = [f"classes that never occur: {last}", f"classes that never occur in test: {before_last}"]
    assert never == (expected if source == "davis" else [])
    assert printed[-1].endswith(f"{len(maps)} frames: data/clips")
