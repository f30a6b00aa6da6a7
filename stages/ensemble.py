"""Fuses the models' predictions by vote."""

from functools import partial

from face_parsing.clips.label_maps import list_clips
from face_parsing.compute.parallel import parallel_map
from face_parsing.core import paths
from face_parsing.core.errors import run
from face_parsing.core.labels import read_labels
from face_parsing.core.model_names import ENSEMBLE
from face_parsing.core.outputs import atomic_directory
from face_parsing.core.parameters import StageParameters, at
from face_parsing.parsing.clip_votes import vote_clip
from face_parsing.parsing.parameters import Ensemble, TemporalSmoothing


class Parameters(StageParameters):
    """What this stage reads of params.yaml."""

    ensemble: Ensemble = at("ensemble")
    temporal_smoothing: TemporalSmoothing = at("temporal_smoothing")
    pad_value: int = at("crop.pad_value")


def main() -> None:
    """Write data/predictions/ensemble."""
    parameters = Parameters.read()
    ensemble, smoothing = parameters.ensemble, parameters.temporal_smoothing.for_vote(parameters.ensemble.vote)
    clips = sorted({clip for member in ensemble.members for clip in list_clips(paths.PREDICTIONS / member)})
    with atomic_directory(paths.PREDICTIONS / ENSEMBLE) as folder:
        vote = partial(
            vote_clip,
            clips=paths.CLIPS,
            predictions=paths.PREDICTIONS,
            ensemble=ensemble,
            smoothing=smoothing,
            pad_value=parameters.pad_value,
            labels=read_labels(paths.LABELS),
            out=folder,
        )
        frames = sum(parallel_map(vote, clips, "ensemble"))
    members = ", ".join(ensemble.members)
    smoothed = "" if smoothing.mode == "none" else f", smoothed ({smoothing.mode})"
    out = paths.PREDICTIONS / ENSEMBLE
    print(f"{frames} frames of {len(clips)} clips, {ensemble.vote} vote of {members}{smoothed}: {out}")


if __name__ == "__main__":
    run(main)
