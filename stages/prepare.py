"""Bring the source's clips into the clip layout."""

from pathlib import Path

from face_parsing.pipeline.clips import SPLITS, read_split
from face_parsing.pipeline.entry import run
from face_parsing.pipeline.labels import read_labels
from face_parsing.pipeline.outputs import whole_directory
from face_parsing.pipeline.reading import StageParameters, at
from face_parsing.sources.checksums import write_checksums
from face_parsing.sources.intake import bring_in
from face_parsing.sources.parameters import Data
from face_parsing.synthetic.clip_files import render_clips
from face_parsing.synthetic.parameters import RenderedClips, Synthetic

LABELS = Path("data/labels.yaml")
CLIPS = Path("data/clips")
CHECKSUMS = Path("data/checksums")


class Parameters(StageParameters):
    """What this stage reads of params.yaml."""

    data: Data = at("data")
    synthetic: Synthetic = at("synthetic")
    clips: RenderedClips = at("profiles.${profile}.clips")


def main() -> None:
    """Write data/clips, and the checksums of its files."""
    parameters = Parameters.read()
    labels = read_labels(LABELS)
    with whole_directory(CLIPS) as folder, whole_directory(CHECKSUMS) as checksums:
        if parameters.data.source == "synthetic":
            frames = render_clips(parameters.synthetic, parameters.clips, labels, folder)
        else:
            frames = bring_in(parameters.data, labels, folder)
        write_checksums(folder, checksums)
        counts = ", ".join(f"{len(read_split(folder, split))} {split}" for split in SPLITS)
    print(f"{counts} clips, {frames} frames: {CLIPS}")


if __name__ == "__main__":
    run(main)
