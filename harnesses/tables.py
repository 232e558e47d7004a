"""The `[harness.NAME]` tables of a person's configuration, read into what they describe."""

from __future__ import annotations

import re
from collections.abc import Mapping

from harnesses import HarnessError
from harnesses.shell import PLACEHOLDER, Delivery, Shell
from harnesses.typed import Permission, Typed

PLACEHOLDERS = ("prompt", "model", "worktree", "session", "resume")
_SEEN = {"ready", "working", "asks", "permission"}
_KEYS = {"command", "prompt", "env", "resume", *_SEEN}
_KEY = re.compile(r"(?:[CMS]-)*(?:[A-Z][A-Za-z0-9]+|[!-~])")  # as tmux names them


def read_table(name: str, table: Mapping[str, object]) -> Shell:
    """Read a `[harness.NAME]` table; raises HarnessError that names the key."""
    where = f"[harness.{name}]"
    for key in sorted(table.keys() - _KEYS):
        raise HarnessError(f"{where} {key}: unknown key; known are {', '.join(sorted(_KEYS))}")
    delivery = _delivery(where, table.get("prompt", "typed"))
    command = words(where, "command", table.get("command"))
    resume = words(where, "resume", table["resume"]) if "resume" in table else ()
    takes = any("{prompt}" in word for word in command)
    if delivery is Delivery.ARGUMENT and not takes:
        raise HarnessError(f'{where} command: prompt = "argument" needs {{prompt}} in the command')
    if delivery is not Delivery.ARGUMENT and (takes or any("{prompt}" in w for w in resume)):
        raise HarnessError(f'{where} command: {{prompt}} needs prompt = "argument"')
    if any("{resume}" in word for word in command):
        raise HarnessError(f"{where} command: {{resume}} belongs in the resume command only")
    env = environment(where, table.get("env", {}))
    if delivery is not Delivery.TYPED:
        for key in sorted(table.keys() & _SEEN):
            raise HarnessError(f'{where} {key}: only an agent with prompt = "typed" is looked at')
        return Shell(name, command, delivery, env, resume)
    ready, working = (_shown(where, key, table.get(key, "")) for key in ("ready", "working"))
    if not ready:
        raise HarnessError(
            f'{where} ready: prompt = "typed" needs words that its screen shows when it takes a '
            'prompt, as in ready = "Type your message"; nothing is typed before'
        )
    asks = words(where, "asks", table["asks"]) if "asks" in table else ()
    permission = _permission(where, table["permission"]) if "permission" in table else None
    return Typed(
        name, command, delivery, env, resume,
        ready=ready, working=working, asks=asks, permission=permission,
    )  # fmt: skip


def _permission(where: str, written: object) -> Permission:
    known = {"shows", "allow", "deny"}
    if not isinstance(written, dict) or written.keys() != known:
        raise HarnessError(
            f"{where} permission: expected a table such as "
            '{ shows = "Do you want to proceed?", allow = ["y"], deny = ["Escape"] }'
        )
    shows = _shown(where, "permission.shows", written["shows"])
    if not shows:
        raise HarnessError(f"{where} permission.shows: expected words that its dialog shows")
    allow, deny = (_keys(where, f"permission.{one}", written[one]) for one in ("allow", "deny"))
    return Permission(shows, allow, deny)


def _keys(where: str, key: str, written: object) -> tuple[str, ...]:
    found = words(where, key, written)
    for one in found:
        if not _KEY.fullmatch(one):
            raise HarnessError(
                f'{where} {key}: {one!r} is no key; keys are "y", "Enter", "Escape", "Tab", '
                '"Down", "C-c" and the like, each a text of its own'
            )
    return found


def _shown(where: str, key: str, written: object) -> str:
    if not isinstance(written, str):
        raise HarnessError(f"{where} {key}: expected a text that its screen shows, not {written!r}")
    return written.strip()


def _delivery(where: str, written: object) -> Delivery:
    if isinstance(written, str) and written in set(Delivery):
        return Delivery(written)
    raise HarnessError(f'{where} prompt: expected "argument", "stdin" or "typed", not {written!r}')


def words(where: str, key: str, written: object) -> tuple[str, ...]:
    """Read a list of texts that is a command line, or a part of one."""
    found = [word for word in written if isinstance(word, str)] if isinstance(written, list) else []
    if not isinstance(written, list) or not found or len(found) != len(written) or not found[0]:
        raise HarnessError(f'{where} {key}: expected a list of texts such as ["agent", "--yes"]')
    for word in found:
        for unknown in set(PLACEHOLDER.findall(word)) - set(PLACEHOLDERS):
            known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
            raise HarnessError(f"{where} {key}: unknown {{{unknown}}}; known are {known}")
        if "\0" in word:
            raise HarnessError(f"{where} {key}: a word cannot contain a NUL character")
    return tuple(found)


def environment(where: str, written: object) -> dict[str, str]:
    """Read a table of environment variables."""
    if not isinstance(written, dict):
        raise HarnessError(f"{where} env: expected a table of texts")
    for key, value in written.items():
        if not isinstance(value, str) or "\0" in value:
            raise HarnessError(f"{where} env.{key}: expected a text, not {value!r}")
        if not key or "=" in key or "\0" in key:
            raise HarnessError(f"{where} env.{key}: not a name of an environment variable")
    return dict(written)
