"""A user's own pictures and videos, which nobody has labelled, in the clip layout."""

from functools import partial
from pathlib import Path

from face_parsing.pipeline.clips import check_name
from face_parsing.pipeline.entry import UserError, working_on
from face_parsing.pipeline.parallel import each
from face_parsing.pipeline.pictures import write_jpeg
from face_parsing.sources.footage import name_of, open_footage


def bring_in_footage(root: Path, folder: Path) -> tuple[dict[str, int], list[str]]:
    """Write every frame of ``root`` below ``folder``/JPEGImages.

    Args:
        root: A folder in which each image is a clip by itself, and so is each video and each folder of images; or one
            of these.
        folder: Of the clip layout.

    Returns:
        The names of the clips that have a frame and their numbers of frames, and the faults, a line each.
    """
    paths: dict[str, Path] = {}
    faults = []
    for path in sorted(root.glob("[!.]*")) if root.is_dir() else [root]:
        name = name_of(path)
        try:
            check_name(path, name)
        except UserError as fault:
            faults.append(str(fault))
            continue
        if name in paths:
            faults.append(f"{path}: the name {name} is {paths[name].name} too; expected it once")
        else:
            paths[name] = path
    clips = {}
    for name, (number, of_clip) in zip(paths, each(partial(_bring_in, folder), paths.items(), "reading"), strict=True):
        faults += of_clip
        if number:
            clips[name] = number
    return clips, faults


def _bring_in(folder: Path, clip: tuple[str, Path]) -> tuple[int, list[str]]:
    name, path = clip
    try:
        with working_on(path):
            footage, faults = open_footage(path)
            for frame, image in zip(footage.frame_names, footage.frames(), strict=True):
                write_jpeg(folder / "JPEGImages" / name / f"{frame}.jpg", image)
    except UserError as fault:
        return 0, [str(fault)]
    return len(footage), list(map(str, faults))
