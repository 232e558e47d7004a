"""What can be made of the agent CLIs found on this machine: a subscription each, ready to paste.

Claude Code and Codex run in their own terminal program. A CLI that has no harness of its own is
offered as a command that takes one prompt and ends; the permissions asked for are the smallest with
which it can edit files.
"""

from __future__ import annotations

import re
import shutil
import subprocess

from conductor.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class Offer(Value):
    """One agent CLI we know, and how it takes a prompt."""

    name: str
    argv: tuple[str, ...]
    prompt: str = "stdin"
    home: str | None = None  # where its account lives, unless told otherwise
    known: bool = False  # whether a harness of its own runs it, in its own terminal

    @property
    def entry(self) -> str:
        """The lines for config.toml."""
        if self.known:
            return "\n".join(
                [
                    "[[subscription]]",
                    f'name = "{self.name}"',
                    f'harness = "{self.name}"',
                    f'home = "{self.home}"',
                    "slots = 2",
                    'permissions = "edits"   # or "ask" or "all": what it may do unasked',
                ]
            )
        words = ", ".join(f'"{word}"' for word in self.argv)
        lines = [
            f"[harness.{self.name}-once]",
            f"command = [{words}]",
            f'prompt = "{self.prompt}"',
            "",
            "[[subscription]]",
            f'name = "{self.name}"',
            f'harness = "{self.name}-once"',
            "slots = 2",
        ]
        if self.home:
            lines.append(f'home = "{self.home}"')
        return "\n".join(lines)


OFFERS = (
    Offer("claude", ("claude",), home="~/.claude", known=True),
    Offer("codex", ("codex",), home="~/.codex", known=True),
    Offer("gemini", ("gemini", "--approval-mode", "auto_edit", "-p", "{prompt}"), "argument"),
    Offer("opencode", ("opencode", "run", "{prompt}"), "argument"),
    Offer("qwen", ("qwen", "--approval-mode", "auto-edit", "-p", "{prompt}"), "argument"),
    Offer("goose", ("goose", "run", "-i", "-")),
    Offer("aider", ("aider", "--yes-always", "--message", "{prompt}"), "argument"),
)

BUILTIN = """\
[[subscription]]
name = "api"
harness = "builtin"         # our own agent; it needs a model and, for a paid one, a key
model = "anthropic:MODEL"   # or openai:MODEL, or openai:MODEL@http://127.0.0.1:11434/v1 (Ollama)
slots = 4
env = { ANTHROPIC_API_KEY = "..." }\
"""


def found() -> Iterable[tuple[Offer, str]]:
    """Yield the agent CLIs on PATH with what they say their version is."""
    for offer in OFFERS:
        if path := shutil.which(offer.argv[0]):
            yield offer, _version(path)


def _version(path: str) -> str:
    try:
        said = subprocess.run(
            [path, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return "does not answer to --version"
    numbers = re.search(rb"\d+(?:\.\d+)+", said.stdout + said.stderr)
    return numbers[0].decode() if numbers else "of unknown version"
