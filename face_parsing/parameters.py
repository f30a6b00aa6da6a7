"""The whole of params.yaml, and what its sections say together."""

from difflib import get_close_matches
from pathlib import Path

from face_parsing.detector.parameters import Detector
from face_parsing.evaluation.parameters import Score
from face_parsing.faces.parameters import Boxes, Crop, Detection, DetectorInput, StoredCrops, TrainCrops
from face_parsing.grabcut.parameters import GrabCut
from face_parsing.instances.parameters import Also
from face_parsing.parsing.parameters import Ensemble, SegmenterInput, SegmenterTest, Steady, Weights
from face_parsing.pipeline.entry import UserError
from face_parsing.pipeline.first_weights import Network, first_weights
from face_parsing.pipeline.labels import LabelTable
from face_parsing.pipeline.models import Fusion
from face_parsing.pipeline.reading import PARAMETERS, Section
from face_parsing.pipeline.schedules import Schedule, Seed
from face_parsing.pseudo.parameters import RENDERED, Pseudo
from face_parsing.segmenter.parameters import (
    Augmentation,
    BackboneName,
    BackboneTraining,
    CoarseHeadName,
    CropSchedule,
    Layers,
    Previous,
    Segmenter,
    SegmenterTraining,
)
from face_parsing.sources.mirror import is_remote
from face_parsing.sources.parameters import Data
from face_parsing.synthetic.parameters import RenderedClips, Synthetic
from face_parsing.training.parameters import Machine, Training
from face_parsing.training.processes import gpu_count, processes


class Inputs(Section):
    """How much goes through the trained networks at once, and at which size."""

    detect: DetectorInput
    segment: SegmenterInput


class Profile(Section):
    """What depends on the machine and on the scale."""

    machine: Machine
    clips: RenderedClips
    detector: Detector
    crops: StoredCrops
    backbone: CropSchedule
    segmenter: Segmenter
    test: Inputs

    @property
    def schedules(self) -> dict[str, Schedule]:
        """The trainings' sections by their keys, in the order in which they run."""
        return {"detector": self.detector, "backbone": self.backbone, "segmenter": self.segmenter}

    @property
    def pretrained(self) -> dict[Network, str | None]:
        """What the networks start from, as the parameters name it."""
        return {"detector": self.detector.pretrained, "segmenter": self.segmenter.pretrained}


class DetectorChoices(Section):
    """The detector's, of an experiment: its seed and its use."""

    seed: Seed
    test: Detection


class SegmenterChoices(Section):
    """The segmenters', of an experiment: delivery, layers, augmentation, losses, seeds, use, and variants."""

    fusion: Fusion
    layers: Layers
    augment: Augmentation
    pretrain: BackboneTraining
    train: SegmenterTraining
    test: SegmenterTest
    backbone: BackboneName
    coarse_head: CoarseHeadName
    previous: Previous
    pseudo: Pseudo
    weights: Weights
    also: list[Also]


class Tree(Section):
    """Every section of params.yaml."""

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
    steady: Steady
    grabcut: GrabCut
    score: Score

    @property
    def chosen(self) -> Profile:
        """The profile that is named."""
        return self.profiles[self.profile]


def check_together(parameters: Tree, table: Path, labels: LabelTable, known: set[str]) -> None:
    """Check what no key tells by itself.

    Args:
        parameters: The whole tree.
        table: The label table's file.
        labels: Its contents.
        known: The classes of any table; one that only another table has may be named, for parameters suit many sources.

    Raises:
        UserError: a class id is left out (the networks predict 0 to n - 1), a folder or checkpoint that is named does
            not exist, the profile has no config of the segmenters' backbone, processes can't share a training's batch
            evenly, this machine can't train in that precision, the best state is to be kept of a training that scores
            none, a class that is named is in no table or none is left to make a face, a vote counts twice, students are
            to be used that nothing trains, or the reverse, or a model is named twice.
    """
    if parameters.profile not in parameters.profiles:
        raise _fault("profile", parameters.profile, f"one of profiles: {', '.join(parameters.profiles)}")
    if labels.ids != list(range(len(labels))):
        raise UserError(f"{table}: ids {labels.ids}; expected 0 to {len(labels) - 1}, none left out")
    root = parameters.data.root
    there = root is not None and (is_remote(root) or Path(root).is_dir())
    if parameters.data.source != "synthetic" and not there:
        raise _fault("data.root", root or "null", "the folder that holds the source's clips")
    _check_profile(parameters)
    names = [label.name for label in labels.parts]
    named = {"boxes.exclude": parameters.boxes.exclude, "grabcut.classes": parameters.grabcut.classes}
    for key, given in named.items():
        for name in given:
            if name not in names and name not in known:
                likely = get_close_matches(name, names, n=1) or names
                raise _fault(key, name, f"classes of {table}, such as {', '.join(likely)}")
    if set(names) <= set(parameters.boxes.exclude):
        raise _fault("boxes.exclude", "every class", "at least one class left to make a face's box")
    members, also = parameters.ensemble.members, parameters.seg.also
    if len(set(members)) < len(members):
        raise _fault("ensemble.members", ", ".join(members), "each member once")
    _check_pseudo(parameters.seg)
    if len(set(also)) < len(also):
        raise _fault("seg.also", ", ".join(also), "each model once")


def _check_profile(parameters: Tree) -> None:
    profile, section = parameters.chosen, f"profiles.{parameters.profile}"
    for network, given in profile.pretrained.items():
        source = first_weights(given, network)
        if source is not None:
            _check_first_weights(f"{section}.{network}.pretrained", source)
    backbone = parameters.seg.backbone
    config = Path(f"configs/segmenter/{backbone}/{parameters.profile}.py")
    if not config.is_file():
        raise _fault("seg.backbone", backbone, f"one that profile {parameters.profile} has a config of; no {config}")
    count = processes(parameters.train, profile.machine)
    for name, schedule in profile.schedules.items():
        parts = count * schedule.accumulate
        if schedule.batch_size % parts:
            raise _fault(
                f"{section}.{name}.batch_size",
                schedule.batch_size,
                f"a multiple of {parts}: of {count} processes, {schedule.accumulate} parts each",
            )
        if parameters.train.keep == "best" and schedule.iterations != 0 and not schedule.validations:
            raise _fault(f"{section}.{name}.validations", 0, "one or more, to keep the best state (train.keep)")
    if parameters.train.precision == "fp16" and not gpu_count():
        raise _fault("train.precision", "fp16", "auto, fp32 or bf16, since there is no GPU")


def _check_pseudo(seg: SegmenterChoices) -> None:
    for clips in seg.pseudo.clips:
        if clips != RENDERED and not Path(clips).exists():
            raise _fault("seg.pseudo.clips", clips, f"{RENDERED}, or a folder of images and videos")
    expected = "models/students" if seg.pseudo.clips else "models"
    if seg.weights != expected:
        given = "set" if seg.pseudo.clips else "empty"
        raise _fault("seg.weights", seg.weights, f"{expected}, since seg.pseudo.clips is {given}")


def _check_first_weights(key: str, source: str) -> None:
    # Imported here, since it takes a second and most checks do without it.
    from face_parsing.pipeline.model_file import checkpoint_file, is_url

    if not is_url(source) and not Path(source).is_file():
        raise _fault(key, source, "null, shipped, a URL, or a checkpoint that exists")
    checkpoint_file(source)  # rather than when the detector has been trained for hours


def _fault(key: str, given: object, expected: str) -> UserError:
    return UserError(f"{PARAMETERS}: {key} is {given}; expected {expected}")
