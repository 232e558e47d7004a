"""Reads what people have set, in their own file and in a repository's.

Wrong settings are told with file, place and what was expected; nothing is guessed from them.
"""

from __future__ import annotations

import os
import re

from conductor.settings import Landings, Policy, Pool, Repo, Settings, Subscription, Tool
from conductor.tables import ConfigError, Table, read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
LANDINGS = ("squash", "merge", "rebase")
BLANK = re.compile(r"\{(\w*)\}")
BLANKS = ("title", "text", "task", "agent", "model", "session")
"""What a message for landings may hold, in braces."""
AUTHOR = re.compile(r"[^<>\n]+ <[^<>\s]+@[^<>\s]+>")
CO_AUTHOR = "{agent} <{agent}@agents.invalid>"
PERMISSIONS = ("ask", "edits", "all")
MODES = ("terminal", "headless")
FAILOVERS = ("off", "ask", "auto")


def load(path: str) -> Settings:
    """Read the person's configuration; a missing file is an empty one.

    One subscription or harness that is wrong is left out, and the rest is there; what could change
    what agents may do, such as a policy, is never left out.
    """
    table = Table(path, read(path))
    wrong: list[str] = []
    subscriptions: dict[str, Subscription] = {}
    for told in table.tables("subscription"):
        try:
            one = _subscription(told)
            if one.name in subscriptions:
                raise told.wrong("name", f"two of them are called {one.name!r}; rename one")
            subscriptions[one.name] = one
        except ConfigError as error:
            wrong.append(str(error))
    fleet = table.table("fleet")
    screen = table.table("screen")
    harnesses: dict[str, Mapping[str, Any]] = {}
    for name in table.table("harness").content:
        try:
            harnesses[name] = table.table("harness").table(name).content
        except ConfigError as error:
            wrong.append(str(error))
    keys = table.table("keys")
    settings = Settings(
        subscriptions=tuple(subscriptions.values()),
        harnesses=harnesses,
        wrong=tuple(wrong),
        failover=fleet.choice("failover", FAILOVERS, "ask"),
        theme=screen.text("theme"),
        keys={name: keys.text(name) or "" for name in keys.content},
        pool=_pool(table, *Pool._fields),
        alerts=_alerts(table.table("meters")),
        policies=tuple(_policy(one) for one in table.tables("policy")),
    )
    fleet.nothing_else("failover")
    screen.nothing_else("theme")
    table.nothing_else(
        "subscription", "fleet", "screen", "harness", "keys", "pool", "meters", "policy"
    )
    return settings


def load_whole(path: str) -> Settings:
    """Read the same, and look into the tables of harnesses as well, which takes longer."""
    from harnesses.registry import faults

    settings, table = load(path), Table(path, {}, "harness")
    wrong = list(settings.wrong)
    for name, why in faults(settings.harnesses).items():
        told = why.removeprefix(f"[harness.{name}]").lstrip(": ")
        wrong.append(str(table.wrong(name, told)))
    return settings.but(wrong=tuple(wrong))


def names_commands(folder: str) -> bool:
    """Say whether a repository's conductor.toml can be read and names commands that would run."""
    try:
        return load_repo(folder).commands
    except ConfigError:
        return False


def load_repo(folder: str) -> Repo:
    """Read a repository's conductor.toml; a missing file asks for nothing."""
    table = Table(path := os.path.join(folder, "conductor.toml"), read(path))
    repo = Repo(
        target=table.text("target"),
        setup=table.text("setup"),
        verify=table.text("verify"),
        landing=_landings(table),
        review_limit=table.count("review_limit", 5),
        setup_timeout=float(table.count("setup_timeout", 900)),
        verify_timeout=float(table.count("verify_timeout", 1800)),
        copy=table.texts("copy"),
        cache=table.texts("cache"),
        pool=_pool(table, "size"),
        tools=_tools(table.table("tools")),
    )
    table.nothing_else(*Repo._fields)
    return repo


def _pool(table: Table, *known: str) -> Pool:
    told = table.table("pool")
    size = told.count("size", 0, least=0) if "size" in told.content else None
    told.nothing_else(*known)
    return Pool(size, told.count("disk", Pool().disk, least=0))


def _alerts(table: Table) -> tuple[int, ...]:
    """Read `alert = [80, 95]`; an empty list is none at all."""
    found = table.content.get("alert", list(Settings().alerts))
    known = isinstance(found, list) and all(type(one) is int and 0 < one <= 100 for one in found)
    if not known:
        raise table.wrong("alert", "a list of percents was expected, such as [80, 95]")
    table.nothing_else("alert")
    return tuple(found)


def _landings(table: Table) -> Landings:
    """Read `landing = "squash"`, or the table [landing] with more to say."""
    if not isinstance(table.content.get("landing"), dict):
        return Landings(table.choice("landing", LANDINGS, "squash"))
    told = table.table("landing")
    message = told.text("message")
    for name in BLANK.findall(message or ""):
        if name not in BLANKS:
            known = ", ".join(f"{{{one}}}" for one in BLANKS)
            raise told.wrong("message", f"it knows no {{{name}}}; known are {known}")
    if message is not None and not message.strip():
        raise told.wrong("message", "a commit needs words; leave this line out for our own")
    given = told.content.get("co_author", False)
    author = {True: CO_AUTHOR, False: None}.get(given) if isinstance(given, bool) else given
    if author is not None and not (isinstance(author, str) and AUTHOR.fullmatch(author)):
        raise told.wrong("co_author", 'true, false or a text like "Name <address>" was expected')
    made = Landings(
        told.choice("how", LANDINGS, "squash"), message, author,
        told.count("parallel", Landings().at_once),
    )  # fmt: skip
    told.nothing_else(*Landings._fields)
    return made


def _tools(table: Table) -> tuple[Tool, ...]:
    """Read `name = "command"`, or a table [tools.name] with more to say."""
    tools: list[Tool] = []
    for name, content in table.content.items():
        if not NAME.fullmatch(name):
            raise table.wrong(name, "letters, digits, '.', '_' and '-', as in [tools.server]")
        if not isinstance(content, dict):
            tools.append(Tool(name, table.need(name)))
            continue
        one = table.table(name)
        tools.append(Tool(name, one.need("command"), one.text("key"), one.flag("pinned")))
        one.nothing_else("command", "key", "pinned")
        if any(tool.key == tools[-1].key is not None for tool in tools[:-1]):
            raise one.wrong("key", f"another tool has the key {tools[-1].key!r}; choose one")
    return tuple(tools)


def _subscription(table: Table) -> Subscription:
    name, harness = table.need("name"), table.need("harness")
    if not NAME.fullmatch(name):
        raise table.wrong(
            "name", "letters, digits, '.', '_' and '-' (64 at most), as in \"claude-max\""
        )
    home, env = table.text("home"), table.table("env")
    made = Subscription(
        name=name,
        harness=harness,
        home=os.path.abspath(os.path.expanduser(home)) if home else None,
        slots=table.count("slots", 1),
        model=table.text("model"),
        env={key: env.text(key) or "" for key in env.content},
        permissions=table.choice("permissions", PERMISSIONS, "ask"),
        commands=table.texts("commands"),
        daily_tokens=table.count("daily_tokens", 0) or None,
        daily_usd=table.amount("daily_usd"),
        mode=table.choice("mode", MODES, "terminal"),
    )
    table.nothing_else(*Subscription._fields)
    return made


def _policy(table: Table) -> Policy:
    repo = table.text("repo")
    made = Policy(
        repo=os.path.realpath(os.path.expanduser(repo)) if repo else None,
        template=table.text("template"),
        permissions=table.choice("permissions", PERMISSIONS, "") or None,
        commands=table.texts("commands"),
    )
    table.nothing_else(*Policy._fields)
    return made


__all__ = [
    "ConfigError", "Landings", "Policy", "Pool", "Repo", "Settings", "Subscription", "Tool", "load",
    "load_repo", "load_whole",
]  # fmt: skip
