"""Writes unlabelled clips in the clip layout: rendered ones, or the user's own images and videos."""

from face_parsing.clips.layout import write_split
from face_parsing.core import paths
from face_parsing.core.errors import PipelineError, run
from face_parsing.core.labels import read_labels
from face_parsing.core.outputs import atomic_directory
from face_parsing.core.parameters import PARAMETERS, Share, StageParameters, at
from face_parsing.sources.parameters import OnError
from face_parsing.synthetic.parameters import RenderedClips, Synthetic
from face_parsing.variants.pseudo_labels.media_clips import bring_in_media
from face_parsing.variants.pseudo_labels.parameters import RENDERED, Clips, clips_path
from face_parsing.variants.pseudo_labels.rendering import render_unlabelled


class Parameters(StageParameters):
    """What this stage reads of params.yaml."""

    on_error: OnError = at("data.on_error")
    clips: Clips = at("seg.pseudo.clips")
    domain_randomization: Share | None = at("seg.pseudo.domain_randomization")
    synthetic: Synthetic = at("synthetic")
    rendered: RenderedClips = at("profiles.${profile}.clips")


def main() -> None:
    """Write data/unlabelled/JPEGImages and the list of its clips."""
    parameters = Parameters.read()
    if len(parameters.clips) != 1:
        raise PipelineError(f"{PARAMETERS}: seg.pseudo.clips is {parameters.clips}; expected one source")
    (source,) = parameters.clips
    errors: list[str] = []
    with atomic_directory(paths.UNLABELLED) as folder:
        if source == RENDERED:
            labels = read_labels(paths.LABELS)
            clips = render_unlabelled(
                parameters.synthetic, parameters.rendered, parameters.domain_randomization, labels, folder
            )
        else:
            clips, errors = bring_in_media(clips_path(source), folder)
        if errors and parameters.on_error == "raise":
            raise PipelineError(*errors, f"{len(errors)} errors; data.on_error=skip skips these files")
        for error in errors:
            print(f"skipped: {error}")
        if not clips:
            raise PipelineError(f"{source}: no frames; expected images, folders of images or videos (seg.pseudo.clips)")
        write_split(folder, "unlabelled", list(clips))
    print(
        f"{len(clips)} unlabelled clips, {sum(clips.values())} frames, {len(errors)} errors skipped: {paths.UNLABELLED}"
    )


if __name__ == "__main__":
    run(main)
