"""Imports a user's unlabelled images and videos into the clip layout."""

from functools import partial
from pathlib import Path

from face_parsing.clips.layout import check_name
from face_parsing.compute.parallel import parallel_map
from face_parsing.core.errors import PipelineError, error_context
from face_parsing.imaging.pictures import write_jpeg
from face_parsing.media.reading import name_of, open_media


def bring_in_media(root: Path, folder: Path) -> tuple[dict[str, int], list[str]]:
    """Write every frame of ``root`` below ``folder``/JPEGImages.

    Args:
        root: An image, a video, a folder of images, or a folder that holds any of these. Each is one clip.
        folder: The folder of the clip layout to write to.

    Returns:
        The number of frames of each clip that has frames, and the errors, one line each.
    """
    paths: dict[str, Path] = {}
    errors = []
    for path in sorted(root.glob("[!.]*")) if root.is_dir() else [root]:
        name = name_of(path)
        try:
            check_name(path, name)
        except PipelineError as error:
            errors.append(str(error))
            continue
        if name in paths:
            errors.append(f"{path}: the name {name} is {paths[name].name} too; expected it once")
        else:
            paths[name] = path
    clips = {}
    for name, (number, clip_errors) in zip(
        paths, parallel_map(partial(_bring_in, folder), paths.items(), "reading"), strict=True
    ):
        errors += clip_errors
        if number:
            clips[name] = number
    return clips, errors


def _bring_in(folder: Path, clip: tuple[str, Path]) -> tuple[int, list[str]]:
    name, path = clip
    try:
        with error_context(path):
            media, errors = open_media(path)
            for frame, image in zip(media.frame_names, media.frames(), strict=True):
                write_jpeg(folder / "JPEGImages" / name / f"{frame}.jpg", image)
    except PipelineError as error:
        return 0, [str(error)]
    return len(media), list(map(str, errors))
