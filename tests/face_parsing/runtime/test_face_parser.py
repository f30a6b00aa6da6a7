"""FaceParser and predict with trained models: the models in the box or a project's, and faces from three sources."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from face_parsing.clips.face_table import Face, read_faces
from face_parsing.clips.layout import frames_of, read_split
from face_parsing.commands import export, predict
from face_parsing.commands.command_line import parser
from face_parsing.core.errors import PipelineError
from face_parsing.core.labels import read_labels
from face_parsing.core.model_names import MODEL_NAMES
from face_parsing.imaging.label_maps import read_label_map
from face_parsing.imaging.pictures import read_image
from face_parsing.parsing.temporal_smoothing import smooth_votes
from face_parsing.runtime import bundled
from face_parsing.runtime.face_parser import FaceParser
from face_parsing.runtime.project import read_parameters
from tests.repositories import set_parameters

LABELS = read_labels(Path("configs/labels.yaml").resolve())
FILES = ["params.yaml", "data/labels.yaml", "configs/detector/mini.py", "configs/segmenter/se_hrnet/mini.py"]
FILES += [f"models/{name}.pth" for name in ("detector", *MODEL_NAMES)]


@pytest.fixture
def box(reproduced, tmp_path, monkeypatch) -> Path:
    """A trained project's files in the place of the bundled models; this process runs elsewhere."""
    folder = tmp_path / "box"
    for name in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(reproduced / name, folder / name)
    shutil.copytree(reproduced / "configs/_base_", folder / "configs/_base_")
    monkeypatch.setattr(bundled, "WEIGHTS", folder)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    return folder


@pytest.fixture
def clip(reproduced) -> Path:
    """A folder of frames, 160 x 96."""
    return reproduced / "data/clips/JPEGImages" / read_split(reproduced / "data/clips", "test")[0]


def run_predict(*arguments: object) -> None:
    predict.main(parser().parse_args(["predict", *map(str, arguments)]))


def label_maps(folder: Path) -> dict[str, np.ndarray]:
    return {path.stem: read_label_map(path) for path in sorted(folder.glob("*.png"))}


def same(one: Path, other: Path) -> bool:
    ours, theirs = label_maps(one), label_maps(other)
    return ours.keys() == theirs.keys() and all(np.array_equal(ours[name], theirs[name]) for name in ours)


def test_without_a_project_the_models_in_the_box_serve_from_any_folder(reproduced, box, clip):
    run_predict(clip, "--output", "out")
    assert same(Path("out", clip.name), reproduced / "data/results" / clip.name)
    image = read_image(sorted(clip.iterdir())[0])
    ours, theirs = FaceParser()(image, color="bgr"), FaceParser(reproduced)(image, color="bgr")
    np.testing.assert_array_equal(ours.label_map, theirs.label_map)
    assert ours.faces == theirs.faces


def test_a_project_that_is_named_is_used_and_not_the_box(reproduced, box, clip):
    (box / "params.yaml").unlink()
    run_predict(clip, "--output", "out", "--project", reproduced)
    assert same(Path("out", clip.name), reproduced / "data/results" / clip.name)
    with pytest.raises(PipelineError, match="no bundled models"):
        run_predict(clip, "--output", "new")


@pytest.mark.parametrize(("options", "command"), [([], "export"), (["--project", "../box"], "export --project ../box")])
def test_a_missing_onnx_file_is_told_with_the_command_that_makes_it(box, clip, options, command):
    pytest.importorskip("onnxruntime", reason="the versions for Python 3.10 have no DeformConv")
    with pytest.raises(
        PipelineError, match=rf"exported/models\.json: missing; expected what `face-parsing {command}` writes"
    ):
        run_predict(clip, "--output", "out", "--runtime", "onnx", *options)


def test_the_faces_that_predict_wrote_can_be_given_to_it_and_need_no_detector(box, clip):
    run_predict(clip, "--output", "found")
    (box / "models/detector.pth").unlink()
    run_predict(clip, "--output", "given", "--faces", "found/faces.csv")
    assert same(Path("given", clip.name), Path("found", clip.name))
    assert Path("given/faces.csv").read_bytes() == Path("found/faces.csv").read_bytes()


def test_whole_frames_are_one_face_each_and_need_no_detector(box, clip):
    (box / "models/detector.pth").unlink()
    run_predict(clip, "--output", "out", "--whole-frame")
    faces = read_faces(Path("out/faces.csv"))
    assert len(faces) == len(label_maps(Path("out", clip.name))) == 6
    assert set(zip(faces.x1, faces.y1, faces.x2, faces.y2, faces.source, strict=True)) == {
        (0, 0, 160, 96, "whole_frame")
    }
    with pytest.raises(ValueError, match="finder 'whole-frame'; expected one of detector, whole_frame"):
        FaceParser(finder="whole-frame")


def test_the_finder_that_is_asked_for_overrides_the_projects(box, clip):
    set_parameters(box, {"det.test.finder": "whole_frame"})
    image = read_image(sorted(clip.iterdir())[0])
    assert [face.source for face in FaceParser()(image, color="bgr").faces] == ["whole_frame"]
    assert FaceParser().finder is None and FaceParser(finder="detector").finder is not None


def test_given_faces_may_be_none_several_or_cut_by_the_edge(box, clip):
    set_parameters(box, {"grabcut.classes": []})  # which moves a face's boundaries by the size of all of them
    image = read_image(sorted(clip.iterdir())[0])
    left, edge = Face((10, 20, 60, 80), 1, "detected"), Face((110, 40, 160, 96), 1, "detected")
    given = [[], [left], [edge], [left, edge], []]
    face_parser = FaceParser(finder="whole_frame")
    none, one, other, both, again = [label_map for _, label_map in face_parser.parse([image] * 5, given)]
    assert not none.any() and not again.any() and none.shape == (96, 160)
    assert not one[:, 66:].any() and not other[:, :106].any()  # a square's side is the box's longer one
    assert (both == one + other).mean() > 0.99


@pytest.mark.parametrize("mode", ["causal", "both"])
@pytest.mark.parametrize("fusion", ["vote", "cat"])
def test_a_clip_is_smoothed_and_stills_are_not(box, clip, mode, fusion):
    set_parameters(box, {"grabcut.classes": [], "seg.fusion": fusion})
    images = [read_image(path) for path in sorted(clip.iterdir())]
    plain, smoothing = FaceParser(temporal_smoothing="none"), FaceParser(temporal_smoothing=mode)
    faces = plain.find(images)
    predictions = [segmenter(images, faces) for segmenter in smoothing.segmenters.values()]
    parameters = plain.recipe.temporal_smoothing.model_copy(update={"mode": mode})
    voted = smooth_votes(zip(images, zip(*predictions, strict=True), strict=True), parameters, 114)
    for (_, expected), (_, found) in zip(voted, smoothing.parse(images, faces), strict=True):
        np.testing.assert_array_equal(found, expected.label_map)
    for (_, expected), (_, found) in zip(
        plain.parse(images, faces), smoothing.parse(images, faces, tracking=False), strict=True
    ):
        np.testing.assert_array_equal(found, expected)


def test_a_hard_vote_is_not_smoothed(box):
    set_parameters(box, {"ensemble.vote": "hard", "temporal_smoothing.mode": "both"})
    assert FaceParser().temporal_smoothing.mode == "none"
    with pytest.raises(PipelineError, match=r"temporal smoothing causal: a hard vote .*expected ensemble\.vote: soft"):
        FaceParser(temporal_smoothing="causal")


def test_one_models_result_is_smoothed_when_asked_for_alone(box):
    set_parameters(box, {"seg.fusion": "cat", "temporal_smoothing.mode": "both"})
    assert FaceParser().temporal_smoothing.mode == "none"  # as in the pipeline, which smooths its vote
    assert FaceParser(temporal_smoothing="both").temporal_smoothing.mode == "both"


def test_pictures_without_any_face_are_background(box, clip):
    Path("none.csv").write_text("clip,frame,x1,y1,x2,y2\n")
    run_predict(clip, "--output", "out", "--faces", "none.csv")
    assert not any(label_map.any() for label_map in label_maps(Path("out", clip.name)).values())
    assert read_faces(Path("out/faces.csv")).empty


def test_an_export_is_checked_on_the_test_clips_or_on_rendered_pictures(reproduced, box, clip):
    first = frames_of(reproduced / "data/clips", clip.name)[0].image
    ours, rendered = (export.pictures(folder, read_parameters(folder), LABELS) for folder in (reproduced, box))
    assert len(ours) == 2 and np.array_equal(ours[0], read_image(first))
    assert {picture.shape for picture in rendered} == {(96, 160, 3)} and len(rendered) == export.FRAMES
