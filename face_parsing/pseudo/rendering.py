"""Rendered clips whose masks are withheld."""

from functools import partial
from pathlib import Path

from face_parsing.pipeline.labels import LabelTable
from face_parsing.pipeline.parallel import each
from face_parsing.pipeline.pictures import write_jpeg
from face_parsing.synthetic.clip_files import QUALITY
from face_parsing.synthetic.parameters import Looks, RenderedClips, Synthetic
from face_parsing.synthetic.video import render_clip

SEED_STEP = 10_000  # from the labelled clips' seed: the next ones are taken for other clips to score


def render_unlabelled(
    parameters: Synthetic, clips: RenderedClips, looks: float | None, labels: LabelTable, folder: Path
) -> dict[str, int]:
    """Render as many clips as the train split has, of another seed, below ``folder``/JPEGImages.

    Args:
        parameters: Of the labelled clips.
        clips: Likewise.
        looks: The share of clips that have each look; None: as ``clips`` says.
        labels: The classes that are drawn.
        folder: Of the clip layout; no annotation is written.

    Returns:
        The clips' names and numbers of frames.

    Raises:
        UserError: the label table lacks a class that is drawn.
    """
    parameters = parameters.model_copy(update={"seed": parameters.seed + SEED_STEP})
    if looks is not None:
        clips = clips.model_copy(update={"looks": Looks(**dict.fromkeys(Looks.model_fields, looks))})
    work = partial(_write_clip, parameters, clips, labels, folder)
    return dict(each(work, range(clips.count.train), "rendering"))


def _write_clip(
    parameters: Synthetic, clips: RenderedClips, labels: LabelTable, folder: Path, index: int
) -> tuple[str, int]:
    name = f"unlabelled_{index:03d}"
    for number, (image, _withheld) in enumerate(render_clip(parameters, clips, labels, "train", index)):
        write_jpeg(folder / "JPEGImages" / name / f"{number:05d}.jpg", image, QUALITY)
    return name, clips.frames.train
