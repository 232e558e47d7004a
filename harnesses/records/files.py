"""Finding files of records, and reading whole lines of them from where the last reading ended."""

from __future__ import annotations

import contextlib
import os
import stat
import zlib
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, NamedTuple

import msgspec

from harnesses.records import Found, Mark, Reading, RecordsError

BITE = 16 << 20
"""How much is read at once: a bound on memory."""

LONGEST = 128 << 20
"""How long a line may be; a longer one is passed over."""

_TAIL = 64
MOST = 1 << 40
"""No request has so many tokens: a figure beyond is a mistake."""

Count = Annotated[int, msgspec.Meta(ge=0, le=MOST)] | None
"""What a vendor tells of tokens; a line with a figure that cannot be is not understood."""


class Piece(NamedTuple):
    """Whole lines, and where they end."""

    data: bytes
    inode: int
    offset: int
    check: int
    anew: bool  # whether this is the file's beginning


def found(path: str) -> Found | None:
    """Look at one file."""
    try:
        seen = os.stat(path)
    except OSError:
        return None
    return Found(path, seen.st_ino, seen.st_size, seen.st_mtime_ns)


def walk(folder: str, *endings: str) -> Iterator[Found]:
    """Find the files below a folder whose names end so. A folder that is not there has none.

    What cannot be looked into is told last, when all else has been found.
    """
    coming, closed, where = [folder], None, folder
    while coming:
        place = coming.pop()
        try:
            # Opened, so that of thousands of files not each one's way is gone again.
            below = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                with os.scandir(below) as entries:
                    for entry in entries:
                        name = entry.name
                        if not name.isascii() and not _text(name):
                            continue
                        if name.endswith(endings):
                            try:
                                seen = entry.stat()
                            except FileNotFoundError:
                                continue  # taken away meanwhile, or a link that leads nowhere
                            if stat.S_ISREG(seen.st_mode):
                                size, mtime = seen.st_size, seen.st_mtime_ns
                                yield Found(f"{place}/{name}", seen.st_ino, size, mtime)
                        elif entry.is_dir(follow_symlinks=False):
                            coming.append(f"{place}/{name}")
            finally:
                os.close(below)
        except (FileNotFoundError, NotADirectoryError):
            continue  # taken away meanwhile, or never there
        except OSError as error:
            closed, where = error, place
    if closed is not None:
        raise RecordsError(
            f"{where} cannot be read: {closed.strerror}. "
            "Give yourself the right to read it; its tokens are not counted until then"
        ) from closed


def _text(name: str) -> bool:
    """Say whether a name is text, as all names are that vendors give: no other can be kept."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def pieces(path: str, mark: Mark) -> Iterator[Piece]:
    """Read the lines that came after the mark; a half line waits for its end.

    A file that is another by this name, that was cut short or written anew is read from its
    beginning: what was counted before is known by its ids.
    """
    with _opened(path) as file:
        if file is not None:
            yield from _pieces(file, mark)


def whole(path: str, most: int) -> bytes | None:
    """Read a document, no further than so many bytes; None where there is none."""
    with _opened(path) as file:
        if file is None:
            return None
        with open(file, "rb", closefd=False) as document:
            return document.read(most)


@contextlib.contextmanager
def _opened(path: str) -> Iterator[int | None]:
    """Open a file without waiting, whatever stands at its path; None where no file does."""
    file = None
    try:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        yield file if file is not None and stat.S_ISREG(os.fstat(file).st_mode) else None
    except OSError as error:
        raise RecordsError(f"{path} cannot be read: {error.strerror}") from error
    finally:
        if file is not None:
            os.close(file)


def _pieces(file: int, mark: Mark) -> Iterator[Piece]:
    seen = os.fstat(file)
    offset = mark.offset if mark.inode == seen.st_ino else 0
    if offset:
        start = max(0, offset - _TAIL)
        before = os.pread(file, offset - start, start)
        if offset > seen.st_size or zlib.crc32(before) != mark.check:
            offset = 0
    at, rest = offset, b""
    # As far as it was when it was looked at; and no more room is asked for than is needed: giving
    # out sixteen megabytes takes longer than reading most files.
    while at < seen.st_size and (chunk := os.pread(file, min(BITE, seen.st_size - at), at)):
        at += len(chunk)
        data = rest + chunk if rest else chunk
        end = data.rfind(b"\n") + 1
        rest = data[end:]
        if len(rest) > LONGEST:
            end, rest = len(data), b""
        if end:
            whole = data if end == len(data) else data[:end]
            anew, offset = not offset, offset + end
            yield Piece(whole, seen.st_ino, offset, zlib.crc32(whole[-_TAIL:]), anew)


def hits(data: bytes, needle: bytes) -> Iterator[bytes]:
    """Find the lines that hold these bytes."""
    at = data.find(needle)
    while at >= 0:
        end = data.find(b"\n", at)
        yield data[data.rfind(b"\n", 0, at) + 1 : end]
        at = data.find(needle, end)


def ends(readings: Iterator[Reading], mark: Mark) -> Iterator[tuple[Reading, bool]]:
    """Say of each reading whether it is the last; where there is none, nothing is new."""
    last = next(readings, Reading([], Mark(*mark)))
    for one in readings:
        yield last, False
        last = one
    yield last, True


def moment(text: str | None) -> float:
    """Read a time as vendors write it; 0 for what is none."""
    if not text:
        return 0.0
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError):
        return 0.0


def dollars(figure: float | None) -> float | None:
    """Take a vendor's figure for what it is: nothing, where it does not know the price."""
    return figure if figure is not None and 0 < figure < 1e6 else None
