"""The whole of params.yaml."""

from stages.parameters.data import Data, Synthetic
from stages.parameters.detector import Boxes, Crop, Detector
from stages.parameters.reading import Section
from stages.parameters.result import Ensemble, GrabCut, Score
from stages.parameters.segmenter import Segmenter


class Tree(Section):
    """Every section of params.yaml."""

    data: Data
    synthetic: Synthetic
    boxes: Boxes
    det: Detector
    crop: Crop
    seg: Segmenter
    ensemble: Ensemble
    grabcut: GrabCut
    score: Score
