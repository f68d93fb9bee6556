"""Pictures that a student's program displayed: looked at before a browser does."""

from __future__ import annotations

import base64
import struct

from markupsafe import Markup

MOST_PIXELS = 50_000_000

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # the markers after which a JPEG states its size
_JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD9)})  # the markers without a segment


def picture(kind: str, text: str, described: str) -> Markup:
    """Return a picture as an element that holds it, or nothing if it is not of the kind that it claims to be."""
    data = _decoded(text)
    size = _SIZES[kind](data)
    if size is None or not 0 < size[0] * size[1] <= MOST_PIXELS:
        return Markup()
    return Markup('<img src="data:{};base64,{}" width="{}" height="{}" alt="{}">').format(
        kind, base64.b64encode(data).decode("ascii"), *size, described
    )


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except ValueError:
        return b""


def _png_size(data: bytes) -> tuple[int, int] | None:
    if data[:8] != _PNG or data[12:16] != b"IHDR" or len(data) < 24:
        return None
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Walk from segment to segment until one states the size."""
    at = 2 if data[:2] == b"\xff\xd8" else len(data)
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in _JPEG_SIZES:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 if marker in _JPEG_BARE else 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return None


_SIZES = {"image/png": _png_size, "image/jpeg": _jpeg_size}
