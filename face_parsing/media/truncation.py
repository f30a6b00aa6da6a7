"""Whether a video file is cut off, by the sizes that its container names.

Duration and number of frames in a header are no evidence: they may be estimated, or those of the sound. FFmpeg reads
some truncated files to the end without an error.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

HEADER = 300  # bytes; the longest header that is read, an Ogg page's, has 282
TRANSPORT_PACKETS = (188, 192, 204)  # bytes
SYNC = 0x47  # first byte of a transport packet
BOXES = frozenset(
    [
        *(b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"mfra", b"meta", b"udta", b"sidx", b"ssix", b"emsg", b"prft"),
        *(b"free", b"skip", b"wide", b"uuid", b"pnot"),
    ]
)
SEGMENT, CLUSTER = bytes.fromhex("18538067"), bytes.fromhex("1f43b675")
EBML_ELEMENTS = frozenset(
    [
        *(SEGMENT, CLUSTER),
        # EBML, SeekHead, Info, Tracks, Cues, Attachments, Chapters, Tags
        *map(bytes.fromhex, ("1a45dfa3", "114d9b74", "1549a966", "1654ae6b")),
        *map(bytes.fromhex, ("1c53bb6b", "1941a469", "1043a770", "1254c367")),
        # Void, CRC-32; Timestamp, SimpleBlock, BlockGroup, Position and PrevSize of a Cluster
        *(b"\xec", b"\xbf", b"\xe7", b"\xa3", b"\xa0", b"\xa7", b"\xab"),
    ]
)
ASF_OBJECTS = frozenset(
    [
        bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"),  # Header
        bytes.fromhex("3626b2758e66cf11a6d900aa0062ce6c"),  # Data
        bytes.fromhex("90080033b1e5cf1189f400a0c90349cb"),  # Simple Index
    ]
)


class Element(NamedTuple):
    """How a container's outermost elements follow each other.

    Attributes:
        start: Bytes that the file starts with.
        length: Bytes of the element at whose start the given bytes are; None if they are no such element.
        slack: Bytes that the last element may lack. Some writers count wrong by so many.
    """

    start: bytes
    length: Callable[[bytes], int | None]
    slack: int = 0


def is_truncated(path: Path) -> bool:
    """Whether a video file ends inside an element of its container.

    Files of an unknown format are not truncated. Neither are files with trailing data of another kind.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(5 * max(TRANSPORT_PACKETS))
        if packet := _transport_packet(start):
            return size % packet > 0
        element = next(element for element in ELEMENTS if start.startswith(element.start))
        position = 0
        while position < size:
            file.seek(position)
            length = element.length(_padded(file.read(HEADER)))
            if length is None:
                return False
            position += length
    return position > size + element.slack


def _padded(header: bytes) -> bytes:
    return header.ljust(HEADER, b"\0")


def _transport_packet(start: bytes) -> int | None:
    for length in TRANSPORT_PACKETS:
        offset = 4 if length == 192 else 0  # a time stamp comes first
        if len(start) > 3 * length and all(byte == SYNC for byte in start[offset::length]):
            return length
    return None


def _box(header: bytes) -> int | None:
    """MP4 and MOV."""
    length = int.from_bytes(header[:4], "big")
    if length == 1:
        length = int.from_bytes(header[8:16], "big")
    return length if header[4:8] in BOXES and length >= 8 else None


def _ebml(header: bytes) -> int | None:
    """Matroska and WebM. A recorded Segment or Cluster of unknown size counts as its header; its contents come next."""
    id_length = 9 - header[0].bit_length()
    identifier, size_length = header[:id_length], 9 - header[id_length].bit_length()
    if identifier not in EBML_ELEMENTS or size_length > 8:
        return None
    length, unknown = id_length + size_length, (1 << 7 * size_length) - 1
    size = int.from_bytes(header[id_length:length], "big") & unknown
    if size < unknown:
        return length + size
    return length if identifier in (SEGMENT, CLUSTER) else None


def _riff(header: bytes) -> int | None:
    """AVI. An unfinished recording has the size 0."""
    size = int.from_bytes(header[4:8], "little")
    return 8 + size if header[:4] == b"RIFF" and header[8:12] in (b"AVI ", b"AVIX") and size else None


def _asf(header: bytes) -> int | None:
    length = int.from_bytes(header[16:24], "little")
    return length if header[:16] in ASF_OBJECTS and length >= 24 else None


def _flv(header: bytes) -> int | None:
    """The file's header or a tag, and the size of the tag before, which follows it."""
    if header[:3] == b"FLV":
        return int.from_bytes(header[5:9], "big") + 4
    audio, video, script = 8, 9, 18
    return 11 + int.from_bytes(header[1:4], "big") + 4 if header[0] & 0x1F in (audio, video, script) else None


def _ogg(header: bytes) -> int | None:
    segments = header[26]
    return 27 + segments + sum(header[27 : 27 + segments]) if header[:4] == b"OggS" else None


def _program_packet(header: bytes) -> int | None:
    """MPEG-1 and MPEG-2 program streams."""
    if header[:3] != b"\0\0\1":
        return None
    pack, end, first_packet = 0xBA, 0xB9, 0xBB
    if header[3] == pack:
        return 14 + (header[13] & 7) if header[4] >> 6 == 1 else 12
    if header[3] == end:
        return 4
    return 6 + int.from_bytes(header[4:6], "big") if header[3] >= first_packet else None


ELEMENTS = (
    Element(bytes.fromhex("1a45dfa3"), _ebml),
    Element(b"RIFF", _riff, slack=8),
    Element(bytes.fromhex("3026b275"), _asf),
    Element(b"FLV", _flv, slack=4),
    Element(b"OggS", _ogg),
    Element(bytes.fromhex("000001ba"), _program_packet),
    Element(b"", _box),
)
