"""Face parsing in short videos: the library of the pipeline, and :class:`FaceParser` for its users."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from face_parsing.runtime.face_parser import FaceParser

__all__ = ["FaceParser"]


def __getattr__(name: str) -> object:
    # Loaded when it is asked for: it needs torch, which most of the library does not.
    if name == "FaceParser":
        from face_parsing.runtime.face_parser import FaceParser

        return FaceParser
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
