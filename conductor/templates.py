"""Task templates: what is always said with a kind of work, written once.

A template is a Markdown file with `{task}` in it. The person's own, in `templates/tasks/` beside
their configuration, win over ours of the same name.
"""

from __future__ import annotations

import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.places import Places

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_SHIPPED = os.path.join(os.path.dirname(os.path.dirname(__file__)), "templates", "tasks")


class TemplateError(Exception):
    """A template cannot be used; the text says which, and what there is."""


def names(where: Places) -> list[str]:
    """List the templates there are."""
    found = set()
    for folder in _folders(where):
        if os.path.isdir(folder):
            found |= {
                stem
                for stem, ending in map(os.path.splitext, os.listdir(folder))
                if ending == ".md" and _NAME.fullmatch(stem)
            }
    return sorted(found)


def fill(where: Places, name: str, task: str) -> str:
    """Return a template's words around a task's."""
    text = _read(where, name)
    if "{task}" not in text:
        raise TemplateError(f"The template {name} has no {{task}} where the task's words would go.")
    return text.replace("{task}", task.strip()).strip() + "\n"


def _folders(where: Places) -> tuple[str, str]:
    return (os.path.join(where.config, "templates", "tasks"), _SHIPPED)


def _read(where: Places, name: str) -> str:
    if _NAME.fullmatch(name):
        for folder in _folders(where):
            path = os.path.join(folder, f"{name}.md")
            try:
                with open(path, encoding="utf-8") as file:
                    return file.read(1 << 20)
            except FileNotFoundError:
                continue
            except (OSError, UnicodeDecodeError) as error:
                raise TemplateError(f"The template {path} cannot be read: {error}.") from error
    there = ", ".join(names(where)) or "none"
    raise TemplateError(
        f"There is no template {name!a}; there are {there}. "
        f"Your own go to {_folders(where)[0]}, a file each."
    )
