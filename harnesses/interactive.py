"""What most agents have in common: they stay, are typed to, and record what they heard."""

from __future__ import annotations

from dataclasses import dataclass

from harnesses import PromptBy


@dataclass(frozen=True, slots=True)
class Interactive:
    """An agent in a terminal of its own; each names itself, and where it is different."""

    name: str = ""
    prompt_by: PromptBy = PromptBy.TYPING
    ends_turn_by_exit: bool = False
    confirms_prompts: bool = True
    stagger: float = 0.0
    wants_trust: bool = False
