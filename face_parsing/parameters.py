"""The schema of params.yaml, and checks across its sections."""

from difflib import get_close_matches
from pathlib import Path

from face_parsing.checkpoints.initial_weights import Network, initial_weights
from face_parsing.core import paths
from face_parsing.core.errors import PipelineError
from face_parsing.core.labels import LabelTable
from face_parsing.core.model_names import Fusion
from face_parsing.core.parameters import PARAMETERS, Section
from face_parsing.core.schedules import Schedule, Seed
from face_parsing.detector.parameters import DetectorSchedule
from face_parsing.faces.parameters import Boxes, Detection, DetectorInput, StoredCrops, TrainCrops
from face_parsing.geometry.squares import Crop
from face_parsing.grabcut.parameters import GrabCut
from face_parsing.metrics.parameters import Score
from face_parsing.parsing.parameters import Ensemble, SegmenterInput, SegmenterTest, TemporalSmoothing, Weights
from face_parsing.segmenter.parameters import (
    Augmentation,
    BackboneName,
    BackboneTraining,
    CoarseHeadName,
    CropSchedule,
    Layers,
    MaskPropagation,
    SegmenterSchedule,
    SegmenterTraining,
)
from face_parsing.sources.mirror import is_remote
from face_parsing.sources.parameters import STILLS, Data, missing, source_folder
from face_parsing.synthetic.parameters import RenderedClips, Synthetic
from face_parsing.training.parameters import Machine, Training
from face_parsing.training.processes import gpu_count, processes
from face_parsing.variants.mask_rcnn.parameters import Also
from face_parsing.variants.pseudo_labels.parameters import RENDERED, Pseudo, clips_path


class Inputs(Section):
    """Batch and input sizes of the trained networks."""

    detect: DetectorInput
    segment: SegmenterInput


class Profile(Section):
    """All parameters that depend on the machine and the scale."""

    machine: Machine
    clips: RenderedClips
    detector: DetectorSchedule
    crops: StoredCrops
    backbone: CropSchedule
    segmenter: SegmenterSchedule
    test: Inputs

    @property
    def schedules(self) -> dict[str, Schedule]:
        """The trainings' sections by key, in the order that they run in."""
        return {"detector": self.detector, "backbone": self.backbone, "segmenter": self.segmenter}

    @property
    def pretrained(self) -> dict[Network, str | None]:
        """The initial weights of the networks, as the parameters name them."""
        return {"detector": self.detector.pretrained, "segmenter": self.segmenter.pretrained}


class DetectorChoices(Section):
    """An experiment's parameters of the detector: its seed and its use."""

    seed: Seed
    test: Detection


class SegmenterChoices(Section):
    """An experiment's parameters of the segmenters: fusion, layers, augmentation, losses, seeds, use, and variants."""

    fusion: Fusion
    layers: Layers
    augment: Augmentation
    pretrain: BackboneTraining
    train: SegmenterTraining
    test: SegmenterTest
    backbone: BackboneName
    coarse_head: CoarseHeadName
    mask_propagation: MaskPropagation
    pseudo: Pseudo
    weights: Weights
    also: list[Also]

    @property
    def variants(self) -> dict[str, bool]:
        """Whether each variant of the segmenters is on."""
        return {
            "mask_propagation": self.mask_propagation != "none",
            "panoptic_fpn": self.coarse_head == "panoptic_fpn",
            "swin": self.backbone == "swin",
        }


class Tree(Section):
    """All sections of params.yaml."""

    profile: str
    profiles: dict[str, Profile]
    data: Data
    synthetic: Synthetic
    boxes: Boxes
    train: Training
    det: DetectorChoices
    crop: Crop
    train_crops: TrainCrops
    seg: SegmenterChoices
    ensemble: Ensemble
    temporal_smoothing: TemporalSmoothing
    grabcut: GrabCut
    score: Score

    @property
    def chosen(self) -> Profile:
        """The profile that ``profile`` names."""
        return self.profiles[self.profile]


def check_together(parameters: Tree, table: Path, labels: LabelTable, known: set[str]) -> None:
    """Check parameters against each other, the label table and this machine.

    Args:
        parameters: The whole tree.
        table: The label table's file.
        labels: The label table.
        known: The class names of all label tables. Names that only other tables have are valid, so that the same
            parameters suit many sources.

    Raises:
        PipelineError: The profile does not exist or has no config of the segmenters' backbone. Class ids do not run
            from 0 to n - 1, as the networks predict them. A named folder, checkpoint or class does not exist. Every
            class is excluded from a face's box. Processes can't share a batch evenly. This machine does not support the
            precision. A training keeps its best state but has no validations. An ensemble member or a model is named
            twice. Students are used but not trained, or the reverse.
    """
    if parameters.profile not in parameters.profiles:
        raise _error("profile", parameters.profile, f"one of profiles: {', '.join(parameters.profiles)}")
    if labels.ids != list(range(len(labels))):
        raise PipelineError(f"{table}: ids {labels.ids}; expected 0 to {len(labels) - 1}, without gaps")
    root = parameters.data.root
    if parameters.data.source != "synthetic" and not is_remote(root or ""):
        source_folder(root)
    _check_profile(parameters)
    names = [label.name for label in labels.parts]
    class_lists = {"boxes.exclude": parameters.boxes.exclude, "grabcut.classes": parameters.grabcut.classes}
    for key, class_list in class_lists.items():
        for name in class_list:
            if name not in names and name not in known:
                likely = get_close_matches(name, names, n=1) or names
                raise _error(key, name, f"classes of {table}, such as {', '.join(likely)}")
    if set(names) <= set(parameters.boxes.exclude):
        raise _error("boxes.exclude", "every class", "at least one class of the label table that is not excluded")
    members, also = parameters.ensemble.members, parameters.seg.also
    if len(set(members)) < len(members):
        raise _error("ensemble.members", ", ".join(members), "each member once")
    _check_pseudo(parameters.seg)
    _check_skip_ends(parameters)
    if len(set(also)) < len(also):
        raise _error("seg.also", ", ".join(also), "each model once")


def _check_profile(parameters: Tree) -> None:
    profile, section = parameters.chosen, f"profiles.{parameters.profile}"
    for network, given in profile.pretrained.items():
        source = initial_weights(given, network)
        if source is not None:
            _check_initial_weights(f"{section}.{network}.pretrained", source)
    backbone = parameters.seg.backbone
    config = paths.segmenter_config(backbone, parameters.profile)
    if not config.is_file():
        raise _error(
            "seg.backbone", backbone, f"a backbone with a config for profile {parameters.profile}; {config} is missing"
        )
    count = processes(parameters.train, profile.machine)
    for name, schedule in profile.schedules.items():
        parts = count * schedule.gradient_accumulation
        if schedule.batch_size % parts:
            raise _error(
                f"{section}.{name}.batch_size",
                schedule.batch_size,
                f"a multiple of {parts} ({count} processes, {schedule.gradient_accumulation} micro-steps each)",
            )
        if parameters.train.keep == "best" and schedule.iterations != 0 and not schedule.validations:
            raise _error(f"{section}.{name}.validations", 0, "one or more, since train.keep is best")
    if parameters.train.precision == "fp16" and not gpu_count():
        raise _error("train.precision", "fp16", "auto, fp32 or bf16, since there is no GPU")


def _check_skip_ends(parameters: Tree) -> None:
    """Check that the test clips have frames left to score, where their number is known before they are brought in."""
    data = parameters.data
    frames = {"synthetic": parameters.chosen.clips.frames.test} | dict.fromkeys(STILLS, data.frames_per_still)
    if parameters.score.skip_ends and frames.get(data.source, 3) < 3:
        count = frames[data.source]
        raise _error("score.skip_ends", "true", f"false, since the first and last of {count} frames a clip are all")


def _check_pseudo(seg: SegmenterChoices) -> None:
    for clips in seg.pseudo.clips:
        if clips != RENDERED:
            clips_path(clips)
    expected = "models/students" if seg.pseudo.clips else "models"
    if seg.weights != expected:
        given = "set" if seg.pseudo.clips else "empty"
        raise _error("seg.weights", seg.weights, f"{expected}, since seg.pseudo.clips is {given}")


def _check_initial_weights(key: str, source: str) -> None:
    # Imported here: it takes a second, and most checks do not need it.
    from face_parsing.checkpoints.model_file import checkpoint_file, is_url

    if not is_url(source) and not Path(source).is_file():
        expected = "null, bundled, a URL, or a checkpoint that exists"
        raise _error(key, source, f"{expected}; {missing(Path(source), 'file')}")
    checkpoint_file(source)  # fails now instead of after hours of detector training


def _error(key: str, given: object, expected: str) -> PipelineError:
    return PipelineError(f"{PARAMETERS}: {key} is {given}; expected {expected}")
