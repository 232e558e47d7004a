"""Pushing a branch to a remote, in the person's own terminal and with their own credentials.

Of the person's settings those that take git to a remote stay in force: who they are there, which
program keeps their passwords, how ssh is started. They are read from their own configuration only;
what the repository's says of these is overridden, because an agent can write there. Hooks are not
run, and nothing is ever forced. What remains: the remote's address is the repository's own, so it
is shown; and its `http.*` and `url.*` settings stay in force.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from worktrees import git, hardening, landings, merges, refs
from worktrees.errors import GitError

if TYPE_CHECKING:
    from worktrees.repository import Repository

_PROTOCOLS = "https:http:ssh:git:file"
_HOST = re.compile(
    r"(?:\w+://)?(?:[^@/]+@)?(?P<host>[\w.-]+)(?::\d+/|[:/])(?P<path>.+?)(?:\.git)?/?$"
)


@dataclass(frozen=True, slots=True)
class Remote:
    """Where a branch is pushed to."""

    name: str
    url: str
    ref: str

    @property
    def project(self) -> tuple[str, str] | None:
        """The host and the project's path there, if the address is one of the usual kinds."""
        found = None if self.url.startswith(("/", ".", "file:")) else _HOST.fullmatch(self.url)
        return (found["host"], found["path"]) if found else None


def remote_of(repo: Repository, branch: str) -> Remote:
    """Find where a branch goes: its upstream, else `origin`, else the only remote there is."""
    listed = git.run(repo.place, "remote").decode("utf-8", "replace").split()
    wanted = _setting(repo, f"branch.{branch}.remote")
    name = wanted if wanted in listed else "origin" if "origin" in listed else None
    if name is None and len(listed) == 1:
        name = listed[0]
    if name is None:
        told = f"; there are {', '.join(listed[:8])}" if listed else ""
        raise GitError(
            f"{repo.root} has no remote that {branch} goes to{told}",
            "Name one: `git remote add origin URL`, or `git branch --set-upstream-to=REMOTE/"
            f"{branch} {branch}`.",
        )
    url = git.run(repo.place, "remote", "get-url", "--push", name).decode("utf-8", "replace")
    upstream = _setting(repo, f"branch.{branch}.merge") if name == wanted else None
    return Remote(name, url.strip(), upstream or f"refs/heads/{branch}")


def push(repo: Repository, remote: Remote, commit: str, ref: str) -> str | None:
    """Push a commit to a ref of a remote; return what the remote had there, as far as is known."""
    _refuse_large_files(repo, commit, remote)
    tracking = ref.replace("refs/heads/", f"refs/remotes/{remote.name}/", 1)
    before = refs.resolve(repo.place, tracking)
    oid = repo.commit_of(commit)
    words = (
        "push", "--porcelain", "--no-verify", "--no-signed", "--no-follow-tags",
        "--recurse-submodules=no",
    )  # fmt: skip
    code, out = git.in_terminal(
        repo.place, *words, "--", remote.name, f"{oid}:{ref}", env=_environment(repo)
    )
    if code == 0:
        return before
    if "[rejected]" in out or "[remote rejected]" in out:
        why = next(line for line in out.splitlines() if "rejected]" in line).split("\t")[-1]
        raise GitError(
            f"{remote.name} did not take {ref.removeprefix('refs/heads/')}: {why}",
            f"Nothing was forced. Fetch what is there (`git fetch {remote.name}`), bring it in, "
            "and push again.",
        )
    raise GitError(
        f"git could not push to {remote.url}",
        "Its words are above. Try `git push` by hand: what works there works here.",
    )


def offered(repo: Repository, change: str, earlier: str | None, message: str) -> str:
    """The commit to put up for a change: the agent's own, on top of what was put up before."""
    own = landings.side(repo, change, message)
    if earlier is None or refs.resolve(repo.place, earlier) is None:
        return own
    if landings.holds(repo, own, earlier):
        return own
    if merges.tree_of(repo, own) == merges.tree_of(repo, earlier):
        return earlier
    return merges.commit_tree(repo, merges.tree_of(repo, own), (earlier,), message)


def _refuse_large_files(repo: Repository, commit: str, remote: Remote) -> None:
    """A file kept in LFS is sent by a hook, and hooks are not run: that would be half a push."""
    words = ("grep", "-l", "-I", "filter=lfs", commit, "--", ".gitattributes")
    if git.ask(repo.place, *words).code == 0:
        raise GitError(
            "This repository keeps files in LFS, whose pushing needs a hook, and hooks are not run",
            f"Push it yourself: git -C {repo.root} push {remote.name}",
        )


def _setting(repo: Repository, key: str) -> str | None:
    answer = git.ask(repo.place, "config", "--get", key)
    return answer.out.decode("utf-8", "replace").strip() or None if answer.code == 0 else None


def _environment(repo: Repository) -> dict[str, str]:
    """The person's own environment, and settings that a repository cannot change."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    listed = git.listed(repo.place)
    own: dict[str, list[str]] = {
        "credential.helper": [""],
        "core.sshcommand": ["ssh"],
        "core.askpass": [""],
    }
    for scope, key, value in listed:
        personal = scope in {"global", "system"}
        if key == "credential.helper" and personal:
            own[key].append(value)
        elif key in {"core.sshcommand", "core.askpass"} and personal:
            own[key] = [value]
        elif key.startswith("credential.") and key.endswith(".helper"):
            kept = own.setdefault(key, [""])
            if personal:
                kept.append(value)
        elif not personal and re.fullmatch(r"remote\..+\.(receivepack|vcs)", key, re.DOTALL):
            if key.endswith(".vcs"):
                raise GitError(f"{key} is set in this repository", "Unset it: it names a program.")
            own[key] = ["git-receive-pack"]
    pairs = [(key, value) for key, values in own.items() for value in values]
    pairs += [(key, value) for key, value in hardening.FIXED if key not in _OPEN]
    numbered = {"GIT_CONFIG_COUNT": str(len(pairs))}
    for number, (key, value) in enumerate(pairs):
        numbered |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return (
        mine
        | numbered
        | {
            "PATH": hardening.search_path(),
            "GIT_ALLOW_PROTOCOL": _PROTOCOLS,
            "GIT_NO_REPLACE_OBJECTS": "1",
        }
    )


_OPEN = frozenset(
    {"core.sshCommand", "credential.helper", "protocol.allow", "core.askPass", "color.ui"}
)
