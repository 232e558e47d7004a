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
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    with tempfile.TemporaryDirectory(prefix="conductor-") as folder:
        file = Path(folder, name)
        file.write_text(text, encoding="utf-8")
        try:
            done = subprocess.run([*shlex.split(editor), str(file)], check=False)
        except (OSError, ValueError) as error:
            raise Refused(
                f"The editor {editor!a} cannot be started: {error}. Set EDITOR."
            ) from None
        if done.returncode:
            raise Refused(f"The editor ended with {done.returncode}: nothing was changed.")
        return file.read_text(encoding="utf-8", errors="replace")
