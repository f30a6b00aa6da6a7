"""Frames that nobody has labelled, in the clip layout: rendered ones, or the user's own pictures and videos."""

from pathlib import Path

from face_parsing.pipeline.clips import write_split
from face_parsing.pipeline.entry import UserError, run
from face_parsing.pipeline.labels import read_labels
from face_parsing.pipeline.outputs import whole_directory
from face_parsing.pipeline.reading import PARAMETERS, StageParameters, at
from face_parsing.pseudo.footage_clips import bring_in_footage
from face_parsing.pseudo.parameters import RENDERED, Clips, Share
from face_parsing.pseudo.rendering import render_unlabelled
from face_parsing.sources.parameters import OnFault
from face_parsing.synthetic.parameters import RenderedClips, Synthetic

LABELS = Path("data/labels.yaml")
UNLABELLED = Path("data/unlabelled")


class Parameters(StageParameters):
    """What this stage reads of params.yaml."""

    on_fault: OnFault = at("data.on_fault")
    clips: Clips = at("seg.pseudo.clips")
    looks: Share | None = at("seg.pseudo.looks")
    synthetic: Synthetic = at("synthetic")
    rendered: RenderedClips = at("profiles.${profile}.clips")


def main() -> None:
    """Write data/unlabelled/JPEGImages and the names of its clips."""
    parameters = Parameters.read()
    if len(parameters.clips) != 1:
        raise UserError(f"{PARAMETERS}: seg.pseudo.clips is {parameters.clips}; expected one source")
    (source,) = parameters.clips
    faults: list[str] = []
    with whole_directory(UNLABELLED) as folder:
        if source == RENDERED:
            labels = read_labels(LABELS)
            clips = render_unlabelled(parameters.synthetic, parameters.rendered, parameters.looks, labels, folder)
        else:
            clips, faults = bring_in_footage(Path(source), folder)
        if faults and parameters.on_fault == "stop":
            raise UserError(*faults, f"{len(faults)} faults; data.on_fault=skip leaves what is at fault out")
        for fault in faults:
            print(f"left out: {fault}")
        if not clips:
            raise UserError(f"{source}: no frames; expected images, folders of images or videos (seg.pseudo.clips)")
        write_split(folder, "unlabelled", list(clips))
    print(f"{len(clips)} unlabelled clips, {sum(clips.values())} frames, {len(faults)} faults left out: {UNLABELLED}")


if __name__ == "__main__":
    run(main)
