"""Segmenting clips with one model, clip by clip, so that clips can be spread over machines."""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from operator import itemgetter
from pathlib import Path

import torch

from face_parsing.clips.face_table import Face
from face_parsing.clips.layout import Frame
from face_parsing.compute.batches import batches
from face_parsing.core.digests import Stamp
from face_parsing.core.errors import error_context
from face_parsing.core.labels import LabelTable
from face_parsing.imaging.label_maps import write_label_map
from face_parsing.imaging.pictures import read_image
from face_parsing.parsing.compositing import Prediction, write_steps
from face_parsing.parsing.segmenter import Segmenter, SegmenterUse
from face_parsing.parsing.trained_network import load_segmenter
from face_parsing.segmenter.architecture import Architecture, variant
from face_parsing.segmenter.parameters import MaskPropagation

Faces = Sequence[Sequence[Face]]


@lru_cache(maxsize=1)
def shared_segmenter(
    architecture: Architecture, weights: Path, _stamp: Stamp, labels: LabelTable, use: SegmenterUse
) -> Segmenter:
    """Load a segmenter once per process: equal arguments, including the files' stamp, give the same one."""
    # The result depends on the order in which threads add floats; one process per core uses all cores anyway.
    torch.set_num_threads(1)
    return load_segmenter(architecture, weights, labels, use)


def segment_clip(
    load: Callable[[], Segmenter], mask_propagation: MaskPropagation, folder: Path, task: tuple[list[Frame], Faces]
) -> int:
    """Write the label maps of a clip's frames, and their probabilities if the segmenter gives them.

    Args:
        load: Returns the segmenter.
        mask_propagation: Unless none, each frame is parsed with the prediction of the previous one.
        folder: The folder to write <clip>/<frame>.png, and .npz, to.
        task: The clip's frames, and the faces of each.

    Returns:
        The number of frames.
    """
    frames, faces = task
    segmenter = load()
    predict = _frame_by_frame if mask_propagation != "none" else _by_batch
    for frame, prediction in zip(frames, predict(segmenter, frames, faces), strict=True):
        path = folder / frame.clip / f"{frame.name}.png"
        write_label_map(path, prediction.label_map, segmenter.labels)
        if segmenter.use.probabilities:
            write_steps(path.with_suffix(".npz"), prediction.scores)
    return len(frames)


def _by_batch(segmenter: Segmenter, frames: list[Frame], faces: Faces) -> Iterable[Prediction]:
    """Yield predictions of independent frames, batch by batch."""
    images = (read_image(frame.image) for frame in frames)
    tasks = zip(frames, images, faces, strict=True)
    for batch in batches(tasks, segmenter.use.input.batch_size, image=itemgetter(1)):
        batch_frames, batch_images, batch_faces = zip(*batch, strict=True)
        with error_context(f"{batch_frames[0].image} to {batch_frames[-1].image}"):
            predictions = segmenter(batch_images, batch_faces)
        yield from predictions


def _frame_by_frame(segmenter: Segmenter, frames: list[Frame], faces: Faces) -> Iterable[Prediction]:
    """Yield predictions of frames, each made with the previous frame's prediction."""
    images = (read_image(frame.image) for frame in frames)
    with error_context(frames[0].image.parent):
        for _, (prediction,) in variant("mask_propagation.following").follow([segmenter], images, faces):
            yield prediction
