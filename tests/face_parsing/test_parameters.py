"""Bad parameters end in one line that names the key, what was given and what is allowed, before any work starts."""

import copy
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from face_parsing.clips.layout import read_split
from face_parsing.core.errors import PipelineError
from face_parsing.core.labels import Label, LabelTable, read_labels
from face_parsing.core.model_names import Fusion
from face_parsing.core.parameters import read
from face_parsing.faces.parameters import StoredCrops
from face_parsing.parameters import Tree, check_together
from face_parsing.sources.intake import SOURCES, bring_in
from face_parsing.sources.label_tables import label_table
from face_parsing.sources.parameters import STILLS, Data
from face_parsing.synthetic.parameters import Synthetic
from stages import check
from stages.check import MEASURED, plan_of
from tests.face_parsing.sources import folders

ROOT = Path(__file__).parents[2]
DEFAULTS = yaml.safe_load((ROOT / "params.yaml").read_text())
TABLE = Path("configs/labels.yaml")
LABELS = read_labels(ROOT / TABLE)
MINI = ("profiles", "mini")
KNOWN = {"clothing", "necklace"}  # classes of other label tables


def keys(tree: dict, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in tree.items():
        yield (*above, name)
        if isinstance(value, dict):
            yield from keys(value, (*above, name))


def changed(key: tuple[str, ...], value: Any) -> dict:
    tree = copy.deepcopy(DEFAULTS)
    section = tree
    for name in key[:-1]:
        section = section[name]
    section[key[-1]] = value
    return tree


def fault_of(tree: dict, folder: Path) -> str:
    path = folder / "params.yaml"
    path.write_text(yaml.safe_dump(tree))
    with pytest.raises(PipelineError) as caught:
        read("", Tree, path)
    message = str(caught.value)
    assert "\n" not in message
    return message.removeprefix(f"{path}: ")


def fault_together(key: tuple[str, ...], value: Any, labels: LabelTable = LABELS) -> str:
    with pytest.raises(PipelineError) as caught:
        check_together(Tree.model_validate(changed(key, value)), TABLE, labels, known={"hat", "clothing", "necklace"})
    message = str(caught.value)
    assert "\n" not in message
    return message.removeprefix("params.yaml: ")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("seg.fusion", "voet", "seg.fusion is \"voet\"; input should be 'none', 'add', 'cat' or 'vote'"),
        ("seg.also", ["mask_rcn"], "seg.also.0 is \"mask_rcn\"; input should be 'mask_rcnn'"),
        ("data.source", "lappa", "data.source is \"lappa\"; input should be 'synthetic', 'davis'"),
        (
            "profiles.mini.clips.width",
            -512,
            "profiles.mini.clips.width is -512; input should be greater than or equal to 64",
        ),
        ("profiles.paper.clips.width", 512.5, "profiles.paper.clips.width is 512.5; input should be a valid integer"),
        (
            "profiles.mini.clips.frames",
            10,
            "profiles.mini.clips.frames is 10; expected a section with the keys train, val, test",
        ),
        (
            "profiles.mini.clips.frames.train",
            True,
            "profiles.mini.clips.frames.train is true; input should be a valid integer",
        ),
        ("profiles.mini", 3, "profiles.mini is 3; expected a section with the keys machine, clips, detector"),
        ("profiles.mine", {}, "profiles.mine.machine is missing; expected a section with the keys cpu_processes"),
        (
            "profiles.mini.test.segment.crop_size",
            100,
            "profiles.mini.test.segment.crop_size is 100; input should be a mul",
        ),
        ("profiles.mini.detector.epoch", 1, "profiles.mini.detector.epoch is not a parameter; did you mean epochs?"),
        (
            "profiles.mini.segmenter.epochs",
            3,
            "profiles.mini.segmenter: expected either iterations or epochs, and null for the other",
        ),
        ("train.gpus", 0, "train.gpus is 0; expected auto, or the number of GPUs"),
        ("train.gpus", "all", 'train.gpus is "all"; expected auto, or the number of GPUs'),
        ("synthetic.bad_frames", 1.5, "synthetic.bad_frames is 1.5; input should be less than or equal to 1"),
        ("synthetic.smallest_face", 0, "synthetic.smallest_face is 0; input should be greater than 0"),
        ("seg.train.edge_width", "thin", 'seg.train.edge_width is "thin"; input should be a valid number'),
        ("seg.pretrain.lovasz", float("nan"), "seg.pretrain.lovasz is NaN; input should be a finite number"),
        ("seg.pretrain.lovasz", float("inf"), "seg.pretrain.lovasz is Infinity; input should be a finite number"),
        ("data.labels", 5, "data.labels is 5; input should be a valid string"),
        ("score.skip_ends", "no", 'score.skip_ends is "no"; input should be a valid boolean'),
        ("boxes.exclude", "nose", 'boxes.exclude is "nose"; input should be a valid list'),
        ("ensemble.members", [], "ensemble.members is []; list should have at least 1 item"),
        (
            "ensemble.members",
            ["ocrnet", "hrnet"],
            "ensemble.members.1 is \"hrnet\"; input should be 'ocrnet', ",
        ),
        ("seg.backbone", "resnet", "seg.backbone is \"resnet\"; input should be 'se_hrnet' or 'swin'"),
        ("seg.coarse_head", "fpn", "seg.coarse_head is \"fpn\"; input should be 'fcn' or 'panoptic_fpn'"),
        ("seg.fusoin", "vote", "seg.fusoin is not a parameter; did you mean fusion?"),
        ("sge", {}, "sge is not a parameter; did you mean seg?"),
        ("grabcut.rounds", 3, "grabcut.rounds is not a parameter; expected one of classes, band, iterations, size"),
    ],
)
def test_a_bad_value_is_told_with_its_key_and_what_is_allowed(key, value, message, tmp_path):
    assert fault_of(changed(tuple(key.split(".")), value), tmp_path).startswith(message)


RENAMED_KEYS = [
    ("steady", {}, "temporal_smoothing"),
    ("seg.previous", "feed", "seg.mask_propagation"),
    ("data.animate", 8, "data.frames_per_still"),
    ("data.on_fault", "stop", "data.on_error (raise or skip)"),
    ("det.test.further_score", 0.8, "det.test.secondary_face_threshold"),
    ("seg.pseudo.looks", None, "seg.pseudo.domain_randomization"),
    ("profiles.mini.segmenter.accumulate", 2, "profiles.mini.segmenter.gradient_accumulation"),
    ("profiles.paper.detector.checkpointing", True, "profiles.paper.detector.activation_checkpointing"),
    ("profiles.mini.backbone.balance", 0.5, "profiles.mini.backbone.class_weight_exponent"),
    ("profiles.mini.clips.looks", {}, "profiles.mini.clips.domain_randomization"),
    (
        "profiles.mini.clips.domain_randomization.covers",
        0.1,
        "profiles.mini.clips.domain_randomization.occluders",
    ),
]


@pytest.mark.parametrize(("key", "value", "now"), RENAMED_KEYS, ids=[key for key, _, _ in RENAMED_KEYS])
def test_a_key_of_version_0_2_fails_with_its_name_now(key, value, now, tmp_path):
    assert fault_of(changed(tuple(key.split(".")), value), tmp_path) == f"{key} is named {now} now"


# Which profiles there are is the user's.
@pytest.mark.parametrize("key", [key for key in keys(DEFAULTS) if key[:-1] != ("profiles",)], ids=".".join)
def test_each_missing_key_is_told_with_what_belongs_there(key, tmp_path):
    tree = copy.deepcopy(DEFAULTS)
    section = tree
    for name in key[:-1]:
        section = section[name]
    del section[key[-1]]
    told = rf"{re.escape('.'.join(key))} is missing; (input should be|expected) ['\w]"
    assert re.match(told, fault_of(tree, tmp_path))


def test_a_misspelt_key_is_told_rather_than_the_key_it_leaves_out(tmp_path):
    tree = copy.deepcopy(DEFAULTS)
    tree["crop"]["margn"] = tree["crop"].pop("margin")
    assert fault_of(tree, tmp_path) == "crop.margn is not a parameter; did you mean margin?"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the whole file is null; expected a section with the keys profile, profiles"),
        (b"- seg\n", 'the whole file is ["seg"]; expected a section'),
        (b"seg:\n  fusion: [vote\n", "line 3 is not YAML: "),
        (b"seg: 1\nseg: 2\n", 'line 2 is not YAML: found duplicate key "seg"'),
        (b"\xff\xfe\xff", "not UTF-8 (byte 0: "),
    ],
)
def test_a_file_that_is_no_section_of_parameters_is_told(content, message, tmp_path):
    path = tmp_path / "params.yaml"
    path.write_bytes(content)
    with pytest.raises(PipelineError) as caught:
        read("", Tree, path)
    assert str(caught.value).startswith(f"{path}: {message}")
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(PipelineError, match=r"params\.yaml: missing"):
        read("", Tree, tmp_path / "params.yaml")


def test_numbers_in_scientific_notation_are_numbers_as_they_are_to_dvc(tmp_path):
    path = tmp_path / "params.yaml"
    path.write_text("lr: 2e-3\n")
    assert read("lr", float, path) == 0.002


def test_a_stage_reads_its_own_keys_and_no_fault_elsewhere_troubles_it(tmp_path):
    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump(changed(("grabcut", "band"), -1)))
    assert read("seg.fusion", Fusion, path) == DEFAULTS["seg"]["fusion"]
    assert read("synthetic", Synthetic, path).bad_frames == DEFAULTS["synthetic"]["bad_frames"]


def test_a_key_of_the_profile_is_read_where_the_profile_says(tmp_path):
    path = tmp_path / "params.yaml"
    for profile in DEFAULTS["profiles"]:
        path.write_text(yaml.safe_dump(changed(("profile",), profile)))
        sizes = read("profiles.${profile}.crops", StoredCrops, path)
        assert sizes.max_size == DEFAULTS["profiles"][profile]["crops"]["max_size"]
    path.write_text(yaml.safe_dump(changed(("profile",), "mine")))
    with pytest.raises(PipelineError, match=r"profiles\.mine\.crops is missing; expected a section"):
        read("profiles.${profile}.crops", StoredCrops, path)


def test_a_long_value_stays_on_a_short_line(tmp_path):
    assert len(fault_of(changed(("data", "root"), list(range(10_000))), tmp_path)) < 150


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        (
            ("ensemble", "members"),
            ["ocrnet", "ocrnet"],
            "ensemble.members is ocrnet, ocrnet; expected each member once",
        ),
        (
            ("seg", "also"),
            ["mask_rcnn", "mask_rcnn"],
            "seg.also is mask_rcnn, mask_rcnn; expected each model once",
        ),
        (
            ("boxes", "exclude"),
            ["noze"],
            "boxes.exclude is noze; expected classes of configs/labels.yaml, such as nose",
        ),
        (
            ("grabcut", "classes"),
            ["hair", "hats"],
            "grabcut.classes is hats; expected classes of configs/labels.yaml, such as",
        ),
        (("boxes", "exclude"), [part.name for part in LABELS.parts], "boxes.exclude is every class; expected at least"),
        (("profile",), "mine", "profile is mine; expected one of profiles: mini, release, small, paper"),
        (
            ("train", "gpus"),
            3,
            "profiles.mini.detector.batch_size is 8; expected a multiple of 3 (3 processes, 1 micro-steps each)",
        ),
        (
            (*MINI, "segmenter", "gradient_accumulation"),
            5,
            "profiles.mini.segmenter.batch_size is 16; expected a multiple of",
        ),
        ((*MINI, "backbone", "batch_size"), 5, "profiles.mini.backbone.batch_size is 5; expected a multiple of"),
        (
            (*MINI, "detector", "pretrained"),
            "no/such.pth",
            "profiles.mini.detector.pretrained is no/such.pth; expected null, bundled, a URL, or a checkpoint",
        ),
        (
            (*MINI, "segmenter", "pretrained"),
            "no/such.pth",
            "profiles.mini.segmenter.pretrained is no/such.pth; expected null, bundled, a URL, or a checkpoint",
        ),
    ],
)
def test_keys_that_do_not_fit_the_data_are_told(key, value, message):
    assert fault_together(key, value).startswith(message)


@pytest.mark.parametrize(("network", "names"), [("detector", "detector.pth"), ("segmenter", "eanet_cat.pth or")])
def test_bundled_weights_that_are_not_there_are_told_before_the_work_starts(network, names, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tree = Tree.model_validate(changed((*MINI, network, "pretrained"), "bundled"))
    with pytest.raises(PipelineError, match=f"weights/models: no {names}.*{network}.pretrained is bundled"):
        check_together(tree, TABLE, LABELS, known={"clothing", "necklace"})


@pytest.mark.parametrize("profile", ["release", "small"])
def test_a_profile_without_a_config_of_the_backbone_is_told(profile):
    tree = changed(("seg", "backbone"), "swin") | {"profile": profile}
    tree["profiles"][profile]["segmenter"]["pretrained"] = tree["profiles"][profile]["detector"]["pretrained"] = None
    told = (
        rf"params\.yaml: seg\.backbone is swin; expected a backbone with a config for profile {profile}; "
        rf"configs/segmenter/swin/{profile}\.py is missing"
    )
    with pytest.raises(PipelineError, match=f"^{told}$"):
        check_together(Tree.model_validate(tree), TABLE, LABELS, known={"clothing", "necklace"})


@pytest.mark.parametrize("profile", ["mini", "paper"])
def test_a_profile_with_a_config_of_the_backbone_is_sound(profile):
    tree = changed(("seg", "backbone"), "swin") | {"profile": profile}
    tree["profiles"][profile]["segmenter"]["pretrained"] = tree["profiles"][profile]["detector"]["pretrained"] = None
    check_together(Tree.model_validate(tree), TABLE, LABELS, known={"clothing", "necklace"})


def test_the_best_state_takes_validations_of_every_training_that_there_is():
    tree = changed((*MINI, "backbone", "validations"), 0)
    tree["train"]["keep"] = "best"
    with pytest.raises(PipelineError, match=r"profiles\.mini\.backbone\.validations is 0; expected one or more"):
        check_together(Tree.model_validate(tree), TABLE, LABELS, set())
    tree["profiles"]["mini"]["backbone"]["iterations"] = 0
    check_together(Tree.model_validate(tree), TABLE, LABELS, known={"clothing", "necklace"})


def test_half_precision_takes_a_gpu(monkeypatch):
    monkeypatch.setattr("face_parsing.parameters.gpu_count", lambda: 0)
    assert fault_together(("train", "precision"), "fp16").startswith("train.precision is fp16; expected auto, fp32 or")


@pytest.mark.parametrize("root", [None, "", "no/such/folder", "/no/such/folder", "~/no/such/folder", "a file"])
def test_a_source_of_files_needs_a_folder_that_exists_and_the_line_names_where_we_looked(root, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home")
    (tmp_path / "a file").touch()
    message = fault_together(("data",), DEFAULTS["data"] | {"source": "davis", "root": root})
    start = f"data.root is {root or 'null'}; expected the folder that holds the source's clips"
    found = {
        "no/such/folder": f"; there is no {tmp_path}/no/such/folder (relative to the project, which dvc exp run --temp "
        "and --queue copy; give an absolute path)",
        "/no/such/folder": "; there is no /no/such/folder",
        "~/no/such/folder": "; there is no /home/no/such/folder",
        "a file": f"; {tmp_path}/a file is no folder",
    }
    assert message == start + found.get(root, "")


@pytest.mark.parametrize("name", ["faces", "my [own] façes", "it's (a) {b}, c=d#e&f%20$HOME", "*?", "-S", "a\\b"])
@pytest.mark.parametrize("where", ["{parent}/{name}", "{name}", "~/{name}"])
def test_a_folder_of_any_name_is_found_absolute_relative_and_at_home(name, where, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")  # a worker of another test stays in that test's folder
    folders.davis(tmp_path / name)
    data = DEFAULTS["data"] | {"source": "davis", "root": where.format(parent=tmp_path, name=name)}
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    tree = Tree.model_validate(changed(("data",), data))
    check_together(tree, TABLE, LABELS, known={"clothing", "necklace"})
    bring_in(tree.data, LABELS, tmp_path / "clips")
    assert read_split(tmp_path / "clips", "test") == ["test é"]


def test_students_take_pseudo_labels_and_pseudo_labels_are_for_students(tmp_path):
    message = fault_together(("seg", "weights"), "models/students")
    assert message == "seg.weights is models/students; expected models, since seg.pseudo.clips is empty"
    pseudo = DEFAULTS["seg"]["pseudo"]
    message = fault_together(("seg", "pseudo"), pseudo | {"clips": ["rendered"]})
    assert message == "seg.weights is models; expected models/students, since seg.pseudo.clips is set"
    message = fault_together(("seg", "pseudo"), pseudo | {"clips": ["no/such/folder"]})
    expected = "seg.pseudo.clips is no/such/folder; expected rendered, or a folder of images and videos"
    assert message.startswith(f"{expected}; there is no {Path.cwd()}/no/such/folder (relative to the project, ")
    for clips in ("rendered", str(tmp_path)):
        both = DEFAULTS["seg"] | {"pseudo": pseudo | {"clips": [clips]}, "weights": "models/students"}
        check_together(Tree.model_validate(changed(("seg",), both)), TABLE, LABELS, known={"clothing", "necklace"})


def test_unlabelled_clips_are_of_one_source(tmp_path):
    message = fault_of(changed(("seg", "pseudo", "clips"), ["rendered", "own"]), tmp_path)
    assert message.startswith('seg.pseudo.clips is ["rendered", "own"]; list should have at most 1 item')


def test_a_label_table_that_leaves_an_id_out_is_told():
    gap = LabelTable((Label(0, "background", (0, 0, 0)), Label(2, "skin", (1, 1, 1))))
    assert "ids [0, 2]; expected 0 to 1" in fault_together(("crop", "margin"), 0.1, gap)


def test_the_defaults_are_sound():
    check_together(read("", Tree, ROOT / "params.yaml"), TABLE, LABELS, known={"clothing", "necklace"})


def test_a_class_of_another_sources_table_may_be_named():
    check_together(Tree.model_validate(changed(("boxes", "exclude"), ["hat"])), TABLE, LABELS, known={"hat"})


@pytest.fixture
def project_of_tables(tmp_path, monkeypatch) -> Path:
    """The folder of a project with the bundled label tables and the user's own, in and outside configs/labels."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    shutil.copytree(ROOT / "configs/labels", "configs/labels")
    (tmp_path / "home").mkdir()
    own = ["configs/labels/mine.yaml", "configs/labels/mine v1.2.yaml", "mine.yaml", "mine", "home/mine.yml"]
    for file in ("configs/labels.yaml", *own):
        shutil.copyfile(ROOT / "configs/labels.yaml", file)
    return tmp_path


@pytest.mark.parametrize(
    ("changes", "table"),
    [
        ({}, "configs/labels.yaml"),
        ({"source": "davis"}, "configs/labels.yaml"),
        ({"source": "lapa"}, "configs/labels/lapa.yaml"),
        ({"source": "lapa", "labels": "configs/labels.yaml"}, "configs/labels.yaml"),
        ({"source": "lapa", "labels": "mine.yaml"}, "mine.yaml"),
        ({"source": "lapa", "labels": "./mine"}, "mine"),
        ({"labels": "~/mine.yml"}, "{home}/mine.yml"),
        ({"source": "davis", "labels": "celebamask_hq"}, "configs/labels/celebamask_hq.yaml"),
        ({"source": "lapa", "labels": "mine"}, "configs/labels/mine.yaml"),
        ({"source": "lapa", "labels": "mine v1.2"}, "configs/labels/mine v1.2.yaml"),
    ],
)
def test_the_label_table_is_the_file_or_name_given_or_the_sources_own(changes, table, project_of_tables):
    expected = Path(table.format(home=project_of_tables / "home"))
    data = Data.model_validate(DEFAULTS["data"] | changes)
    assert label_table(data.source, data.labels, "data.labels") == expected


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        ("lappa", ""),
        ("labels", ""),
        ("", ""),
        ("Lapa", ""),
        ("lapa.yaml", "there is no {project}/lapa.yaml (relative to the project, "),
        ("configs/labels/lapa", "there is no {project}/configs/labels/lapa (relative to the project, "),
        ("/no/such.yaml", "there is no /no/such.yaml"),
        ("configs/labels/", "{project}/configs/labels is no file"),
    ],
)
def test_a_label_table_that_does_not_exist_is_one_line_with_the_known_names(labels, found, project_of_tables):
    with pytest.raises(PipelineError) as caught:
        label_table("davis", labels, "params.yaml: data.labels")
    known = "celebamask_hq, face_synthetics, helen, lapa, mine, mine v1.2"
    start = f"params.yaml: data.labels is {labels}; expected one of {known}, or a label table's file"
    message = str(caught.value)
    assert message.startswith(f"{start}; {found.format(project=project_of_tables)}" if found else start)
    assert "\n" not in message and (found or message == start)


@pytest.mark.parametrize("table", sorted((ROOT / "configs/labels").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_bundled_table_is_sound_and_fits_the_defaults(table):
    labels = read_labels(table)
    known = set(LABELS.names) | {"clothing", "necklace"}
    check_together(Tree.model_validate(DEFAULTS), table, labels, known)
    assert len(labels.mirror_pairs) == (2 if len(labels) == 11 else 3)


@pytest.mark.parametrize("profile", MEASURED)
def test_check_tells_the_measured_time_of_a_profile_as_it_is(profile, monkeypatch):
    monkeypatch.setattr(check, "gpu_count", lambda: 0)
    machine, _ = plan_of(Tree.model_validate(DEFAULTS | {"profile": profile}))
    assert machine.endswith(f"no GPU found, 2 processes a training; {MEASURED[profile].result}")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ((*MINI, "detector", "iterations"), 2),
        ((*MINI, "segmenter", "iterations"), 60_000),
        ((*MINI, "backbone", "batch_size"), 32),
        ((*MINI, "clips", "count", "train"), 3),
        ((*MINI, "clips", "frames", "test"), 100),
        ((*MINI, "clips", "width"), 1920),
        (("data", "source"), "davis"),
        (("seg", "backbone"), "swin"),
        (("seg", "mask_propagation"), "feed"),
        (("seg", "also"), ["mask_rcnn"]),
    ],
)
def test_check_tells_no_time_that_was_measured_with_other_work(key, value, monkeypatch):
    monkeypatch.setattr(check, "gpu_count", lambda: 0)
    machine, _ = plan_of(Tree.model_validate(changed(key, value)))
    assert machine.endswith("; time and memory not measured with these parameters")


def test_check_tells_no_time_of_two_cores_on_a_machine_with_gpus(monkeypatch):
    monkeypatch.setattr(check, "gpu_count", lambda: 1)
    machine, _ = plan_of(Tree.model_validate(DEFAULTS))
    assert machine.startswith("profile mini: 1 GPU found, ") and machine.endswith(
        "; time and memory not measured with these parameters"
    )


def test_clips_that_skip_ends_leaves_nothing_of_are_told_before_the_trainings(tmp_path):
    message = "score.skip_ends is true; expected false, since the first and last of {} frames a clip are all"
    skipping = ("score", "skip_ends"), True
    for source in STILLS:
        for frames in (1, 2):
            data = DEFAULTS["data"] | {"source": source, "root": str(tmp_path), "frames_per_still": frames}
            with pytest.raises(PipelineError, match=message.format(frames)):
                check_together(Tree.model_validate(changed(*skipping) | {"data": data}), TABLE, LABELS, KNOWN)
        data = data | {"frames_per_still": 3}
        check_together(Tree.model_validate(changed(*skipping) | {"data": data}), TABLE, LABELS, KNOWN)
    tree = changed(*skipping)
    tree["profiles"]["mini"]["clips"]["frames"]["test"] = 1
    with pytest.raises(PipelineError, match=message.format(1)):
        check_together(Tree.model_validate(tree), TABLE, LABELS, KNOWN)
    assert {*STILLS, "davis", "sfp"} == set(SOURCES)


def check_in(folder: Path) -> subprocess.CompletedProcess:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "stages.check"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_check_passes_the_label_table_on_unchanged(tmp_path):
    table = (ROOT / "configs" / "labels.yaml").read_bytes()
    (tmp_path / "labels.yaml").write_bytes(table)
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(changed(("data", "labels"), "labels.yaml")))
    outcome = check_in(tmp_path)
    assert outcome.returncode == 0, outcome.stderr
    sound, machine, trainings = outcome.stdout.splitlines()
    assert sound.endswith("in data/labels.yaml")
    assert machine.startswith("profile mini: ") and "processes a training" in machine
    assert trainings.startswith("trainings: detector 1800 iterations of 8 images; backbone ")
    assert (tmp_path / "data" / "labels.yaml").read_bytes() == table
    # DVC warns of an empty file each time that it reads it.
    written = {path.name: path.read_text() for path in (tmp_path / "data/initial_weights").iterdir()}
    assert written == {"detector.sha256": "none\n", "segmenter.sha256": "none\n"}


def test_check_ends_at_a_bad_parameter_with_one_line_and_writes_nothing(tmp_path):
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(changed(("seg", "fusion"), "voet")))
    outcome = check_in(tmp_path)
    assert outcome.returncode == 1
    assert outcome.stderr == (
        "error: params.yaml: seg.fusion is \"voet\"; input should be 'none', 'add', 'cat' or 'vote'\n"
    )
    assert not (tmp_path / "data").exists()
