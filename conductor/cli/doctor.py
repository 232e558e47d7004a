"""`conductor doctor`: what is here, what is missing, and the line that installs it."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys

from conductor.cleaning import clean_line
from conductor.cli import page
from conductor.cli.arguments import Parser
from conductor.cli.exposed import exposed
from conductor.cli.findings import Finding, Verdict
from conductor.cli.leftovers import leftovers
from conductor.homes import doubled
from conductor.places import PlaceError, Places, places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from conductor.config import Settings, Subscription
    from conductor.state import State
    from harnesses import Harness


_SIGNS = {Verdict.GOOD: ("✓", "green"), Verdict.NOTE: ("·", "yellow"), Verdict.BAD: ("✗", "red")}
_ROOM = 1 << 30


def doctor(words: list[str]) -> int:
    """Look at everything we depend on."""
    parser = Parser(
        "doctor",
        "What is here, what is missing, and the line that installs it. Ends with 1 if something "
        "is missing that nothing works without.",
        "conductor doctor",
    )
    parser.add_argument("--json", action="store_true", help="one document")
    given = parser.parse_args(words)
    findings = []
    for one in _look(places()):
        findings.append(one)
        if not given.json:
            sign, colour = _SIGNS[one.verdict]
            lines = page.beside(one.text, 17)
            print(f"{page.paint(sign, colour)} {page.fit(one.about, 14)} {lines}", flush=True)
    if given.json:
        page.document(
            {"findings": [{f: getattr(one, f) for f in Finding._fields} for one in findings]}
        )
    return 1 if any(one.verdict is Verdict.BAD for one in findings) else 0


def _look(where: Places) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("python", Verdict.GOOD, f"{version}, {sys.executable}")
    yield _tmux()
    yield _git()
    yield from _agents()
    settings = None
    state = None
    try:
        where.make()
    except PlaceError as error:
        yield Finding("folders", Verdict.BAD, str(error))
    else:
        yield _folder(where)
        state, found = _journal(where)
        yield found
    yield from _repositories(state)
    settings, found = _settings(where)
    yield found
    for text in exposed(where):
        yield Finding("privacy", Verdict.NOTE, text)
    if settings:
        yield from _subscriptions(settings)
    if state:
        yield from leftovers(where, state)


def _tmux() -> Finding:
    from conductor.terminals.errors import TerminalError
    from conductor.terminals.install import require

    try:
        return Finding("tmux", Verdict.GOOD, require())
    except TerminalError as error:
        return Finding("tmux", Verdict.BAD, str(error))


def _git() -> Finding:
    from worktrees import git
    from worktrees.errors import GitError

    try:
        git.require_git()
    except GitError as error:
        return Finding("git", Verdict.BAD, f"{error}. {error.hint}")
    return Finding("git", Verdict.GOOD, f"{git.version()}, {shutil.which('git') or 'found'}")


def _repositories(state: State | None) -> Iterator[Finding]:
    """Name what keeps work from landing in the repositories that are known, and in this one."""
    from conductor.config import ConfigError, load_repo
    from worktrees.errors import GitError
    from worktrees.repository import Repository

    found = {}
    for root in (".", *(state.repos if state else ())):
        # Elsewhere the person stands in none, or it is gone: that is said where it matters.
        with contextlib.suppress(GitError):
            repo = Repository.open(root)
            found[repo.root] = repo
    for repo in found.values():
        try:
            repo.identity()
        except GitError as error:
            text = f"{error} in {repo.root}, so nothing can land there. {error.hint}"
            yield Finding("identity", Verdict.NOTE, clean_line(text, 400))
        try:
            repo.target(load_repo(str(repo.root)).target)
        except ConfigError as error:
            yield Finding("settings", Verdict.BAD, clean_line(str(error), 400))
        except GitError as error:
            yield Finding("target", Verdict.NOTE, clean_line(f"{error}. {error.hint}", 400))


def _agents() -> Iterator[Finding]:
    from harnesses.installed import found, release

    node, none = release("node"), True
    for one in found():
        none = False
        notes = one.notes(node)
        signed = [", signed in"] if one.signed_in else []
        text = "; ".join([f"{one.version}, {one.path}{''.join(signed)}".lstrip(", "), *notes])
        yield Finding(one.cli.harness, Verdict.NOTE if notes else Verdict.GOOD, text)
    if none:
        yield Finding(
            "agents", Verdict.NOTE,
            "none that we know is on PATH: install one, such as Claude Code or Codex; the built-in "
            "agent needs only a model, and `conductor init` says how to name it",
        )  # fmt: skip


def _folder(where: Places) -> Finding:
    free = shutil.disk_usage(where.state).free
    inodes = os.statvfs(where.state).f_favail
    text = f"{where.state}, {free / (1 << 30):.1f} GB free"
    if not os.access(where.state, os.W_OK):
        return Finding("folders", Verdict.BAD, f"{where.state} is not writable: make it so")
    if free < _ROOM or 0 < inodes < 100_000:
        return Finding("folders", Verdict.NOTE, f"{text}, {inodes} files: that is little room")
    return Finding("folders", Verdict.GOOD, text)


def _journal(where: Places) -> tuple[State | None, Finding]:
    from conductor.journal import Journal, JournalError
    from conductor.runner.door import running

    try:
        with Journal(where.journal) as journal:
            state, length = journal.state, len(journal)
    except JournalError as error:
        return None, Finding("journal", Verdict.BAD, str(error))
    skipped = f", {state.skipped} of them not understood" if state.skipped else ""
    runner = "the runner runs" if running(where) else "no runner runs; it starts when needed"
    text = f"{length} facts{skipped}; {len(state.live)} agents at work; {runner}"
    return state, Finding("journal", Verdict.NOTE if state.skipped else Verdict.GOOD, text)


def _settings(where: Places) -> tuple[Settings | None, Finding]:
    from conductor.config import ConfigError, load_whole

    try:
        settings = load_whole(where.config_file)
    except ConfigError as error:
        return None, Finding("settings", Verdict.BAD, str(error))
    if not os.path.exists(where.config_file):
        text = f"{where.config_file} is not there yet: `conductor init` offers what goes into it"
        return settings, Finding("settings", Verdict.NOTE, text)
    if settings.wrong:
        return settings, Finding("settings", Verdict.BAD, " ".join(settings.wrong))
    return settings, Finding("settings", Verdict.GOOD, where.config_file)


def _subscriptions(settings: Settings) -> Iterator[Finding]:
    from harnesses.registry import registry

    known = registry(settings.harnesses)
    if not settings.subscriptions:
        text = "none yet, so no task can start: `conductor init --add all` adds what it finds"
        yield Finding("subscriptions", Verdict.NOTE, text)
    for one in settings.subscriptions:
        wrong = _wrong(one, known)
        slots = f"{one.slots} slot{'s' if one.slots > 1 else ''}"
        verdict, text = (
            (Verdict.NOTE, wrong) if wrong else (Verdict.GOOD, f"{one.harness}, {slots}")
        )
        yield Finding(one.name, verdict, text)
    for name, told in doubled(settings.subscriptions):
        yield Finding(name, Verdict.NOTE, told)


def _wrong(one: Subscription, known: dict[str, Harness]) -> str | None:
    """Say why a subscription cannot work, as far as can be seen without starting it."""
    from harnesses import HarnessError
    from harnesses.installed import described, lacking, outdated, sign_in, usual_home
    from worktrees import hardening

    if one.harness not in known:
        return f"there is no harness {one.harness!a}; there are {', '.join(known)}"
    if one.home and not os.path.isdir(one.home):
        return f"its home {one.home} is not there: sign in with its own CLI first"
    try:
        launch = described(known[one.harness], one.model, one.env, one.home or "")
    except HarnessError as error:
        return clean_line(str(error), 300)
    if program := lacking(launch, hardening.search_path()):
        return f"{program} is not on PATH: install it, or give its full path"
    path = shutil.which(launch.program, path=launch.env.get("PATH")) or launch.program
    words = (*launch.argv, *launch.env.values())
    own = one.home if one.home != usual_home(one.harness) else None
    if own and not any(own in word for word in words):
        return f"its home does nothing: {one.harness} takes an account by `env` instead"
    if told := outdated(one.harness, path):
        return told
    if line := sign_in(one.harness, launch, one.home or "", one.env):
        return f"nobody seems to be signed in: run `{line}` once"
    return None


COMMANDS = {"doctor": doctor}
