"""Whether one more worktree fits on the disk, and on its list of files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from worktrees import git, processes
from worktrees.processes import Command

if TYPE_CHECKING:
    from pathlib import Path

    from worktrees.repository import Repository

FREE_BYTES, FREE_FILES = 2 << 30, 50_000
"""What stays free, whatever worktrees are wished for."""

_BLOCK = 4096


def file_count(root: Path | str) -> int:
    """How many files a repository's own checkout has: its index says so at its beginning."""
    try:
        with open(
            os.open(os.path.join(root, ".git", "index"), os.O_RDONLY | os.O_NONBLOCK), "rb"
        ) as index:
            start = index.read(12)
    except OSError:
        return 0
    return int.from_bytes(start[8:12], "big") if start[:4] == b"DIRC" else 0


def checkout_size(repo: Repository, commit: str) -> int:
    """How many bytes the files of a commit take on a disk."""
    out = git.run(repo.place, "ls-tree", "-r", "-l", "-z", commit, timeout=120.0)
    total = 0
    for line in out.split(b"\0"):
        size = line.partition(b"\t")[0].rpartition(b" ")[2]
        total += -(-int(size) // _BLOCK) * _BLOCK if size.isdigit() else 0
    return total


def taken(path: Path) -> int:
    """How much a worktree takes on disk, its set-up's files included."""
    command = Command(("du", "-sk", str(path)), path, {"PATH": os.defpath, "LC_ALL": "C"})
    kilobytes = processes.finish(command, 300.0, 1 << 16).out.split()
    return int(kilobytes[0]) << 10 if kilobytes and kilobytes[0].isdigit() else 0


def shortage(folder: Path, size: int, files: int) -> str | None:
    """What is missing for so many bytes in so many files, if anything is."""
    disk = os.statvfs(folder)
    if disk.f_bavail * disk.f_frsize < size + FREE_BYTES:
        return f"the disk of {folder} has less than {(size + FREE_BYTES) >> 20} MB free"
    if disk.f_files and disk.f_favail < files + FREE_FILES:
        return f"the disk of {folder} has room for only {disk.f_favail} more files (inodes)"
    return None
