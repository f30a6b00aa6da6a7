"""Renders clips without their masks."""

from functools import partial
from pathlib import Path

from face_parsing.compute.parallel import parallel_map
from face_parsing.core.labels import LabelTable
from face_parsing.imaging.pictures import write_jpeg
from face_parsing.synthetic.clip_files import QUALITY
from face_parsing.synthetic.parameters import DomainRandomization, RenderedClips, Synthetic
from face_parsing.synthetic.video import render_clip

SEED_STEP = 10_000  # added to the labelled clips' seed; nearby seeds are used for other test clips


def render_unlabelled(
    parameters: Synthetic, clips: RenderedClips, domain_randomization: float | None, labels: LabelTable, folder: Path
) -> dict[str, int]:
    """Render as many clips as the train split has, with another seed, below ``folder``/JPEGImages.

    Args:
        parameters: Rendering parameters of the labelled clips.
        clips: Number, size and domain randomization of the labelled clips.
        domain_randomization: Share of clips with each kind of domain randomization; None for the shares in ``clips``.
        labels: The classes to draw.
        folder: The folder of the clip layout; no annotations are written.

    Returns:
        The number of frames of each clip.

    Raises:
        PipelineError: The label table lacks a class that is drawn.
    """
    parameters = parameters.model_copy(update={"seed": parameters.seed + SEED_STEP})
    if domain_randomization is not None:
        clips = clips.model_copy(
            update={
                "domain_randomization": DomainRandomization(
                    **dict.fromkeys(DomainRandomization.model_fields, domain_randomization)
                )
            }
        )
    work = partial(_write_clip, parameters, clips, labels, folder)
    return dict(parallel_map(work, range(clips.count.train), "rendering"))


def _write_clip(
    parameters: Synthetic, clips: RenderedClips, labels: LabelTable, folder: Path, index: int
) -> tuple[str, int]:
    name = f"unlabelled_{index:03d}"
    for number, (image, _withheld) in enumerate(render_clip(parameters, clips, labels, "train", index)):
        write_jpeg(folder / "JPEGImages" / name / f"{number:05d}.jpg", image, QUALITY)
    return name, clips.frames.train
