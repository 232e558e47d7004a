"""An agent plants all it can in its repository: what a person then does runs nothing of it."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest

from conductor import events as e
from conductor.state import TaskState
from tests.runner.conftest import Say
from tests.runner.house import House
from tests.worktrees.plants import ATTRIBUTES, HOOKS, Canary, settings

REVIEW, LANDED = TaskState.REVIEW, TaskState.LANDED


@pytest.fixture
def canary(house: House) -> Canary:
    return Canary(house.folder)


def planting(house: House, canary: Canary, whole: str) -> Path:
    """A script that plants everything where an agent can write, and calls no git itself."""
    config = house.folder / "planted.config"
    for name, value in settings(str(canary.program)):
        house.git("config", "--file", str(config), "--add", name, value)
    house.git("config", "--file", str(config), "diff.external", str(canary.program))
    common, outside = house.repo / ".git", house.folder / "outside"
    outside.mkdir()
    (outside / "app.py").write_text("not to be read or written\n")
    attributes = ATTRIBUTES + "* filter=evil diff=evil merge=evil\n"
    script = house.folder / "plant.sh"
    script.write_text(
        f"""set -e
cat {config} >> {common}/config
printf '[core]\\n\\thooksPath = {house.folder}/hooks\\n[include]\\n\\tpath = {config}\\n' \
  >> {common}/config
mkdir -p {house.folder}/hooks {common}/hooks {common}/info
for name in {" ".join(HOOKS.split())}; do
  cp {canary.program} {house.folder}/hooks/$name; cp {canary.program} {common}/hooks/$name
done
printf %s {shlex.quote(attributes)} | tee .gitattributes > {common}/info/attributes
printf '[submodule "x"]\\n\\tpath = x\\n\\turl = ext::{canary.program}\\n' > .gitmodules
printf '\\tupdate = !{canary.program}\\n' >> .gitmodules
echo {house.folder}/alternate > {common}/objects/info/alternates
mkdir -p {common}/refs/tags {common}/refs/heads
echo {whole} > {common}/refs/tags/main
echo {whole} > {common}/refs/heads/--upload-pack=x
echo {whole} > {common}/refs/heads/HEAD
rm -r src; ln -s {outside} src
ln -s /etc/passwd passwd; ln -s . loop
echo new > new.md; echo THREE >> README
printf x > "$(printf 'odd\\nname\\033]0;evil\\007')"
"""
    )
    return script


@pytest.mark.slow
def test_nothing_an_agent_plants_runs_while_its_change_is_read_landed_and_undone(
    house: House, canary: Canary, command: Say
) -> None:
    house.wishes(verify="true")
    (house.repo / "src").mkdir()
    whole = house.commit("Source", **{"src/app.py": "one\n"})
    script = planting(house, canary, whole)
    house.task("Plant", [f"$ sh {script}", "Done."], ["$ echo more > more.md", "Done."])
    house.task("Other", ["$ echo ours > README; echo two > src/app.py", "Done."], ["Hm."])
    house.settle()
    states = [house.state.tasks[one].state for one in ("t1", "t2")]
    assert states == [REVIEW, REVIEW], house.story()

    for words in (
        ("diff", "t1"), ("diff", "t1", "--raw"), ("show", "t1"), ("history", "t1"),
        ("history", "t1", "--turn"), ("overlaps",), ("overlaps", "t1", "t2"), ("doctor",),
        ("diff", "t2", "--stat"), ("list",),
    ):  # fmt: skip
        said = command(*words)
        assert words[-1] == "--raw" or "\x1b]0" not in said
        assert "root:" not in said
        assert "not to be read" not in said
    house.act("send_back", "t1", "More")
    house.settle()
    first = next(one for one in house.facts(e.SnapshotTaken) if one.session == "s1")
    house.act("open_change", "t1")
    house.act("approve", "t1")
    house.settle()
    house.act("open_change", "t2")
    house.act("approve", "t2")
    house.settle()
    assert house.state.tasks["t1"].state is LANDED, house.story()
    assert house.state.tasks["t2"].state is REVIEW, house.story()  # it conflicts by now
    command("conflict", "t2")
    house.act("undo", "t1")
    house.task("After", ["$ echo after > after", "Done."])
    house.settle()
    house.act("put_back", "t1", first.commit)
    assert house.settle().tasks["t3"].state is REVIEW
    assert house.facts(e.LandingUndone)
    assert house.facts(e.Restored)
    assert canary.sang() == ""
    assert (house.folder / "outside/app.py").read_text() == "not to be read or written\n"
    subprocess.run(["git", "status"], cwd=house.repo, capture_output=True, check=False)
    assert canary.sang() != "", "the plants themselves must work, or this proves nothing"
