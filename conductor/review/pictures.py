"""What there is to say of a file without lines: how large it is, and of a picture its size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conductor.review.kinds import IMAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conductor.review.files import File

ENOUGH = 1 << 16
"""Bytes in which a picture's size stands."""


def described(file: File, sizes: Mapping[str, int], read: Callable[[str, int], bytes]) -> str:
    """Say what a binary file is now, and what it was."""
    now = _one(file, file.new_blob, sizes, read)
    was = _one(file, file.old_blob, sizes, read)
    what = "picture" if file.kind == IMAGE else "binary"
    if now and was:
        return f"{what}, {now}; it was {was}"
    return f"{what}, {now or was}" if now or was else what


def _one(file: File, blob: str, sizes: Mapping[str, int], read: Callable[[str, int], bytes]) -> str:
    size = sizes.get(blob)
    if size is None:
        return ""
    found = measured(read(blob, ENOUGH)) if file.kind == IMAGE else None
    return f"{found[0]}x{found[1]}, {bytes_of(size)}" if found else bytes_of(size)


def bytes_of(size: int) -> str:
    """Say a number of bytes."""
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.3g} {unit}" if unit != "bytes" else f"{size} bytes"
        size /= 1000  # type: ignore[assignment]
    return f"{size:.3g} GB"


def measured(data: bytes) -> tuple[int, int] | None:
    """Read a picture's width and height from its beginning."""
    if data.startswith(b"\x89PNG\r\n\x1a\n") and len(data) >= 24:
        return _big(data[16:20]), _big(data[20:24])
    if data[:6] in (b"GIF87a", b"GIF89a") and len(data) >= 10:
        return _little(data[6:8]), _little(data[8:10])
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP" and len(data) >= 30:
        return _webp(data)
    if data.startswith(b"BM") and len(data) >= 26:
        return _little(data[18:22]), _little(data[22:26])
    return _jpeg(data) if data.startswith(b"\xff\xd8") else None


def _webp(data: bytes) -> tuple[int, int] | None:
    match data[12:16]:
        case b"VP8X":
            return _little(data[24:27]) + 1, _little(data[27:30]) + 1
        case b"VP8L":
            bits = _little(data[21:25])
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8 ":
            return _little(data[26:28]) & 0x3FFF, _little(data[28:30]) & 0x3FFF
    return None


def _jpeg(data: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 < len(data) and data[at] == 0xFF:
        kind = data[at + 1]
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            return _big(data[at + 7 : at + 9]), _big(data[at + 5 : at + 7])
        at += 2 + _big(data[at + 2 : at + 4])
    return None


def _big(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _little(data: bytes) -> int:
    return int.from_bytes(data, "little")
