"""The files of a change: what git lists of each, and what is known once its diff has come."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conductor.cleaning import clean
from conductor.review import kinds
from conductor.review.hunks import Hunk, hunks_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Protocol

    class Listed(Protocol):
        """A file as `worktrees.readings` lists it."""

        @property
        def path(self) -> str: ...  # noqa: D102 — what git calls them
        @property
        def old_path(self) -> str | None: ...  # noqa: D102
        @property
        def status(self) -> str: ...  # noqa: D102
        @property
        def old_mode(self) -> str: ...  # noqa: D102
        @property
        def new_mode(self) -> str: ...  # noqa: D102
        @property
        def old_blob(self) -> str: ...  # noqa: D102
        @property
        def new_blob(self) -> str: ...  # noqa: D102
        @property
        def runs_code(self) -> bool: ...  # noqa: D102


LARGE = 20_000
"""Changed lines of one file from which on it is opened only when asked for."""

POINTER = b"version https://git-lfs.github.com/spec/"
"""What a file begins with whose content git-lfs keeps elsewhere."""
LINK, SUBMODULE = "120000", "160000"


@dataclass(slots=True, eq=False)
class File:
    """One file of a change, filled while its diff comes."""

    path: str
    old_path: str | None
    status: str  # A added, D removed, M changed, R renamed, C copied, T another type
    old_mode: str
    new_mode: str
    old_blob: str
    new_blob: str
    runs_code: bool
    kind: str = kinds.PLAIN
    added: int = 0
    removed: int = 0
    lines: int = 0  # rows of its diff, hunk headers included
    read: bool = False  # whether its diff has come
    binary: bool = False
    body: bytes | None = None  # None also where it is too large to keep
    folded: bool = False
    note: str = ""  # what is said in place of lines
    content: list[bytes] | None = None  # its newer text, once context has been asked for
    opened: dict[int, tuple[int, int]] = field(default_factory=dict)  # gap → lines shown
    _hunks: tuple[bytes, list[Hunk]] | None = None

    @property
    def hunks(self) -> list[Hunk]:
        """Its hunks, split into lines when they are first asked for."""
        body = self.body or b""
        if self._hunks is None or self._hunks[0] is not body:
            self._hunks = (body, hunks_of(body))
        return self._hunks[1]

    def forget(self) -> None:
        """Let go of the split lines; they are made again when they are looked at."""
        self._hunks = None

    @property
    def too_large(self) -> bool:
        """Whether its diff has come but is not kept."""
        return self.read and self.body is None

    @property
    def notes(self) -> list[str]:
        """What there is to say of it beside its lines: names, modes, links."""
        said = []
        if self.status == "C":
            said.append(f"copied from {self.old_path}")
        elif self.old_path:
            only_case = self.old_path.lower() == self.path.lower()
            said.append(f"renamed from {self.old_path}" + (" (only its case)" if only_case else ""))
        said += _modes(self.old_mode, self.new_mode, self.status)
        if POINTER in (self.body or b"")[:4000]:
            said.append("kept in LFS: these are the lines that point to its content")
        if self.note:
            said.append(self.note)
        if self.folded and (why := self._why_folded):
            said.append(f"{why}; enter opens it")
        return said

    @property
    def _why_folded(self) -> str:
        """Say why it is not shown unasked."""
        if self.lines > LARGE:
            return f"{self.lines} lines"
        return {kinds.LOCK: "a lock file", kinds.MADE: "generated"}.get(self.kind, "")

    @property
    def ends(self) -> bool:
        """Whether its last hunk reaches the end of the file."""
        last = self.hunks[-1] if self.hunks else None
        return (
            self.status in ("A", "D")
            or last is None
            or LINK in (self.old_mode, self.new_mode)
            or SUBMODULE in (self.old_mode, self.new_mode)
            or last.signs[-3:].count(b" ") < min(3, len(last.lines))
        )


def _modes(old: str, new: str, status: str) -> list[str]:
    """Say what became of a file's mode."""
    if SUBMODULE in (old, new):
        return ["a submodule: only the commit it stands at is compared"]
    if status == "T":
        return [f"was {_kind_of(old)}, is now {_kind_of(new)}"]
    if LINK in (old, new):
        return ["a symbolic link: its text is where it leads"]
    if status in ("A", "D"):
        return ["executable"] if "100755" in (old, new) else []
    if old != new:
        return ["made executable" if new == "100755" else f"mode {old} → {new}"]
    return []


def _kind_of(mode: str) -> str:
    return {LINK: "a symbolic link", SUBMODULE: "a submodule"}.get(mode, "a file")


def files_of(listed: Iterable[Listed]) -> list[File]:
    """Make the files of a change, in the order in which they are read.

    What changes what runs comes first, what a program has written last.
    """
    files = []
    for one in listed:
        kind = kinds.kind(one.path)
        file = File(
            one.path, one.old_path, one.status, one.old_mode, one.new_mode, one.old_blob,
            one.new_blob, one.runs_code, kind, folded=kind in kinds.FOLDED,
        )  # fmt: skip
        files.append(file)
    files.sort(key=lambda file: (group(file), *file.path.rpartition("/")[::2]))
    return files


RISKY, USUAL, GENERATED = range(3)


def spelled(path: str, limit: int = 400) -> str:
    """Write a file's name so that nothing in it is hidden."""
    return clean(path.replace("\n", "␊").replace("\t", "␉"), limit)


def group(file: File) -> int:
    """Return which part of the list a file stands in."""
    if file.runs_code:
        return RISKY
    return GENERATED if file.kind in kinds.FOLDED else USUAL
