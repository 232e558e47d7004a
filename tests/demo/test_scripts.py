"""The written demo itself: its commands do what its agents say, in any order of landing."""

import itertools
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

DEMO = Path(__file__).resolve().parents[2] / "templates" / "demo"
QUEUE = tomllib.loads((DEMO / "tasks" / "tasks.toml").read_text())["task"]
QUIET = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "test",
    "GIT_AUTHOR_EMAIL": "test@example.com",
    "GIT_COMMITTER_NAME": "test",
    "GIT_COMMITTER_EMAIL": "test@example.com",
}
FIRST = [task["script"] for task in QUEUE if "after" not in task]


def sh(command, cwd, ok=True):
    done = subprocess.run(
        ["/bin/sh", "-c", command], check=False, cwd=cwd, env=QUIET, capture_output=True, text=True
    )
    assert not ok or done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def turns(script, when=""):
    written = tomllib.loads((DEMO / "tasks" / script).read_text())["turn"]
    return [turn["reply"] for turn in written if turn.get("when", "") == when]


def play(replies, tree):
    return [sh(one["command"], tree, ok=False) for one in replies if "command" in one]


def passes(tree):
    return "OK" in sh(f"{sys.executable} -m unittest -q", tree, ok=False).split()


def work(script, tree, answer="aye"):
    """Play what a task's agent does until its own check would pass."""
    play(turns(script)[0], tree)
    if script == "cents.toml":
        play(turns(script, answer)[0], tree)
    if script == "comma.toml":
        assert not passes(tree), "its first try is meant to break the check"
        play(turns(script, "check failed")[0], tree)
    assert passes(tree)
    assert sh("git status --porcelain", tree) == "", "an agent commits all its work"


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    sh(f"cp -R {DEMO / 'project'} {folder}", tmp_path)
    sh("git init -q -b main && git add -A && git commit -q -m first", folder)
    return folder


def branch(project, script, base="main"):
    tree = project.parent / f"{script}-{len(list(project.parent.iterdir()))}"
    sh(f"git worktree add -q -b {tree.name} {tree} {base}", project)
    return tree


def land(project, tree):
    """Squash a branch onto main, or return False for a conflict."""
    merged = sh(f"git merge -q --squash {tree.name}", project, ok=False)
    if "CONFLICT" in merged:
        sh("git reset -q --hard", project)
        return False
    sh(f"git commit -q -m {tree.name}", project)
    return True


@pytest.mark.parametrize("answer", ["aye", "lphabet", ""])
def test_the_answer_decides(project, answer):
    tree = branch(project, "cents.toml")
    first, *others = turns("cents.toml")
    assert "question" in first[-1]
    play(first, tree)
    play(turns("cents.toml", answer)[0] if answer else others[0], tree)
    shares = sh(
        'python3 -c "from fairshare.ledger import *; '
        "print(shares(Expense('C', 10, '', ('A', 'B', 'C'))))\"",
        tree,
    )
    assert ("'A': 4" in shares) == (answer == "lphabet")
    assert ("'C': 4" in shares) == (answer != "lphabet")
    assert passes(tree)


@pytest.mark.long
@pytest.mark.parametrize(
    ("script", "title", "about"),
    [
        ("lines.toml", "Say which line of a trip file is wrong", "reader.line_num"),
        ("markdown.toml", "Report as Markdown", "{name}"),
    ],
)
def test_another_agents_remark_is_about_what_stands_there(project, script, title, about):
    tree = branch(project, script)
    work(script, tree)
    said = turns("anything.toml", title)[0]
    play(said, tree)
    ((path, line),) = re.findall(r"^(\S+):(\d+): ", said[-1]["text"], re.MULTILINE)
    assert about in (tree / path).read_text().splitlines()[int(line) - 1]


@pytest.mark.long
def test_everything_lands_in_any_order(project):
    trees = {script: branch(project, script) for script in FIRST}
    for script, tree in trees.items():
        work(script, tree)
    start = sh("git rev-parse HEAD", project).strip()
    turned = FIRST[3:] + FIRST[:3]
    for order in (FIRST, FIRST[::-1], turned, turned[::-1]):
        sh(f"git reset -q --hard {start}", project)
        for script in order:
            tree = branch(project, script, base=trees[script].name)
            if not land(project, tree):
                assert script in ("markdown.toml", "json.toml"), f"{script} in {order}"
                assert "CONFLICT" in play(turns(script, "conflicts with")[0], tree)[0]
                assert sh("git status --porcelain", tree) == ""
                assert land(project, tree)
            assert passes(project), f"{script} in {order}"
    for script in ("payments.toml", "random.toml"):
        tree = branch(project, script)
        work(script, tree)
        assert land(project, tree)
        assert passes(project)


@pytest.mark.long
def test_the_two_reports_conflict_and_either_may_come_first(project):
    trees = {script: branch(project, script) for script in ("markdown.toml", "json.toml")}
    for script, tree in trees.items():
        work(script, tree)
    for first, second in itertools.permutations(trees):
        sh("git checkout -q -B main $(git rev-list --max-parents=0 HEAD)", project)
        assert land(project, trees[first])
        assert not land(project, trees[second])


@pytest.mark.long
@pytest.mark.parametrize("script", ["markdown.toml", "json.toml"])
def test_a_report_that_starts_late_meets_no_conflict(project, script):
    other = "json.toml" if script == "markdown.toml" else "markdown.toml"
    early = branch(project, other)
    work(other, early)
    assert land(project, early)
    late = branch(project, script)
    work(script, late)
    assert land(project, late)
    assert passes(project)


def test_every_queued_task_can_be_told_from_the_others():
    titles = [task["title"] for task in QUEUE]
    assert len(set(titles)) == len(titles)
    for task in QUEUE:
        assert set(task.get("after", ())) <= set(titles[: titles.index(task["title"])])
        assert task["text"].strip().startswith(task["title"])
        written = tomllib.loads((DEMO / "tasks" / task["script"]).read_text())["turn"]
        assert not [turn for turn in written if turn.get("when", task["text"]) in task["text"][:-1]]
