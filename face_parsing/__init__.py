"""Face parsing in short videos: the library of the pipeline, and :class:`FaceParser` for its users."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from face_parsing.runtime.face_parser import FaceParser
    from face_parsing.runtime.result import Result

__all__ = ["FaceParser", "Result"]


def __getattr__(name: str) -> object:
    # Loaded when they are asked for: most of the library does not need them.
    if name == "FaceParser":
        from face_parsing.runtime.face_parser import FaceParser

        return FaceParser
    if name == "Result":
        from face_parsing.runtime.result import Result

        return Result
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
