"""The tree of a checkout as it is on disk, made from the tree of its commit and what differs.

Its cost is that of what differs, however many files there are: no index is copied or written. What
this way cannot tell (submodules, names with line ends, …) is left to git's own, by `None`.
"""

from __future__ import annotations

import hashlib
import os
import stat
from typing import TYPE_CHECKING, NamedTuple

from worktrees import git
from worktrees.errors import GitError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from worktrees.places import Place
    from worktrees.status import Entry

_FILES = frozenset({"100644", "100755"})
_TREE = "40000"


class Leaf(NamedTuple):
    """A file as a tree holds it."""

    mode: str
    oid: str


def leaves(place: Place, entries: Iterable[Entry]) -> dict[str, Leaf | None] | None:
    """Put what differs into git's store; a file that is gone is None. All None: not this way."""
    gone: dict[str, Leaf | None] = {}
    modes: dict[str, str] = {}
    for entry in entries:
        mode = _mode(place, entry)
        if mode is None:
            return None
        if mode:
            modes[entry.path] = mode
        else:
            gone[entry.path] = None
    return gone | _stored(place, modes)


def overlay(place: Place, commit: str, differs: Mapping[str, Leaf | None]) -> str | None:
    """The tree of `commit` with these files instead of its own; None: not this way."""
    folders = {""}
    for path in differs:
        parts = path.split("/")
        folders.update("/".join(parts[:depth]) for depth in range(1, len(parts)))
    known = _folders(place, commit, sorted(folders))
    if known is None:
        return None
    made: list[bytes] = []
    root = _grown(known, differs, made)
    if made:
        git.run(place, "mktree", "-z", "--batch", "--missing", input=b"\0".join([*made, b""]))
    return root


def _mode(place: Place, entry: Entry) -> str | None:
    """How a tree holds the file that is on disk; "" for none, None where git must say."""
    if entry.submodule or entry.unmerged or '"' in entry.path[:1]:
        return None
    if "\n" in entry.path or "\r" in entry.path:
        return None  # in a list of names git takes either for a line's end
    path = os.path.join(place.folder, entry.path)
    above = entry.path.split("/")[:-1]
    at = os.fspath(place.folder)
    for part in above:
        at = os.path.join(at, part)
        if os.path.islink(at):
            return ""  # what is seen through a link is not there
    try:
        seen = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return ""
    if stat.S_ISDIR(seen.st_mode):
        return ""
    if not stat.S_ISREG(seen.st_mode):
        return None
    if entry.untracked:
        return None if seen.st_mode & 0o111 else "100644"
    return entry.mode if entry.mode in _FILES else None


def _stored(place: Place, modes: Mapping[str, str]) -> dict[str, Leaf | None]:
    if not modes:
        return {}
    names = b"".join(os.fsencode(path) + b"\n" for path in modes)
    try:
        out = git.run(place, "hash-object", "-w", "--stdin-paths", input=names, timeout=600.0)
    except GitError as error:
        hint = "A file could not be read. Make it readable, or have it ignored."
        raise GitError(f"What is on disk could not be kept. {error}", error.hint or hint) from error
    oids = out.decode().split()
    return {path: Leaf(mode, oid) for (path, mode), oid in zip(modes.items(), oids, strict=True)}


Folder = dict[bytes, Leaf]


def _folders(place: Place, commit: str, paths: list[str]) -> dict[str, Folder] | None:
    """The folders of a commit, those that are there, read in one call."""
    asked = b"".join(b"%s:%s\n" % (commit.encode(), os.fsencode(path)) for path in paths)
    out = git.run(place, "cat-file", "--batch", input=asked)
    found: dict[str, Folder] = {}
    at = 0
    for path in paths:
        end = out.index(b"\n", at)
        head = out[at:end].split(b" ")
        at = end + 1
        if head[-1] == b"missing":
            continue
        size = int(head[-1])
        if len(head) != 3:
            return None
        if head[1] == b"tree":
            found[path] = _parsed(out[at : at + size], len(head[0]) // 2)
        at += size + 1
    return found


def _parsed(raw: bytes, length: int) -> Folder:
    folder: Folder = {}
    at = 0
    while at < len(raw):
        end = raw.index(b"\0", at)
        mode, _, name = raw[at:end].partition(b" ")
        at = end + 1 + length
        folder[name] = Leaf(mode.decode(), raw[end + 1 : at].hex())
    return folder


def _grown(
    known: Mapping[str, Folder], differs: Mapping[str, Leaf | None], made: list[bytes]
) -> str:
    """Write the folders anew from the deepest up; return the root's name."""
    changed: dict[str, dict[bytes, Leaf | None]] = {"": {}}
    for path, leaf in differs.items():
        folder, _, name = path.rpartition("/")
        changed.setdefault(folder, {})[os.fsencode(name)] = leaf
        while folder:
            folder = folder.rpartition("/")[0]
            changed.setdefault(folder, {})
    root = ""
    for folder in sorted(changed, key=lambda one: one.count("/") + bool(one), reverse=True):
        content = dict(known.get(folder, {}))
        for part, leaf in changed[folder].items():
            if leaf is None:
                content.pop(part, None)
            else:
                content[part] = leaf
        above, _, own = folder.rpartition("/")
        if folder and not content:
            _leave(changed[above], os.fsencode(own), known.get(above, {}))
            continue
        oid = _named(content, made)
        if folder:
            _enter(changed[above], os.fsencode(own), Leaf(_TREE, oid))
        root = oid
    return root


def _enter(above: dict[bytes, Leaf | None], name: bytes, tree: Leaf) -> None:
    """Put a folder into the one above it, unless a file has taken its place."""
    if above.get(name) is None:
        above[name] = tree


def _leave(above: dict[bytes, Leaf | None], name: bytes, before: Folder) -> None:
    """Take an empty folder out, unless a file has its name now."""
    if above.get(name) is None and (name not in before or before[name].mode == _TREE):
        above[name] = None


def _named(content: Folder, made: list[bytes]) -> str:
    """The name a folder has in git's store; noted as what `mktree` reads, to be put there."""
    order = sorted(
        content.items(), key=lambda one: one[0] + (b"/" if one[1].mode == _TREE else b"")
    )
    raw = b"".join(
        b"%s %s\0%s" % (one.mode.encode(), name, bytes.fromhex(one.oid)) for name, one in order
    )
    made.append(b"".join(_line(name, one) for name, one in order))
    algorithm = hashlib.sha256 if order and len(order[0][1].oid) == 64 else hashlib.sha1
    return algorithm(b"tree %d\0%s" % (len(raw), raw)).hexdigest()


def _line(name: bytes, leaf: Leaf) -> bytes:
    kind = {_TREE: b"tree", "160000": b"commit"}.get(leaf.mode, b"blob")
    return b"%s %s %s\t%s\0" % (leaf.mode.encode(), kind, leaf.oid.encode(), name)
