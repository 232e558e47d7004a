"""`conductor init`: a commented conductor.toml here, and subscriptions for what is found."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from conductor.acts import Refused
from conductor.cleaning import clean
from conductor.cli import page
from conductor.cli.deeds import Acting
from conductor.cli.offers import BUILTIN, entry
from conductor.config import ConfigError, load
from conductor.places import places
from harnesses.installed import Found, found, release
from worktrees.errors import GitError
from worktrees.repository import Repository

_TEXT = """\
# What this repository asks of work that coding agents do in it. Every line is optional.
# Read by Conductor; commit it, so that it holds for everybody.

# The branch that work lands on. Without it: the one that is checked out.
#target = {target}

# Run once in every new worktree, before the agent starts.
#setup = {setup}

# Ignored files that every worktree needs, copied from this checkout.
#copy = [".env"]

# What must pass before a change lands; it runs in a clean worktree.
#verify = {verify}

# How a change lands: squash, merge or rebase.
#landing = "squash"

# No new task starts while so many changes wait for review.
#review_limit = 5

# Seconds that setup and verify may take.
#setup_timeout = 900
#verify_timeout = 1800
"""


def init(words: list[str]) -> int:
    """Write a conductor.toml, and offer subscriptions, or add them."""
    parser = Acting(
        "init",
        "Write a commented conductor.toml for this repository (one that is there stays as it is), "
        "and offer the agent CLIs found here as subscriptions.",
        "conductor init",
        "conductor init --add all",
        "conductor init --add claude,codex",
    )
    parser.add_argument("folder", nargs="?", default=".", metavar="DIR", help="default: here")
    parser.add_argument(
        "--add",
        metavar="NAME,...|all",
        help="write the entries of these, or of all that are found, into your config.toml",
    )
    given = parser.parse_args(words)
    config = places().config_file
    offers = _offers(config)
    node = release("node") if offers else ""
    added = _add(config, offers, given.add) if given.add is not None else []
    try:
        path, verify, written = _write(Repository.open(given.folder))
    except GitError as error:
        if not added:
            raise
        nowhere = str(error)  # subscriptions are the person's, wherever they stand
        path, verify, written = None, None, False
    names = [one.name for one in load(config).subscriptions]
    if given.json:
        page.document(
            {
                "did": "init", "file": path and str(path), "written": written, "verify": verify,
                "config": config, "subscriptions": names,
                "added": [one.cli.harness for one in added],
                "offers": [_offer(one, node) for one in offers] or ([] if names else [BUILTIN]),
            }
        )  # fmt: skip
        return 0
    if path is None:
        print(f"No conductor.toml was written: {clean(nowhere)}.")
    else:
        _tell_of(path, verify, written=written)
    if names:
        print(f"\nSubscriptions in {config}: {', '.join(names)}.")
    elif offers:
        print(f"\nNo subscription yet: `conductor init --add all` writes these into {config}.")
    else:
        print(f"\nNo agent was found here. For our own one, put this into {config}:\n\n{BUILTIN}")
    for one in added:
        for note in one.notes(node):
            print(f"{one.cli.harness}: {note}.")
    for one in offers:
        print(f"\n{_offer(one, node)}")
    if added:
        print('Next: `conductor add "What is to be done"` in a repository, or n in `conductor`.')
    return 0


def _tell_of(path: Path, verify: str | None, *, written: bool) -> None:
    """Say what became of the repository's file, and what to look at in it."""
    if not written:
        print(f"{clean(str(path))} is there already, and stays as it is.")
        return
    print(f"Wrote {clean(str(path))}, every line of it a comment.")
    if verify:
        print(f"Its check is probably `{verify}`: take the # away if that is right.")
    else:
        print("No check was recognised: say in `verify` what must pass before a change lands.")


def _add(config: str, offers: list[Found], wanted: str) -> list[Found]:
    """Write entries at the end of the person's configuration, and return whose they are."""
    known = {one.cli.harness: one for one in offers}
    names = known if wanted == "all" else dict.fromkeys(filter(None, wanted.split(",")))
    for name in names:
        if name not in known:
            there = f"What can be added: {', '.join(known)}." if known else "Nothing can be added."
            raise Refused(f"{name} is not found here, or has its entry already. {there}")
    if not names:
        return []
    added = [known[name] for name in names]
    folder = os.path.dirname(config)
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        with open(os.open(config, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="utf-8") as file:
            before = file.read()
            gap = "" if not before else "\n" if before.endswith("\n") else "\n\n"
            file.write(gap + "\n\n".join(entry(one.cli) for one in added) + "\n")
    except OSError as error:
        raise Refused(f"{config} cannot be written: {error.strerror}.") from error
    for one in added:
        offers.remove(one)
    return added


def _write(repository: Repository) -> tuple[Path, str | None, bool]:
    """Write the file unless there is one; return it, the check guessed, and whether it is new."""
    path = repository.root / "conductor.toml"
    setup, verify = guess(repository.root)
    text = _TEXT.format(
        target=json.dumps(repository.branch() or "main"),
        setup=json.dumps(setup or "make setup"),
        verify=json.dumps(verify or "make test"),
    )
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        return path, verify, False
    except OSError as error:
        raise Refused(f"{path} cannot be written: {error.strerror}.") from error
    return path, verify, True


def guess(root: Path) -> tuple[str | None, str | None]:
    """Guess a repository's setup and check; only ever written as comments, for it would run."""
    pyproject, package = _read(root / "pyproject.toml"), _read(root / "package.json")
    setup = verify = None
    if pyproject and (root / "uv.lock").exists():
        setup, verify = "uv sync", "uv run pytest -q" if "pytest" in pyproject else None
    elif pyproject and "pytest" in pyproject:
        verify = "python3 -m pytest -q"
    elif package:
        setup = "npm ci" if (root / "package-lock.json").exists() else "npm install"
        verify = "npm test" if re.search(r'"test"\s*:', package) else None
    elif (root / "Cargo.toml").exists():
        verify = "cargo test"
    elif (root / "go.mod").exists():
        verify = "go test ./..."
    if re.search(r"^test\s*:", _read(root / "Makefile"), re.MULTILINE):
        verify = "make test"  # the owners' own word for it
    return setup, verify


def _read(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(1 << 20)
    except OSError:
        return ""


def _offers(config: str) -> list[Found]:
    """List the agents that are found here and have no subscription yet."""
    settings = load(config)
    if settings.wrong:  # nothing is added to what is to be mended first
        raise ConfigError(settings.wrong[0])
    return [one for one in found() if settings.subscription(one.cli.harness) is None]


def _offer(one: Found, node: str) -> str:
    """Write an entry for a person to read: with what is known of its program."""
    told = "".join(f"\n# {note}" for note in one.notes(node))
    return f"# {one.cli.harness} {one.version}{told}\n{entry(one.cli)}"


COMMANDS = {"init": init}
