"""Full-frame label maps of the test clips by one segmentation model."""

import argparse
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

import numpy as np
from tqdm import tqdm

from face_parsing.faces.parameters import Crop
from face_parsing.parsing.batches import batches
from face_parsing.parsing.composing import Prediction, write_steps
from face_parsing.parsing.following import follow
from face_parsing.parsing.parameters import SegmenterInput, SegmenterTest, Vote, Weights
from face_parsing.parsing.segmenter import Segmenter, load_network
from face_parsing.pipeline.clips import Frame, frames_of, read_split
from face_parsing.pipeline.entry import run, working_on
from face_parsing.pipeline.face_table import faces_of
from face_parsing.pipeline.labels import read_labels
from face_parsing.pipeline.models import MODEL_NAMES
from face_parsing.pipeline.outputs import whole_directory
from face_parsing.pipeline.pictures import read_image, write_label_map
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
    labels, soft = read_labels(LABELS), parameters.vote == "soft"
    config = Path(f"configs/segmenter/{parameters.backbone_name}/{parameters.profile}.py")
    network = load_network(
        config,
        Path(parameters.weights, f"{name}.pth"),
        name,
        labels,
        parameters.layers,
        previous=parameters.previous,
        coarse_head=parameters.coarse_head,
    )
    segmenter = Segmenter(network, labels, parameters.crop, parameters.input, parameters.test, probabilities=soft)
    clips = [frames_of(CLIPS, clip) for clip in read_split(CLIPS, "test")]
    count = sum(map(len, clips))
    made = _by_clip(segmenter, clips) if parameters.previous != "none" else _by_batch(segmenter, [*chain(*clips)])
    with whole_directory(PREDICTIONS / name) as folder:
        for frame, prediction in tqdm(made, desc=name, total=count, unit="frame", mininterval=1.0):
            path = folder / frame.clip / f"{frame.name}.png"
            write_label_map(path, prediction.label_map, labels)
            if soft:
                write_steps(path.with_suffix(".npz"), prediction.scores)
    print(f"{count} frames segmented: {PREDICTIONS / name}")


def _by_batch(segmenter: Segmenter, frames: list[Frame]) -> Iterator[tuple[Frame, Prediction]]:
    """Each frame by itself, several at once."""
    work = zip(frames, map(_image, frames), faces_of(frames, FACES), strict=True)
    for batch in batches(work, segmenter.input.batch_size, lambda item: item[1].shape[0] * item[1].shape[1]):
        of_batch, pictures, faces = zip(*batch, strict=True)
        with working_on(f"{of_batch[0].image} to {of_batch[-1].image}"):
            predictions = segmenter(pictures, faces)
        yield from zip(of_batch, predictions, strict=True)


def _by_clip(segmenter: Segmenter, clips: list[list[Frame]]) -> Iterator[tuple[Frame, Prediction]]:
    """Each frame with what was made of the one before."""
    faces = iter(faces_of([*chain(*clips)], FACES))
    for frames in clips:
        with working_on(frames[0].image.parent):
            followed = follow([segmenter], map(_image, frames), islice(faces, len(frames)))
            for frame, (_, (prediction,)) in zip(frames, followed, strict=True):
                yield frame, prediction


def _image(frame: Frame) -> np.ndarray:
    return read_image(frame.image)


if __name__ == "__main__":
    run(main)
