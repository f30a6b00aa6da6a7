"""The whole of params.yaml, and what its sections say together."""

from difflib import get_close_matches
from pathlib import Path

from face_parsing.detector.parameters import DetectorModel, DetectorTraining
from face_parsing.evaluation.parameters import Score
from face_parsing.faces.parameters import Boxes, Crop, Detection, TrainCrops
from face_parsing.grabcut.parameters import GrabCut
from face_parsing.parsing.parameters import Ensemble, SegmenterTest
from face_parsing.pipeline.entry import UserError
from face_parsing.pipeline.labels import LabelTable
from face_parsing.pipeline.models import Fusion
from face_parsing.pipeline.reading import PARAMETERS, Section
from face_parsing.segmenter.parameters import (
    Augmentation,
    BackboneTraining,
    Layers,
    SegmenterModel,
    SegmenterTraining,
)
from face_parsing.sources.parameters import Data
from face_parsing.synthetic.parameters import Synthetic
from face_parsing.training.parameters import Training


class Detector(Section):
    """The detector: which config, its initial weights, its training, and its use."""

    model: DetectorModel
    pretrained: str | None
    train: DetectorTraining
    test: Detection


class Segmenter(Section):
    """The segmenters: the delivered fusion, which config, initial weights, trainings, and use."""

    fusion: Fusion
    model: SegmenterModel
    layers: Layers
    pretrained: str | None
    augment: Augmentation
    pretrain: BackboneTraining
    train: SegmenterTraining
    test: SegmenterTest


class Tree(Section):
    """Every section of params.yaml."""

    data: Data
    synthetic: Synthetic
    boxes: Boxes
    det: Detector
    train: Training
    crop: Crop
    train_crops: TrainCrops
    seg: Segmenter
    ensemble: Ensemble
    grabcut: GrabCut
    score: Score


def check_together(parameters: Tree, table: Path, labels: LabelTable, known: set[str]) -> None:
    """Check what no key tells by itself.

    Args:
        parameters: The whole tree.
        table: The label table's file.
        labels: Its contents.
        known: The classes of any table; one that only another table has may be named, for parameters suit many sources.

    Raises:
        UserError: a class id is left out (the networks predict 0 to n - 1), a folder or checkpoint that is named does
            not exist, processes can't share a training's batch evenly, a class that is named is in no table
            or none is left to make a face, or a vote counts twice.
    """
    if labels.ids != list(range(len(labels))):
        raise UserError(f"{table}: ids {labels.ids}; expected 0 to {len(labels) - 1}, none left out")
    root = parameters.data.root
    if parameters.data.source != "synthetic" and (root is None or not Path(root).is_dir()):
        raise _fault("data.root", root or "null", "the folder that holds the source's clips")
    checkpoints = {"det.pretrained": parameters.det.pretrained, "seg.pretrained": parameters.seg.pretrained}
    for key, checkpoint in checkpoints.items():
        if checkpoint is not None and "://" not in checkpoint and not Path(checkpoint).is_file():
            raise _fault(key, checkpoint, "null, a URL, or a checkpoint that exists")
    seg = parameters.seg
    batch_sizes = {
        "det.train.batch_size": parameters.det.train.batch_size,
        "seg.pretrain.batch_size": seg.pretrain.batch_size,
        "seg.train.batch_size": seg.train.batch_size,
    }
    for key, batch_size in batch_sizes.items():
        if batch_size % parameters.train.gpus:
            raise _fault(key, batch_size, "a multiple of train.gpus")
    names = [label.name for label in labels.parts]
    named = {"boxes.exclude": parameters.boxes.exclude, "grabcut.classes": parameters.grabcut.classes}
    for key, given in named.items():
        for name in given:
            if name not in names and name not in known:
                likely = get_close_matches(name, names, n=1) or names
                raise _fault(key, name, f"classes of {table}, such as {', '.join(likely)}")
    if set(names) <= set(parameters.boxes.exclude):
        raise _fault("boxes.exclude", "every class", "at least one class left to make a face's box")
    members = parameters.ensemble.members
    if len(set(members)) < len(members):
        raise _fault("ensemble.members", ", ".join(members), "each member once")


def _fault(key: str, given: object, expected: str) -> UserError:
    return UserError(f"{PARAMETERS}: {key} is {given}; expected {expected}")
