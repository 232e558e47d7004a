"""Setting the stage: cut off anywhere, done again, and nothing is there twice."""

import multiprocessing
from pathlib import Path

import pytest

from conductor import config
from conductor.demo.script import parts
from conductor.demo.stage import Stage, fill_queue, set_stage
from conductor.journal import Journal


def titles(stage):
    with Journal(stage.places.journal) as journal:
        return [task.title for task in journal.state.tasks.values()]


def stage_in(folder):
    stage = set_stage(folder, "1")
    with Journal(stage.places.journal) as journal:
        fill_queue(stage, journal, parts())


def test_what_is_there_is_kept(tmp_path):
    stage = set_stage(str(tmp_path / "demo"), "1")
    head = (stage.project / ".git" / "refs" / "heads" / "main").read_text()
    (stage.project / "mine").write_text("a person's own file")
    again = set_stage(str(tmp_path / "demo"), "1")
    assert again == stage
    assert (stage.project / ".git" / "refs" / "heads" / "main").read_text() == head
    assert (stage.project / "mine").exists()


def test_what_is_half_there_is_made_anew(tmp_path):
    stage = Stage((tmp_path / "demo").resolve())
    set_stage(str(stage.folder), "1")
    for made, half in ((stage.project, "project.making"), (stage.scripts, "scripts.making")):
        made.rename(stage.folder / half)
        (stage.folder / half / "half").write_text("")
    set_stage(str(stage.folder), "1")
    assert not (stage.project / "half").exists()
    assert not list(stage.folder.glob("*.making"))


def test_each_task_is_queued_once_whoever_comes(tmp_path):
    folder = str(tmp_path / "demo")
    spawn = multiprocessing.get_context("spawn")
    several = [spawn.Process(target=stage_in, args=(folder,)) for _ in range(3)]
    for one in several:
        one.start()
    for one in several:
        one.join(60)
        assert one.exitcode == 0
    assert titles(Stage((tmp_path / "demo").resolve())) == [part.title for part in parts()]


def test_a_queue_that_was_cut_off_is_completed(tmp_path):
    stage = set_stage(str(tmp_path / "demo"), "1")
    with Journal(stage.places.journal) as journal:
        fill_queue(stage, journal, parts()[:3])
        fill_queue(stage, journal, parts())
    assert titles(stage) == [part.title for part in parts()]


def test_the_settings_can_be_read(tmp_path):
    stage = set_stage(str(tmp_path / "demo"), "2.5")
    settings = config.load(stage.places.config_file)
    assert [(one.name, one.slots) for one in settings.subscriptions] == [
        ("rehearsal", 5),
        ("rehearsal-small", 1),
    ]
    assert settings.subscriptions[0].env["CONDUCTOR_REHEARSAL_SPEED"] == "2.5"
    assert Path((settings.subscriptions[0].model or "").removeprefix("rehearsal:")).is_file()
    repo = config.load_repo(str(stage.project))
    assert repo.target == "main"
    assert repo.verify
    assert repo.verify.endswith("-m unittest -q")


@pytest.mark.parametrize("name", ["with spaces", "quote's", "ünïcode"])
def test_odd_folders_are_fine(tmp_path, name):
    stage_in(str(tmp_path / name))
    assert len(titles(Stage((tmp_path / name).resolve()))) == 10
