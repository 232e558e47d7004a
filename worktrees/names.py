"""Names for branches and folders, made from titles that anybody may have written."""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path

from worktrees.errors import GitError

PREFIX = "conductor/"
_LONGEST = 48
_LONGEST_ID = 40


def branch_name(title: str, task_id: str) -> str:
    """A readable branch: `branch_name("Add login!", "t12")` is `conductor/t12-add-login`."""
    return PREFIX + folder_name(title, task_id)


def folder_name(title: str, task_id: str) -> str:
    """The same for a folder: lower-case ASCII letters, digits and single dashes only."""
    return "-".join(filter(None, (_slug(task_id, _LONGEST_ID) or "task", _slug(title, _LONGEST))))


def under(root: Path, path: Path) -> Path:
    """The path with links resolved, if it lies below `root`; anything else is refused."""
    real_root = os.path.realpath(root)
    real = os.path.realpath(path)
    if real == real_root or os.path.commonpath((real_root, real)) != real_root:
        raise GitError(f"{path} leads to {real}, outside {real_root}", "Remove the link.")
    return Path(real)


def _slug(text: str, longest: int) -> str:
    plain = unicodedata.normalize("NFKD", text[:1000]).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "")).strip("-")
    if len(words) <= longest:
        return words
    whole = words[: longest + 1].rpartition("-")[0]
    return (whole if len(whole) > longest // 2 else words[:longest]).strip("-")
