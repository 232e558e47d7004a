"""`conductor init`: a commented conductor.toml here, and what is found offered as subscriptions."""

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
from conductor.config import load
from conductor.places import places
from worktrees.repository import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

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
    """Write a conductor.toml, and offer subscriptions."""
    parser = Acting(
        "init",
        "Write a commented conductor.toml for this repository (one that is there stays as it is), "
        "and offer the agent CLIs found here as subscriptions.",
        "conductor init",
    )
    parser.add_argument("folder", nargs="?", default=".", metavar="DIR", help="default: here")
    given = parser.parse_args(words)
    repository = Repository.open(given.folder)
    path, verify, written = _write(repository)
    config = places().config_file
    names = [one.name for one in load(config).subscriptions]
    offers = list(_offers(config))
    if given.json:
        page.document(
            {
                "did": "init", "file": str(path), "written": written, "verify": verify,
                "config": config, "subscriptions": names, "offers": offers,
            }
        )  # fmt: skip
        return 0
    if not written:
        print(f"{clean(str(path))} is there already, and stays as it is.")
    else:
        print(f"Wrote {clean(str(path))}, every line of it a comment.")
        if verify:
            print(f"Its check is probably `{verify}`: take the # away if that is right.")
        else:
            print("No check was recognised: say in `verify` what must pass before a change lands.")
    if names:
        print(f"\nSubscriptions in {config}: {', '.join(names)}.")
    else:
        print(f"\nNo subscription yet. Put one of these into {config}:")
    for offer in offers:
        print(f"\n{offer}")
    if not os.path.exists(config):
        print(f"\n(That file is not there yet: mkdir -p -m 700 {os.path.dirname(config)})")
    return 0


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


def _offers(config: str) -> Iterator[str]:
    """Write an entry of config.toml for each agent that is found here and has none there."""
    from harnesses.installed import found, release

    settings = load(config)
    offered = False
    node = release("node")
    for one in found():
        if settings.subscription(one.cli.harness) is None:
            notes = "".join(f"\n# {note}" for note in one.notes(node))
            yield f"# {one.cli.harness} {one.version}{notes}\n{entry(one.cli)}"
            offered = True
    if not offered and not settings.subscriptions:
        yield BUILTIN


COMMANDS = {"init": init}
