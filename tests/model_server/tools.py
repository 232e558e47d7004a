"""Which of the tools a CLI offers does what a directive asks, and what it is given."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

Schemas = Mapping[str, Mapping[str, Any]]

FOLDER = re.compile(
    r"(?:[Ww]orking [Dd]irectory:|<cwd>|[Cc]urrent directory:|directory is:?|in the directory:"
    r"|[Ww]orkspace: )"
    r"[\s`*\\n]*(/[^\s\\\"`<]+)"
)
_RUN = (
    "Bash",
    "bash",
    "run_shell_command",
    "shell",
    "developer__shell",
    "Shell",
    "run_commands",
    "Execute",
    "terminal",
    "execute_bash",
    "execute",
    "local--Command",
)
_WRITE = ("Write", "write", "write_file", "WriteFile", "create", "editor", "developer__write")
_ASK = ("question", "ask_user", "ask_user_question", "AskUserQuestion", "ask_followup_question")
_PATHS = ("filePath", "file_path", "path", "absolute_path")
_TEXTS = ("content", "file_text", "new_text", "text")


def runner(schemas: Schemas) -> str:
    """Return the name of the tool that runs commands; where there is one tool, it is that."""
    return next((name for name in _RUN if name in schemas), next(iter(schemas), ""))


def writing(schemas: Schemas, folder: str, name: str, text: str) -> tuple[str, Any] | None:
    """Return the call that writes a file, if there is a tool for that."""
    tool = next((one for one in _WRITE if one in schemas), None)
    if tool is None:
        return None
    given = _needed(schemas[tool])
    given[_first(schemas[tool], _PATHS)] = f"{folder}/{name}" if folder else name
    given[_first(schemas[tool], _TEXTS)] = text
    if "command" in given:
        given["command"] = "create"
    return tool, given


def running(schemas: Schemas, command: str) -> tuple[str, Any]:
    """Return the call that runs a command."""
    tool = runner(schemas)
    properties = schemas[tool].get("properties", {})
    given = _needed(schemas[tool])
    if "commands" in properties:
        return tool, {**given, "commands": [command]}
    if "code" in properties:
        return tool, {**given, "language": "shell", "code": command}
    many = properties.get("command", {}).get("type") == "array"
    return tool, {**given, "command": ["/bin/sh", "-c", command] if many else command}


def asking(schemas: Schemas, question: str) -> tuple[str, Any] | None:
    """Return the call that asks the person, if there is a tool for that."""
    tool = next((one for one in _ASK if one in schemas), None)
    if tool is None:
        return None
    options = [{"label": word, "description": f"choose {word}"} for word in ("yes", "no")]
    if "questions" not in schemas[tool].get("properties", {}):
        return tool, {**_needed(schemas[tool]), "question": question}
    asked = {"question": question, "header": "Choice", "options": options}
    inner = schemas[tool]["properties"]["questions"].get("items", {})
    extra = {key: value for key, value in _needed(inner).items() if key not in asked}
    return tool, {"questions": [{**asked, **extra}]}


def _first(schema: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next(name for name in names if name in schema.get("properties", {}))


def _needed(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Fill in what a tool insists on besides what we know of."""
    made: dict[str, Any] = {}
    for key in schema.get("required", ()):
        told = schema.get("properties", {}).get(key, {})
        kinds = {"boolean": False, "integer": 1, "number": 1, "array": [], "object": {}}
        kind = str(told.get("type", "string")).lower()
        made[key] = told["enum"][0] if told.get("enum") else kinds.get(kind, "as asked")
    return made
