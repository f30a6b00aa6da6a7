"""The label maps of clips by one segmentation model, clip by clip, so that each can be made on another machine."""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch

from face_parsing.faces.parameters import Crop
from face_parsing.parsing.batches import batches
from face_parsing.parsing.composing import Prediction, write_steps
from face_parsing.parsing.following import follow
from face_parsing.parsing.parameters import SegmenterInput, SegmenterTest
from face_parsing.parsing.segmenter import Segmenter, load_network
from face_parsing.pipeline.clips import Frame
from face_parsing.pipeline.entry import working_on
from face_parsing.pipeline.face_table import Face
from face_parsing.pipeline.labels import LabelTable
from face_parsing.pipeline.model_file import Stamp
from face_parsing.pipeline.pictures import read_image, write_label_map
from face_parsing.segmenter.parameters import CoarseHeadName, Layers, Previous

Faces = Sequence[Sequence[Face]]


@lru_cache(maxsize=1)
def shared_segmenter(
    config: Path,
    weights: Path,
    stamp: Stamp,
    name: str,
    labels: LabelTable,
    architecture: tuple[Layers, Previous, CoarseHeadName],
    use: tuple[Crop, SegmenterInput, SegmenterTest, bool],
) -> Segmenter:
    """The same segmenter for equal arguments, so that a process loads it once for all of its clips.

    Args:
        config: As :func:`face_parsing.parsing.segmenter.load_network` has it.
        weights: Likewise.
        stamp: Of the two files.
        name: The model's.
        labels: The classes that it tells apart.
        architecture: Its layers, its previous mask, and its coarse head.
        use: The rest of what a :class:`face_parsing.parsing.segmenter.Segmenter` takes.
    """
    # The order in which threads add floats is part of the result; a process a core keeps the machine busy all the same.
    torch.set_num_threads(1)
    layers, previous, coarse_head = architecture
    network = load_network(config, weights, name, labels, layers, previous=previous, coarse_head=coarse_head)
    return Segmenter(network, labels, *use)


def segment_clip(
    load: Callable[[], Segmenter], previous: Previous, folder: Path, task: tuple[list[Frame], Faces]
) -> int:
    """Write the label maps of a clip's frames, and the scores where they are probabilities; returns their number.

    Args:
        load: Gives the segmenter.
        previous: Whether each frame is parsed with what was made of the one before.
        folder: Where <clip>/<frame>.png, and .npz, are written.
        task: The clip's frames, and the faces of each.
    """
    frames, faces = task
    segmenter = load()
    made = _following(segmenter, frames, faces) if previous != "none" else _by_batch(segmenter, frames, faces)
    for frame, prediction in zip(frames, made, strict=True):
        path = folder / frame.clip / f"{frame.name}.png"
        write_label_map(path, prediction.label_map, segmenter.labels)
        if segmenter.probabilities:
            write_steps(path.with_suffix(".npz"), prediction.scores)
    return len(frames)


def _by_batch(segmenter: Segmenter, frames: list[Frame], faces: Faces) -> Iterable[Prediction]:
    """Each frame by itself, several at once."""
    work = zip(frames, map(_image, frames), faces, strict=True)
    for batch in batches(work, segmenter.input.batch_size, lambda item: item[1].shape[0] * item[1].shape[1]):
        of_batch, pictures, of_frames = zip(*batch, strict=True)
        with working_on(f"{of_batch[0].image} to {of_batch[-1].image}"):
            predictions = segmenter(pictures, of_frames)
        yield from predictions


def _following(segmenter: Segmenter, frames: list[Frame], faces: Faces) -> Iterable[Prediction]:
    """Each frame with what was made of the one before."""
    with working_on(frames[0].image.parent):
        for _, (prediction,) in follow([segmenter], map(_image, frames), faces):
            yield prediction


def _image(frame: Frame) -> np.ndarray:
    return read_image(frame.image)
