"""Pushing to a real remote, and pull requests by a `gh` that is another program altogether."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from conductor import events as e
from tests.cli.conftest import Line, Said, git
from tests.conductor.facts import added, claimed

GH = """#!{python}
import json, os, sys
with open({log!r}, "a") as log:
    print(json.dumps([sys.argv[1:], sys.stdin.read() if "--body-file=-" in sys.argv else "",
                      os.getcwd()]), file=log)
if sys.argv[2] == "create":
    print("Creating ...", file=sys.stderr)
    print("https://github.com/ada/project/pull/7")
elif os.path.exists({gone!r}):
    sys.exit("could not resolve to a PullRequest\\x1b[31m")
else:
    print(json.dumps({{"state": "OPEN", "statusCheckRollup": [
        {{"name": "tests", "status": "COMPLETED", "conclusion": "FAILURE"}},
        {{"context": "ci/lint", "state": "SUCCESS"}}, {{"name": "slow", "status": "QUEUED"}}]}}))
"""


class Remote:
    """A bare repository that is reached by the address of one at GitHub."""

    def __init__(self, line: Line, folder: Path) -> None:
        self.bare = folder / "remotes" / "ada" / "project.git"
        self.bare.parent.mkdir(parents=True)
        git(line.repo, "clone", "-q", "--bare", str(line.repo), str(self.bare))
        git(line.repo, "remote", "add", "origin", "https://github.com/ada/project.git")
        base = f"{folder / 'remotes'}/"
        (line.home / ".gitconfig").write_text(
            f'[url "{base}"]\n\tinsteadOf = https://github.com/\n'
        )
        self.tools = folder / "tools"
        self.tools.mkdir()
        for name in ("git", "git-receive-pack", "sh"):
            if found := shutil.which(name):
                (self.tools / name).symlink_to(found)
        self.log = folder / "gh.log"
        self.gone = folder / "gone"
        self.line = line

    def gh(self) -> None:
        """Install a `gh`."""
        program = self.tools / "gh"
        text = GH.format(python=sys.executable, log=str(self.log), gone=str(self.gone))
        program.write_text(text)
        program.chmod(0o755)

    def __call__(self, *words: str) -> Said:
        class There(Line):
            @property
            def env(self) -> dict[str, str]:
                return super().env | {"PATH": tools}

        tools = str(self.tools)
        return There(self.line.home, self.line.repo)(*words)

    def at(self, ref: str) -> str:
        return git(self.bare, "rev-parse", ref)

    @property
    def asked(self) -> list[tuple[list[str], str, str]]:
        return [tuple(json.loads(line)) for line in self.log.read_text().splitlines()]


@pytest.fixture
def remote(conductor: Line, tmp_path: Path) -> Remote:
    return Remote(conductor, tmp_path)


def _change(line: Line, text: str = "two\n", *, first: bool = True) -> str:
    """Bring a change to review, as a snapshot on top of its agent's commit."""
    repo = line.repo
    base = git(repo, "rev-parse", "main")
    git(repo, "checkout", "-q", *(["-b"] if first else []), "work")
    (repo / "a.txt").write_text(text)
    git(repo, "commit", "-qam", "by its agent")
    own = git(repo, "rev-parse", "HEAD")
    git(repo, "checkout", "-q", "main")
    tree = git(repo, "rev-parse", f"{own}^{{tree}}")
    kept = git(repo, "commit-tree", tree, "-p", own, "-m", "Work")
    with line.journal() as journal:
        if first:
            journal.append(
                added("t1", repo=str(repo), title="Say two", text="Say two, please."), claimed(),
                e.WorktreeCreated("s1", "/nowhere", "conductor/t1-say-two", base),
                e.SessionStarted("s1", 1), e.SessionBusy("s1", "x"),
                e.SessionIdle("s1", "x", "I said two.\n\nNothing is unsure."),
            )  # fmt: skip
        else:
            journal.append(e.ChangeSentBack("t1", "s1", "more"))
        journal.append(
            e.SnapshotTaken("s1", kept, tree, ("a.txt",)), e.ReviewReady("t1", "s1", kept, 1)
        )
    return own


def test_the_target_goes_to_its_remote_and_a_hook_is_not_run(remote: Remote) -> None:
    repo = remote.line.repo
    hook = repo / ".git" / "hooks" / "pre-push"
    hook.write_text("#!/bin/sh\nsleep 60\n")
    hook.chmod(0o755)
    git(repo, "config", "credential.helper", "!touch planted")
    git(repo, "config", "remote.origin.receivepack", "touch planted; git-receive-pack")
    git(repo, "commit", "-q", "--allow-empty", "-m", "More")
    said = remote("push")
    assert said.code == 0, said.err
    assert "https://github.com/ada/project.git" in said.out
    assert remote.at("main") == git(repo, "rev-parse", "main")
    assert git(repo, "rev-parse", "refs/remotes/origin/main") == remote.at("main")
    assert not (repo / "planted").exists()
    assert "has it already" in remote("push").out
    with remote.line.journal() as journal:
        pushed = [r.fact for r in journal.since(0) if isinstance(r.fact, e.TargetPushed)]
    assert [one.commit for one in pushed] == [remote.at("main")]


def test_a_remote_that_has_gone_on_is_not_forced(remote: Remote, tmp_path: Path) -> None:
    other = tmp_path / "other"
    git(tmp_path, "clone", "-q", str(remote.bare), str(other))
    git(other, "-c", "user.name=B", "-c", "user.email=b@x.org", "commit", "-q", "--allow-empty",
        "-m", "Theirs")  # fmt: skip
    git(other, "push", "-q")
    theirs = remote.at("main")
    git(remote.line.repo, "commit", "-q", "--allow-empty", "-m", "Mine")
    said = remote("push")
    assert said.code == 1
    assert "Nothing was forced" in said.err
    assert "git fetch origin" in said.err
    assert remote.at("main") == theirs


def test_what_has_not_landed_is_not_pushed(remote: Remote) -> None:
    _change(remote.line)
    said = remote("push", "t1")
    assert said.code == 1
    assert "conductor pr t1" in said.err


def test_no_remote_and_no_gh_are_sentences_with_a_line_to_run(
    conductor: Line, tmp_path: Path
) -> None:
    said = conductor("push")
    assert said.code == 1
    assert "git remote add origin URL" in said.err
    remote = Remote(conductor, tmp_path)
    _change(conductor)
    said = remote("pr", "t1")
    assert said.code == 1
    assert "gh auth login" in said.err
    assert git(remote.bare, "branch", "--list").split() == ["*", "main"]
    git(conductor.repo, "remote", "set-url", "origin", "git@gitlab.example.org:ada/p.git")
    assert "glab auth login" in remote("pr", "t1").err
    git(conductor.repo, "remote", "set-url", "origin", str(remote.bare))
    assert "no pull requests" in remote("pr", "t1").err


def test_a_change_is_put_up_once_and_what_is_newer_follows(remote: Remote) -> None:
    remote.gh()
    own = _change(remote.line)
    said = remote("pr", "t1")
    assert said.code == 0, said.err
    branch = "conductor/t1-say-two"
    assert remote.at(branch) == own  # its agent's commit, not our snapshot
    argv, body, folder = remote.asked[0]
    assert argv == [
        "pr", "create", "--repo=ada/project", f"--head={branch}", "--base=main",
        "--title=Say two", "--body-file=-",
    ]  # fmt: skip
    assert body.startswith("I said two.\n\nNothing is unsure.")
    assert "Say two, please." in body
    assert not os.path.exists(folder)
    for line in ("pull/7 is open", "failed   tests", "passed   ci/lint", "pending  slow"):
        assert line in said.out
    newer = _change(remote.line, "three\n", first=False)
    content = remote("pr", "t1", "--json").json
    assert content["checks"][0] == {"name": "tests", "state": "failed"}
    assert (content["url"], content["commit"]) == ("https://github.com/ada/project/pull/7", newer)
    assert [argv[1] for argv, _, _ in remote.asked] == ["create", "view", "view"]
    assert remote.at(branch) == newer
    assert "1 passed, 1 failed, 1 pending" in remote("show", "t1").out
    remote.gone.touch()
    said = remote("pr", "t1")
    assert said.code == 1
    assert "could not resolve to a PullRequest" in said.err
    assert "\x1b" not in said.err


def test_gitlab_is_asked_by_its_own_command_line(remote: Remote, tmp_path: Path) -> None:
    repo, log = remote.line.repo, tmp_path / "glab.log"
    there = tmp_path / "remotes" / "ada" / "project.git"
    (remote.line.home / ".gitconfig").write_text(
        f'[url "{there}"]\n\tinsteadOf = git@gitlab.example.org:ada/project.git\n'
    )
    git(repo, "remote", "set-url", "origin", "git@gitlab.example.org:ada/project.git")
    glab = remote.tools / "glab"
    glab.write_text(
        f'#!/bin/sh\necho "$@" >> {log}\ncase $2 in\n'
        "create) echo; echo https://gitlab.example.org/ada/project/-/merge_requests/3;;\n"
        """view) echo '{"state": "opened", "head_pipeline": {"id": 8, "status": "running"}}';;\n"""
        "esac\n"
    )
    glab.chmod(0o755)
    own = _change(remote.line)
    said = remote("pr", "t1", "--draft")
    assert said.code == 0, said.err
    assert remote.at("conductor/t1-say-two") == own
    assert "merge_requests/3 is open" in said.out
    assert "pending  pipeline 8" in said.out
    asked = log.read_text()
    assert "mr create --repo=https://gitlab.example.org/ada/project" in asked
    assert "--yes --draft" in asked
    assert "mr view 3 --repo=https://gitlab.example.org/ada/project --output=json" in asked


def test_history_that_its_agent_rewrote_is_put_up_on_top_of_what_was_there(remote: Remote) -> None:
    remote.gh()
    first = _change(remote.line)
    remote("pr", "t1")
    repo = remote.line.repo
    git(repo, "branch", "-f", "work", "main")
    rewritten = _change(remote.line, "four\n", first=False)
    assert remote("pr", "t1").code == 0
    there = remote.at("conductor/t1-say-two")
    assert git(repo, "rev-parse", f"{there}^") == first
    assert git(repo, "rev-parse", f"{there}^{{tree}}") == git(
        repo, "rev-parse", f"{rewritten}^{{tree}}"
    )


def test_files_in_lfs_are_left_to_the_persons_own_git(remote: Remote) -> None:
    repo = remote.line.repo
    (repo / ".gitattributes").write_text("*.bin filter=lfs diff=lfs merge=lfs -text\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "Keep large files elsewhere")
    said = remote("push")
    assert said.code == 1
    assert f"git -C {repo} push origin" in said.err
