"""Renders or imports the source's clips, in the clip layout."""

from face_parsing.clips.checksums import write_checksums
from face_parsing.clips.counts import class_lines
from face_parsing.clips.layout import SPLITS, read_split
from face_parsing.core import paths
from face_parsing.core.errors import run
from face_parsing.core.labels import read_labels
from face_parsing.core.outputs import atomic_directory
from face_parsing.core.parameters import StageParameters, at
from face_parsing.sources.intake import bring_in
from face_parsing.sources.parameters import Data
from face_parsing.synthetic.clip_files import render_clips
from face_parsing.synthetic.parameters import RenderedClips, Synthetic


class Parameters(StageParameters):
    """What this stage reads of params.yaml."""

    data: Data = at("data")
    synthetic: Synthetic = at("synthetic")
    clips: RenderedClips = at("profiles.${profile}.clips")


def main() -> None:
    """Write data/clips and the checksums of its files."""
    parameters = Parameters.read()
    labels = read_labels(paths.LABELS)
    with atomic_directory(paths.CLIPS) as folder, atomic_directory(paths.CHECKSUMS) as checksums:
        if parameters.data.source == "synthetic":
            written = render_clips(parameters.synthetic, parameters.clips, labels, folder)
        else:
            written = bring_in(parameters.data, labels, folder)
        write_checksums(folder, checksums)
        clips = ", ".join(f"{len(read_split(folder, split))} {split}" for split in SPLITS)
    print("\n".join(class_lines(written, labels)))
    print(f"{clips} clips, {sum(counts.frames for counts in written.values())} frames: {paths.CLIPS}")


if __name__ == "__main__":
    run(main)
