"""What becomes of a home: its runner, its troubles, whom it trusts."""

from __future__ import annotations

from conductor import events as e
from conductor.cleaning import clean
from conductor.draft import Draft
from conductor.folding.takes import takes
from conductor.state import Trouble


@takes(e.RepoTrusted)
def _trusted(draft: Draft, fact: e.RepoTrusted) -> None:
    if fact.repo not in draft.trusted:
        draft.trusted.append(fact.repo)
    if fact.commands and fact.repo not in draft.runs:
        draft.runs.append(fact.repo)


@takes(e.RunnerStarted)
def _runner_started(draft: Draft, fact: e.RunnerStarted) -> None:
    draft.runner = fact.pid
    draft.troubles.clear()  # they were another's; what still is one is told again


@takes(e.TroubleSeen)
def _trouble_seen(draft: Draft, fact: e.TroubleSeen) -> None:
    draft.troubles[fact.subject] = Trouble(fact.subject, clean(fact.why, 2000), draft.at)


@takes(e.TroubleCleared)
def _trouble_cleared(draft: Draft, fact: e.TroubleCleared) -> None:
    draft.troubles.pop(fact.subject, None)
