"""Every reader of files that people bring, given damaged ones: a value or one line, in bounded time and memory."""

import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from face_parsing.checkpoints.model_file import load_model
from face_parsing.checkpoints.pretrained import Pretrained
from face_parsing.clips.face_table import read_faces
from face_parsing.clips.layout import read_split
from face_parsing.clips.tables import read_table
from face_parsing.commands.manifest import read_manifest
from face_parsing.core.errors import PipelineError
from face_parsing.core.labels import read_labels
from face_parsing.core.parameters import read
from face_parsing.core.texts import read_numbers
from face_parsing.detector.coco import boxes_by_file, read_coco
from face_parsing.imaging.label_maps import read_label_map
from face_parsing.imaging.pictures import image_size, read_image
from face_parsing.media.inputs import listed
from face_parsing.media.reading import open_media
from face_parsing.parameters import Tree
from face_parsing.parsing.compositing import read_faces_alike
from face_parsing.provenance.record import read_provenance
from face_parsing.sources.layouts import helen
from face_parsing.sources.layouts.masks import read_part_mask, read_probabilities
from tests.face_parsing.sources.folders import SPLIT
from tests.fuzz import originals
from tests.fuzz.mutation import FAST, SEED, SLOW, cases, damaged

SECONDS = 10  # of one case
MEMORY = 2**30  # that all cases of a reader may take beyond what the process had


@dataclass(frozen=True)
class Reader:
    """What is called with a damaged file's path, and the real files that the damaged one comes from.

    ``path`` is where the file lies, whose ending is drawn from ``suffixes``.
    """

    read: Callable[[Path], object]
    originals: Sequence[bytes]
    suffixes: Sequence[str]
    path: str = "file"
    tokens: Sequence[bytes] = field(default_factory=list)


def video(path: Path) -> list:
    media, _ = open_media(path)
    return [frame.shape for frame in media.frames()]


def pretrained(path: Path) -> list[str]:
    return Pretrained((str(path),)).load(originals.network())


def provenance_beside(path: Path) -> object:
    return read_provenance(path.with_name(path.name.replace(".provenance.json", ".pth")))


def model(path: Path) -> None:
    load_model(path, originals.network(), originals.LABELS)


def helens_list(path: Path) -> None:
    for fault in helen.find(path.parent, SPLIT).faults:
        assert "\n" not in str(PipelineError(fault))


def inputs_list(path: Path) -> None:
    try:
        listed(path)
    except PipelineError as fault:  # errors about two inputs do not name the list
        raise PipelineError(f"{path}: {fault}") from None


def readers(folder: Path) -> dict[str, Reader]:
    text = partial(Reader, tokens=originals.TOKENS)
    configs = originals.ROOT / "configs"
    tables = [(configs / "labels.yaml").read_bytes(), (configs / "labels/lapa.yaml").read_bytes()]
    lines = b"a\nb c\nd\n"
    pngs = [*originals.label_maps(), *originals.images()]
    classes = {"model": str, "class": str, "J": float}
    return {
        "image": Reader(read_image, originals.images(), (".jpg", ".png", ".tif")),
        "image size": Reader(image_size, originals.images(), (".jpg", ".png")),
        "label map": Reader(partial(read_label_map, labels=read_labels(configs / "labels.yaml")), pngs, (".png",)),
        "part mask": Reader(read_part_mask, pngs, (".png",)),
        "part probabilities": Reader(read_probabilities, pngs, (".png",)),
        "video": Reader(video, originals.videos(folder), (".mp4", ".avi", ".mkv", ".webm", ".ts", ".txt", ".jpg")),
        "split": text(lambda path: read_split(path.parents[1], "test"), [lines], (".txt",), "ImageSets/test"),
        "face table": text(read_faces, [originals.FACES, originals.GIVEN_FACES], (".csv",)),
        "table": text(
            lambda path: read_table(path, classes, "a table"), [b"model,class,J,F\nocrnet,nose,0.5,\n"], (".csv",)
        ),
        "parameters": text(
            lambda path: read("", Tree, path), [(originals.ROOT / "params.yaml").read_bytes()], (".yaml",)
        ),
        "label table": text(read_labels, tables, (".yaml",)),
        "boxes": text(lambda path: boxes_by_file(read_coco(path)), [originals.coco()], (".json",)),
        "numbers": text(read_numbers, [b'{"JF": 0.5, "J_decay": null}'], (".json",)),
        "probabilities": Reader(lambda path: read_faces_alike([path]), originals.probabilities(), (".npz",)),
        "provenance": text(provenance_beside, [originals.PROVENANCE], (".provenance.json",)),
        "model": Reader(model, originals.models(folder)[:1], (".pth",)),
        "initial weights": Reader(pretrained, originals.models(folder), (".pth",)),
        "manifest": text(read_manifest, [originals.MANIFEST], (".csv",)),
        "list of inputs": text(inputs_list, [b"a/b.jpg\nc/d\n../e.mp4\n"], (".txt",)),
        "helen's list": text(helens_list, [b"1 , a\n2 , b\n"], (".txt",), "exemplars"),
    }


NAMES = [
    *("image", "image size", "label map", "part mask", "part probabilities", "video"),
    *("split", "face table", "table", "parameters", "label table", "boxes", "numbers", "helen's list"),
    *("probabilities", "provenance", "model", "initial weights", "manifest", "list of inputs"),
]


def check(reader: Reader, folder: Path, number: int, capfd: pytest.CaptureFixture) -> None:
    """Give a reader so many damaged files.

    Raises:
        AssertionError: it raised anything but a line, printed, took too long or too much, or touched a file.
    """
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    @cases(number)
    @given(damaged(reader.originals, reader.tokens), st.sampled_from(reader.suffixes))
    def one(contents: bytes, suffix: str) -> None:
        path = folder / f"{reader.path}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(contents)
        note(f"FUZZ_SEED={SEED}, the file is {path}")
        start = time.perf_counter()
        try:
            reader.read(path)
        except PipelineError as fault:
            assert str(folder) in str(fault) and "\n" not in str(fault), str(fault)
        assert time.perf_counter() - start < SECONDS
        assert path.read_bytes() == contents
        path.unlink()
        assert [file for file in folder.rglob("*") if file.is_file()] == []

    capfd.readouterr()
    one()
    assert capfd.readouterr() == ("", "")  # C libraries write past Python
    taken = 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    assert taken < MEMORY, f"{taken / 2**20:.0f} MiB"


@pytest.mark.parametrize("name", NAMES)
def test_a_damaged_file_is_read_or_refused_in_one_line(name, tmp_path, capfd):
    check(_reader(name, tmp_path), tmp_path / "read", FAST, capfd)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_thousand_damaged_files_are_read_or_refused_in_one_line(name, tmp_path, capfd):
    check(_reader(name, tmp_path), tmp_path / "read", SLOW, capfd)


def _reader(name: str, folder: Path) -> Reader:
    (folder / "made").mkdir()
    (folder / "read").mkdir()
    return readers(folder / "made")[name]
