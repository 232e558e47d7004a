"""GitHub and GitLab by their own command lines, which know who the person is there.

They are run away from the repository, with the project named: what an agent wrote into its
configuration has no say.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile

from conductor.acts import Refused
from conductor.cleaning import clean
from conductor.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    from worktrees.pushing import Remote

    class Forge(Protocol):
        """What can be done at a place where pull requests are."""

        def open(self, branch: str, target: str, title: str, body: str, *, draft: bool) -> str:
            """Open a request, and return its address."""

        def look(self, url: str) -> Pull:
            """See how it stands."""


class Pull(Value):
    """How a pull request stands: its checks as (name, passed | failed | pending)."""

    state: str
    checks: tuple[tuple[str, str], ...] = ()

    def of(self, state: str) -> list[str]:
        """Name the checks in a state."""
        return [name for name, its in self.checks if its == state]


def forge_for(remote: Remote) -> Forge:
    """Choose the command line for a remote, or say what is missing."""
    project = remote.project
    if project is None:
        raise Refused(
            f"{remote.name} is {clean(remote.url, 400)}, where there are no pull requests: "
            "name a remote at GitHub or GitLab (`git remote -v` shows yours)."
        )
    host, path = project
    lab = "gitlab" in host
    program, install = ("glab", "glab") if lab else ("gh", "gh")
    found = shutil.which(program)
    if found is None:
        raise Refused(
            f"{program} is not installed, which speaks to {host}: `sudo apt-get install {install}` "
            f"or `brew install {install}`, then `{program} auth login`."
        )
    return _GitLab(found, host, path) if lab else _GitHub(found, host, path)


class _GitHub:
    def __init__(self, program: str, host: str, path: str) -> None:
        self.program = program
        self.project = path if host in ("github.com", "ssh.github.com") else f"{host}/{path}"

    def open(self, branch: str, target: str, title: str, body: str, *, draft: bool) -> str:
        words = (
            "pr", "create", f"--repo={self.project}", f"--head={branch}", f"--base={target}",
            f"--title={title}", "--body-file=-", *(["--draft"] if draft else []),
        )  # fmt: skip
        return _address(_run(self.program, *words, given=body))

    def look(self, url: str) -> Pull:
        words = ("pr", "view", url, "--json=state,statusCheckRollup")
        told = _document(_run(self.program, *words))
        return Pull(
            str(told.get("state", "")).lower(),
            tuple(_check(one) for one in told.get("statusCheckRollup") or ()),
        )


class _GitLab:
    def __init__(self, program: str, host: str, path: str) -> None:
        self.program = program
        self.project = f"https://{host}/{path}"

    def open(self, branch: str, target: str, title: str, body: str, *, draft: bool) -> str:
        words = (
            "mr", "create", f"--repo={self.project}", f"--source-branch={branch}",
            f"--target-branch={target}", f"--title={title}", f"--description={body}", "--yes",
            *(["--draft"] if draft else []),
        )  # fmt: skip
        return _address(_run(self.program, *words))

    def look(self, url: str) -> Pull:
        number = url.rstrip("/").rpartition("/")[2]
        words = ("mr", "view", number, f"--repo={self.project}", "--output=json")
        told = _document(_run(self.program, *words))
        state = {"opened": "open"}.get(str(told.get("state")), str(told.get("state")))
        line = told.get("head_pipeline") or told.get("pipeline") or {}
        checks = ((f"pipeline {line.get('id')}", _word(str(line.get("status")))),) if line else ()
        return Pull(state, checks)


def _check(told: dict[str, Any]) -> tuple[str, str]:
    """Read one check: a run has a conclusion once it is complete, a status has a state."""
    name = str(told.get("name") or told.get("context") or "check")
    return name, _word(str(told.get("conclusion") or told.get("state") or told.get("status")))


def _word(said: str) -> str:
    match said.lower():
        case "success" | "neutral" | "skipped" | "passed":
            return "passed"
        case (
            "failure"
            | "failed"
            | "error"
            | "cancelled"
            | "canceled"
            | "timed_out"
            | ("action_required" | "startup_failure" | "stale")
        ):
            return "failed"
    return "pending"


def _address(out: str) -> str:
    found = [line.strip() for line in out.splitlines() if line.strip().startswith("https://")]
    if not found:
        raise Refused(f"It was opened, but no address was told: {clean(out, 400)}")
    return found[-1]


def _document(out: str) -> dict[str, Any]:
    try:
        told = json.loads(out)
    except ValueError as error:
        raise Refused(f"The answer cannot be read ({error}): {clean(out, 400)}") from None
    return told if isinstance(told, dict) else {}


def _run(program: str, *words: str, given: str = "") -> str:
    """Run a forge's command line in an empty folder; its refusal is told in its own words."""
    with tempfile.TemporaryDirectory(prefix="conductor-") as folder:
        try:
            done = subprocess.run(
                (program, *words), cwd=folder, input=given.encode("utf-8", "replace"),
                capture_output=True, timeout=120, check=False,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Refused(f"{program} did not come to an end: {error}") from None
    out = done.stdout.decode("utf-8", "replace")
    if done.returncode:
        said = clean(done.stderr.decode("utf-8", "replace"), 2000).strip() or clean(out, 400)
        name = program.rpartition("/")[2]
        raise Refused(f"{name} {words[0]} {words[1]} ended with {done.returncode}: {said}")
    return out
