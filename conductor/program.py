"""The program as it is on disk: whoever runs for days asks whether it is still the one loaded."""

from __future__ import annotations

import os

_ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_PACKAGES = ("conductor", "harnesses", "worktrees", "templates")


def stamp(root: str = _ROOT) -> int:
    """Sum up the program as it is on disk."""
    folders = [os.path.join(root, name) for name in _PACKAGES]
    found = []
    while folders:
        for entry in os.scandir(folders.pop()):
            if entry.is_dir(follow_symlinks=False):
                folders += [entry.path] if entry.name != "__pycache__" else []
            else:
                about = entry.stat()
                found.append((entry.path, about.st_mtime_ns, about.st_size))
    return hash(tuple(sorted(found)))
