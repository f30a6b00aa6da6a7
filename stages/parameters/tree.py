"""The whole of params.yaml."""

from stages.parameters.data import Data, Synthetic
from stages.parameters.detector import DetectorTraining, Model
from stages.parameters.faces import Boxes, Crop, Detection, TrainCrops
from stages.parameters.predictions import Ensemble, Fusion, SegmenterTest
from stages.parameters.reading import Section
from stages.parameters.result import GrabCut, Score
from stages.parameters.segmenter import Augmentation, BackboneTraining, SegmenterModel, SegmenterTraining
from stages.parameters.training import Training


class Detector(Section):
    """The detector: which config, its initial weights, its training, and its use."""

    model: Model
    pretrained: str | None
    train: DetectorTraining
    test: Detection


class Segmenter(Section):
    """The segmenters: the delivered fusion, which config, initial weights, trainings, and use."""

    fusion: Fusion
    model: SegmenterModel
    refinement: bool
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
