"""What can be made of the agent CLIs found on this machine: a subscription each, ready to paste."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from harnesses.installed import Cli

BUILTIN = """\
[[subscription]]
name = "api"
harness = "builtin"         # our own agent; it needs a model and, for a paid one, a key
model = "anthropic:MODEL"   # or openai:MODEL, or openai:MODEL@http://127.0.0.1:11434/v1 (Ollama)
slots = 4
env = { ANTHROPIC_API_KEY = "..." }\
"""
"""What is offered where no agent is found: it cannot be added before it has a model and a key."""


def entry(cli: Cli) -> str:
    """Write the lines for config.toml."""
    lines = ["[[subscription]]", f'name = "{cli.harness}"', f'harness = "{cli.harness}"']
    lines += [f'home = "{cli.home}"'] if cli.home else []
    lines += ["slots = 2", 'permissions = "edits"   # or "ask" or "all": what it may do unasked']
    return "\n".join(lines)
