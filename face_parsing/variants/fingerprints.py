"""Checksums of the variants' code, which the stage check writes for enabled variants.

A stage that a variant can change depends on the file of its checksums. So an edit of an enabled variant reruns the
stages that it can change, and an edit of a disabled one reruns nothing.
"""

from pathlib import Path

from face_parsing.core.digests import sha256_line
from face_parsing.core.paths import VARIANTS

PACKAGE = Path(__file__).parents[1]

# The rooms of a variant, except those that the stages always list.
ROOMS = {
    "mask_propagation": ("motion", "variants/mask_propagation"),
    "panoptic_fpn": ("variants/panoptic_fpn",),
    "swin": ("variants/swin",),
}


def variant_file(name: str, folder: Path = VARIANTS) -> Path:
    """The file of a variant's checksums."""
    return folder / f"{name}.sha256"


def checksums(name: str) -> str:
    """The output of sha256sum for the modules of a variant's rooms, with names relative to the package."""
    files = [file for room in ROOMS[name] for file in sorted((PACKAGE / room).rglob("*.py"))]
    return "".join(sha256_line(file, file.relative_to(PACKAGE).as_posix()) for file in files)
