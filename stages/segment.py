"""Full-frame label maps of the test clips by one segmentation model."""

import argparse
from functools import partial
from itertools import chain, islice
from pathlib import Path

import torch

from face_parsing.faces.parameters import Crop
from face_parsing.parsing.parameters import SegmenterInput, SegmenterTest, Vote, Weights
from face_parsing.parsing.segmenting import segment_clip, shared_segmenter
from face_parsing.pipeline.clips import frames_of, read_split
from face_parsing.pipeline.entry import run
from face_parsing.pipeline.face_table import faces_of
from face_parsing.pipeline.labels import read_labels
from face_parsing.pipeline.model_file import stamp
from face_parsing.pipeline.models import MODEL_NAMES
from face_parsing.pipeline.outputs import whole_directory
from face_parsing.pipeline.parallel import each
from face_parsing.pipeline.reading import StageParameters, at
from face_parsing.segmenter.parameters import BackboneName, CoarseHeadName, Layers, Previous

LABELS = Path("data/labels.yaml")
CLIPS = Path("data/clips")
FACES = Path("data/faces.csv")
PREDICTIONS = Path("data/predictions")


class Parameters(StageParameters):
    """What this stage reads of params.yaml."""

    profile: str = at("profile")
    input: SegmenterInput = at("profiles.${profile}.test.segment")
    layers: Layers = at("seg.layers")
    test: SegmenterTest = at("seg.test")
    previous: Previous = at("seg.previous")
    backbone_name: BackboneName = at("seg.backbone")
    coarse_head: CoarseHeadName = at("seg.coarse_head")
    weights: Weights = at("seg.weights")
    crop: Crop = at("crop")
    vote: Vote = at("ensemble.vote")


def main() -> None:
    """Write data/predictions/<name>, for the model's name on the command line; for a soft vote with probabilities."""
    parser = argparse.ArgumentParser(prog="python -m stages.segment", description=__doc__)
    parser.add_argument("name", choices=MODEL_NAMES)
    name = parser.parse_args().name
    parameters = Parameters.read()
    labels = read_labels(LABELS)
    config = Path(f"configs/segmenter/{parameters.backbone_name}/{parameters.profile}.py").resolve()
    weights = Path(parameters.weights, f"{name}.pth").resolve()
    load = partial(
        shared_segmenter,
        config,
        weights,
        stamp(config, weights),
        name,
        labels,
        (parameters.layers, parameters.previous, parameters.coarse_head),
        (parameters.crop, parameters.input, parameters.test, parameters.vote == "soft"),
    )
    clips = [frames_of(CLIPS, clip) for clip in read_split(CLIPS, "test")]
    faces = iter(faces_of(chain(*clips), FACES))
    tasks = [(frames, list(islice(faces, len(frames)))) for frames in clips]
    with whole_directory(PREDICTIONS / name) as folder:
        work = partial(segment_clip, load, parameters.previous, folder)
        count = sum(each(work, tasks, name, alone=torch.cuda.is_available()))
    print(f"{count} frames segmented: {PREDICTIONS / name}")


if __name__ == "__main__":
    run(main)
