"""The environment git is given: nothing a repository's configuration says can run a program.

Two layers. A fixed list switches off every setting with a fixed name that names a program. Those
with free names (filters, merge drivers) are read from the repository's configuration first and
overridden one by one. Settings travel in `GIT_CONFIG_KEY_n`, where no name can be misread, and win
over every file.

Filters are never run, the person's own `lfs` included: git-lfs itself takes programs to run from
the repository's configuration (`lfs.extension.*`, `lfs.customtransfer.*`). So a file kept in LFS
is a pointer in our worktrees, and a snapshot holds changed files exactly as they lie on disk.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from worktrees.places import Place

# An empty value switches a setting off; where empty would not do, `false` is a program that fails.
FIXED: tuple[tuple[str, str], ...] = (
    ("core.hooksPath", os.devnull),
    ("core.fsmonitor", "false"),
    ("core.attributesFile", os.devnull),
    ("core.pager", "cat"),
    ("core.editor", "false"),
    ("sequence.editor", "false"),
    ("core.sshCommand", "false"),
    ("core.gitProxy", "false"),
    ("core.askPass", ""),
    ("core.alternateRefsCommand", "false"),
    ("credential.helper", ""),
    ("protocol.allow", "never"),
    ("gpg.program", "false"),
    ("gpg.openpgp.program", "false"),
    ("gpg.ssh.program", "false"),
    ("gpg.ssh.defaultKeyCommand", "false"),
    ("gpg.x509.program", "false"),
    ("commit.gpgSign", "false"),
    ("tag.gpgSign", "false"),
    ("log.showSignature", "false"),
    ("merge.verifySignatures", "false"),
    ("submodule.recurse", "false"),
    ("fetch.recurseSubmodules", "false"),
    ("diff.ignoreSubmodules", "dirty"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("merge.default", "text"),
    ("merge.conflictStyle", "merge"),
    ("color.ui", "false"),
    ("core.quotePath", "true"),
    # Not against anybody: many small files are checked out and kept safely at a bearable price.
    ("checkout.workers", str(min(8, 1 + (os.cpu_count() or 1)))),
    ("checkout.thresholdForParallelism", "2000"),
    ("core.fsync", "committed"),
    ("core.fsyncMethod", "batch"),
)

# What a merge driver does instead: git's own three-way text merge, markers and exit code included.
_TEXT_MERGE = "git merge-file --quiet --marker-size=%L %A %O %B"

# Of the person's own configuration, only what names no program.
_USER_SETTINGS = frozenset(
    {"user.name", "user.email", "core.excludesfile", "core.autocrlf", "core.eol"}
)

_FREE_NAME = re.compile(r"(filter|merge)\.(.+)\.(clean|smudge|process|required|driver)", re.DOTALL)

_SPECIAL = frozenset({"core.sparsecheckout", "extensions.worktreeconfig", "extensions.refstorage"})

_NO = frozenset({"", "0", "false", "no", "off"})

LISTING = ("config", "--list", "-z", "--show-scope", "--includes")


@dataclass(frozen=True, slots=True)
class Settings:
    """What one repository's configuration makes us set, and until when that holds."""

    overrides: tuple[tuple[str, str], ...]
    identity: tuple[str, str] | None
    mark: tuple[object, ...] | None
    special: bool  # whether each worktree has settings of its own, which only git writes
    bare: bool  # whether the repository says that it has no checkout
    alike: bool  # whether they are the same in every worktree of the repository


_known: dict[str, Settings] = {}


def search_path() -> str:
    """PATH without relative entries: a folder an agent writes must not supply a `git`."""
    return _absolute(os.environ.get("PATH", os.defpath))


@lru_cache(maxsize=8)
def _absolute(path: str) -> str:
    return os.pathsep.join(entry for entry in path.split(os.pathsep) if os.path.isabs(entry))


def bare_environment() -> dict[str, str]:
    """The variables every git gets; nothing else is inherited."""
    home = {name: os.environ[name] for name in ("HOME", "XDG_CONFIG_HOME") if name in os.environ}
    return home | {
        "PATH": search_path(),
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_GRAFT_FILE": f"{os.devnull}/none",  # one that can be opened makes git speak of it
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_PAGER": "cat",
        "GIT_EDITOR": "false",
        "GIT_ATTR_NOSYSTEM": "1",
    }


def settings(place: Place, ask: Callable[[Mapping[str, str], tuple[str, ...]], bytes]) -> Settings:
    """What this repository's configuration makes us set, asked again only when a file changed.

    `ask` runs git with a given environment: reading configuration is itself a call.
    """
    common = _known.get(str(place.common_dir))
    if common and common.alike and common.mark == _mark(place.common_dir, place.common_dir):
        return common
    mark = _mark(place.common_dir, place.git_dir)
    known = _known.get(str(place.git_dir))
    if known is None or known.mark != mark:
        known = _read(ask(asking(place), LISTING), mark)
        _known[str(place.git_dir)] = known
    return known


def asking(place: Place) -> dict[str, str]:
    """The environment in which a repository's configuration is read, the person's included."""
    return bare_environment() | where(place)


def environment(place: Place, found: Settings) -> dict[str, str]:
    """The whole environment for git in `place`."""
    pairs = (*FIXED, *found.overrides)
    numbered = {"GIT_CONFIG_COUNT": str(len(pairs))}
    for number, (key, value) in enumerate(pairs):
        numbered[f"GIT_CONFIG_KEY_{number}"] = key
        numbered[f"GIT_CONFIG_VALUE_{number}"] = value
    only_ours = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    return asking(place) | only_ours | numbered


def where(place: Place) -> dict[str, str]:
    """Which repository is meant, so that nothing has to be looked for."""
    return {
        "GIT_DIR": str(place.git_dir),
        "GIT_COMMON_DIR": str(place.common_dir),
        "GIT_WORK_TREE": str(place.folder),
    }


def _read(listing: bytes, mark: tuple[object, ...]) -> Settings:
    user: dict[str, str] = {}
    ours: dict[str, str] = {}
    includes = special = bare = False
    alike = True
    fields = os.fsdecode(listing).split("\0")
    for scope, entry in zip(fields[::2], fields[1::2], strict=False):
        key, given, value = entry.partition("\n")
        if key in _USER_SETTINGS:
            user[key] = value
        included = key.startswith(("include.", "includeif."))
        alike = alike and not included
        if scope in {"local", "worktree"}:
            includes = includes or included
            special = special or key in _SPECIAL
            if key == "core.bare":
                bare = not given or value.lower() not in _NO
            if found := _FREE_NAME.fullmatch(key):
                kind, name, _ = found.groups()
                ours |= _harmless(kind, name)
    name, email = user.get("user.name"), user.get("user.email")
    identity = (name, email) if name and email else None
    # A file included by the repository can change unseen, so then nothing is remembered.
    pairs = (*user.items(), *ours.items())
    return Settings(
        pairs, identity, None if includes else mark, special, bare, alike=alike and not special
    )


def _harmless(kind: str, name: str) -> dict[str, str]:
    if kind == "merge":
        return {f"merge.{name}.driver": _TEXT_MERGE}
    off = {f"filter.{name}.{part}": "" for part in ("clean", "smudge", "process")}
    return off | {f"filter.{name}.required": "false"}


def _mark(common_dir: Path, git_dir: Path) -> tuple[object, ...]:
    """Changes whenever a configuration file does: the kernel's change time cannot be set back."""
    home = os.environ.get("HOME", "")
    xdg = os.environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")
    files = (
        common_dir / "config",
        git_dir / "config.worktree",
        os.path.join(home, ".gitconfig"),
        os.path.join(xdg, "git", "config"),
    )
    return tuple(_stamp(os.fspath(file)) for file in files)


def _stamp(file: str) -> tuple[str, int, int, int] | None:
    try:
        seen = os.stat(file)
    except OSError:
        return None
    return file, seen.st_ino, seen.st_size, seen.st_ctime_ns
