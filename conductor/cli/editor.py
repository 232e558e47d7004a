"""Writing a longer text in the person's own editor."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from conductor.acts import Refused


def compose(text: str, name: str) -> str:
    """Open a text in the person's editor, and return what it became."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Refused("Say what to change, for example with --text or --priority.")
    with tempfile.TemporaryDirectory(prefix="conductor-") as folder:
        file = Path(folder, name)
        file.write_text(text, encoding="utf-8")
        opened(file)
        return file.read_text(encoding="utf-8", errors="replace")


def opened(*files: Path) -> None:
    """Open files in the person's editor, and wait until they have left it."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        done = subprocess.run([*shlex.split(editor), *map(str, files)], check=False)
    except (OSError, ValueError) as error:
        raise Refused(f"The editor {editor!a} cannot be started: {error}. Set EDITOR.") from None
    if done.returncode:
        raise Refused(f"The editor ended with {done.returncode}: nothing was changed.")
