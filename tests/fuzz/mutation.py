"""Real files, damaged: what hypothesis draws of them, and how often."""

import os
import random
import struct
import zlib
from collections.abc import Callable, Sequence
from io import BytesIO
from zipfile import ZIP_STORED, BadZipFile, ZipFile

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st

SEED = int(os.environ.get("FUZZ_SEED", 23))  # another seed, other damages
FAST, SLOW = 200, 1000  # cases of each reader

Damage = Callable[[random.Random, bytes, Sequence[bytes]], bytes]


def cases(number: int) -> Callable[[Callable], Callable]:
    """A decorator for a test of damaged files: so many cases of the printed seed."""

    def decorated(test: Callable) -> Callable:
        chosen = settings(
            max_examples=number,
            database=None,
            phases=[Phase.explicit, Phase.generate],  # a shrunken case is no real file any more, and takes as long
            suppress_health_check=list(HealthCheck),
            deadline=None,
        )
        return seed(SEED)(chosen(test))

    return decorated


def damaged(originals: Sequence[bytes], tokens: Sequence[bytes] = ()) -> st.SearchStrategy[bytes]:
    """One of some files with one to four damages; see :func:`damage`."""
    # Hypothesis draws one number, and all else follows from it: lists of draws would be short and alike.
    return st.integers(0, 2**64 - 1).map(lambda number: damage(random.Random(number), originals, tokens))


def damage(rng: random.Random, originals: Sequence[bytes], tokens: Sequence[bytes] = ()) -> bytes:
    """One of some files with one to four damages.

    Args:
        rng: What is drawn from.
        originals: The contents of real files.
        tokens: What the format knows, put in anywhere.
    """
    data = rng.choice(originals)
    kinds = [*DAMAGES, *[_token(tokens)] * len(DAMAGES)] if tokens else DAMAGES
    for _ in range(rng.randint(1, 4)):
        data = rng.choice(kinds)(rng, data, originals)
    # Checksums that are right again take the damage further in.
    return resealed(data) if rng.random() < 0.5 else data


def _header(rng: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    return _byte_at(rng, data, rng.randrange(min(len(data), 64) or 1))


def _byte(rng: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    return _byte_at(rng, data, rng.randrange(len(data) or 1))


def _byte_at(rng: random.Random, data: bytes, place: int) -> bytes:
    return data[:place] + bytes([rng.choice([0, 1, 127, 128, 255, rng.randrange(256)])]) + data[place + 1 :]


def _run(rng: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    place, length = rng.randrange(len(data) or 1), rng.randint(1, 32)
    return data[:place] + rng.choice([b"\0" * length, b"\xff" * length, rng.randbytes(length)]) + data[place + length :]


def _cut(rng: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    return data[: rng.randrange(len(data) or 1)]


def _drop(rng: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    start = rng.randrange(len(data) or 1)
    return data[:start] + data[start + rng.randint(1, 64) :]


def _repeat(rng: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    start = rng.randrange(len(data) or 1)
    piece = data[start : start + rng.randint(1, 64)]
    return data[:start] + piece * rng.choice([2, 3, 100]) + data[start:]


def _splice(rng: random.Random, data: bytes, originals: Sequence[bytes]) -> bytes:
    other = rng.choice(originals)
    return data[: rng.randrange(len(data) or 1)] + other[rng.randrange(len(other) or 1) :]


def _token(tokens: Sequence[bytes]) -> Damage:
    def put(rng: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
        place = rng.randrange(len(data) or 1)
        return data[:place] + rng.choice(tokens) + data[place + rng.choice([0, 0, 1, 4]) :]

    return put


DAMAGES: list[Damage] = [_header, _byte, _run, _cut, _drop, _repeat, _splice]


def resealed(data: bytes) -> bytes:
    """A PNG file's chunks, or a zip file's entries, with checksums that fit what they hold now."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return _sealed_png(data)
    if data.startswith(b"PK"):
        return _sealed_zip(data)
    return data


def _sealed_png(data: bytes) -> bytes:
    sealed, place = bytearray(data), 8
    while place + 12 <= len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        end = place + 8 + length
        if end + 4 > len(data):
            break
        sealed[end : end + 4] = struct.pack(">I", zlib.crc32(data[place + 4 : end]))
        place = end + 4
    return bytes(sealed)


def _sealed_zip(data: bytes) -> bytes:
    """The entries that can be found, as they are: stored ones only, as torch and an uncompressed .npz have them."""
    buffer = BytesIO()
    try:
        with ZipFile(BytesIO(data)) as archive, ZipFile(buffer, "w", ZIP_STORED) as sealed:
            for entry in archive.infolist():
                with archive.open(entry) as file:
                    file._expected_crc = None  # type: ignore[attr-defined]  # zipfile's own way to pass over it
                    sealed.writestr(entry.filename, file.read())
    except (BadZipFile, OSError, ValueError, NotImplementedError, EOFError, RuntimeError, zlib.error, struct.error):
        return data
    return buffer.getvalue()
