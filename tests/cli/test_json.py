"""Commands that change something tell it as one JSON document, and so do mistakes."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable, Iterator

import pytest

from conductor import events as e
from tests.cli.conftest import Line, Said, git
from tests.conductor.facts import added, claimed

Say = Callable[..., Said]


@pytest.fixture
def evening(conductor: Line) -> Iterator[None]:
    """A change to review (t1), an agent that asks (t2), a change that lands, one that landed."""
    repo = conductor.repo
    base = git(repo, "rev-parse", "HEAD")
    git(repo, "checkout", "-q", "-b", "work")
    (repo / "a.txt").write_text("one\ntwo\n")
    git(repo, "commit", "-qam", "work")
    head = git(repo, "rev-parse", "HEAD")
    git(repo, "checkout", "-q", "main")
    facts: list[e.Fact] = []
    for number in range(1, 5):
        task, session = f"t{number}", f"s{number}"
        facts += [
            added(task, repo=str(repo)), claimed(session, task),
            e.WorktreeCreated(session, "/nowhere", f"work{number}", base),
            e.SessionStarted(session, 1), e.SessionBusy(session, "x"),
        ]  # fmt: skip
        if number == 2:
            facts.append(e.SessionWaiting(session, "hook", "a1", "permission", "May I?"))
            continue
        facts += [
            e.SessionIdle(session, "x", "Done."),
            e.SnapshotTaken(session, head, "x", ("a.txt",), (), 1, 0, base),
            e.ReviewReady(task, session, head, 2),
        ]
        if number > 2:
            facts.append(e.ChangeApproved(task, session, head))
    facts += [
        e.LandingStarted("t4", "main", base, head),
        e.ChangeLanded("t4", "main", head, base),
        e.LandingStarted("t3", "main", head, None, ("t9",), "tree"),
    ]
    with conductor.journal() as journal:
        journal.append(*facts)
    with open(conductor.places.runner_lock, "w") as lock:  # as if a runner were at work
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


STEPS = [
    ("add --hold CSV", "t5", ["held"]),
    ("add --hold XML", "t6", ["held"]),
    ("edit t5 --title Export", "t5", ["held"]),
    ("tag t5 export", "t5", ["held"]),
    ("release t5", "t5", ["queued"]),
    ("hold t5", "t5", ["held"]),
    ("cancel t5 t6", "t5", ["cancelled", "cancelled"]),
    ("retry t6", "t6", ["queued"]),
    ("answer s2 allow", "m1", ["waiting"]),
    ("say t2 Faster", "m2", ["waiting"]),
    ("comment t1 a.txt:2 Why?", "c1", ["review"]),
    ("comment t1 a.txt:2 Really?", "c2", ["review"]),
    ("comment t1 --drop c2", "c2", ["review"]),
    ("ask t1 a.txt:2 Why?", "q1", ["review"]),
    ("review t1", "t7", ["review", "queued"]),
    ("approve t1", "t1", ["landing"]),
    ("send-back t1 Again", "m4", ["running"]),
    ("reject t3 No", "t3", ["rejected"]),
    ("undo", "t4", ["landed"]),
    ("stop s2", "t2", ["waiting"]),
    ("stop --all", "t1", ["running", "waiting", "rejected", "landed"]),
    ("resume --all", None, []),
    ("trust", None, []),
]


@pytest.mark.usefixtures("evening")
def test_what_was_done_is_one_document(at_hand: Say) -> None:
    for step, ident, states in STEPS:
        words = step.split()
        said = at_hand(*words, "--json")
        assert (said.code, said.err) == (0, ""), step
        document = said.json
        assert (document["did"], document["id"]) == (words[0], ident), step
        assert [task["state"] for task in document["tasks"]] == states, step
        assert document["said"], step
        assert document["runner_started"] is False


@pytest.mark.usefixtures("evening")
def test_words_for_all_go_to_every_agent_at_work(at_hand: Say, conductor: Line) -> None:
    said = at_hand("say", "--all", "Commit", "what", "you", "have", "--json").json
    assert [task["state"] for task in said["tasks"]] == ["waiting"]
    assert at_hand("send-back", "t1", "Again").code == 0
    said = at_hand("say", "--all", "Go on").out
    assert "s1" in said
    assert "s2" in said
    with conductor.journal() as journal:
        assert {one.short for one in journal.state.messages.values()} >= {"Commit what you have"}
    assert at_hand("say", "--all").code == 2
    assert at_hand("say", "t2").code == 2
    assert at_hand("say", "--all", " ").code == 1


@pytest.mark.usefixtures("evening")
def test_what_was_done_before_a_mistake_is_told_beside_it(at_hand: Say) -> None:
    said = at_hand("approve", "t1", "t2", "--json")
    assert said.code == 1
    assert [task["id"] for task in said.json["tasks"]] == ["t1"]
    error = json.loads(said.err)
    assert error["exit"] == 1
    assert "t2 is waiting" in error["error"]


@pytest.mark.usefixtures("evening")
@pytest.mark.parametrize(
    ("words", "code"),
    [(("stop",), 2), (("list", "--al"), 2), (("show", "t99"), 1), (("aprove", "t1"), 2)],
)
def test_a_mistake_is_a_document_on_the_other_stream(
    at_hand: Say, words: tuple[str, ...], code: int
) -> None:
    said = at_hand(*words, "--json")
    assert (said.code, said.out) == (code, "")
    assert json.loads(said.err)["exit"] == code


@pytest.mark.usefixtures("evening")
def test_the_landing_queue_is_in_the_list(at_hand: Say) -> None:
    tasks = {task["id"]: task for task in at_hand("list", "--json").json}
    assert tasks["t3"]["landing"] == {
        "target": "main", "undo": False, "stage": "to check", "ahead": [],
    }  # fmt: skip
    assert tasks["t1"]["landing"] is None
    assert tasks["t4"]["landed"] == tasks["t4"]["offered"]
