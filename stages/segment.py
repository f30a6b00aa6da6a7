"""Writes full-frame label maps of the test clips by one segmentation model."""

from functools import partial
from itertools import chain, islice
from pathlib import Path

import torch

from face_parsing.clips.face_table import faces_of
from face_parsing.clips.layout import frames_of, read_split
from face_parsing.compute.parallel import parallel_map
from face_parsing.core import paths
from face_parsing.core.arguments import item_argument
from face_parsing.core.digests import stamp
from face_parsing.core.errors import run
from face_parsing.core.labels import read_labels
from face_parsing.core.model_names import MODEL_NAMES
from face_parsing.core.outputs import atomic_directory
from face_parsing.core.parameters import at
from face_parsing.geometry.squares import Crop
from face_parsing.parsing.parameters import SegmenterInput, SegmenterTest, Vote, Weights
from face_parsing.parsing.segmenter import SegmenterUse
from face_parsing.parsing.segmenting import segment_clip, shared_segmenter
from face_parsing.segmenter.architecture import ArchitectureParameters


class Parameters(ArchitectureParameters):
    """What this stage reads of params.yaml."""

    input: SegmenterInput = at("profiles.${profile}.test.segment")
    test: SegmenterTest = at("seg.test")
    weights: Weights = at("seg.weights")
    crop: Crop = at("crop")
    vote: Vote = at("ensemble.vote")


def main() -> None:
    """Write data/predictions/<name> for the model's name on the command line; a soft vote adds probabilities."""
    name = item_argument("segment", __doc__, MODEL_NAMES)
    parameters = Parameters.read()
    labels = read_labels(paths.LABELS)
    # Absolute paths, since a cluster's worker may cache the same segmenter of another project.
    architecture = parameters.architecture(name).resolved()
    weights = paths.model_file(name, Path(parameters.weights)).resolve()
    use = SegmenterUse(parameters.crop, parameters.input, parameters.test, probabilities=parameters.vote == "soft")
    files = stamp(*architecture.config_files(), weights)
    load = partial(shared_segmenter, architecture, weights, files, labels, use)
    clips = [frames_of(paths.CLIPS, clip) for clip in read_split(paths.CLIPS, "test")]
    faces = iter(faces_of(chain(*clips), paths.FACES))
    tasks = [(frames, list(islice(faces, len(frames)))) for frames in clips]
    with atomic_directory(paths.PREDICTIONS / name) as folder:
        segment = partial(segment_clip, load, parameters.mask_propagation, folder)
        count = sum(parallel_map(segment, tasks, name, in_process=torch.cuda.is_available()))
    print(f"{count} frames segmented: {paths.PREDICTIONS / name}")


if __name__ == "__main__":
    run(main)
