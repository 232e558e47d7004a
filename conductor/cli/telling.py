"""A fact in words, for people: one short line that is safe to print."""

from __future__ import annotations

import time

from conductor import events as e
from conductor.cleaning import clean_line
from conductor.cli.telling_reviews import about_review
from conductor.windows import clock


def tell(fact: e.Fact) -> str:
    """Say what happened."""
    for about in _ABOUT:
        if said := about(fact):
            return clean_line(said, 400)
    return clean_line(_about_agent(fact), 400)


def _with(text: str, why: str | None) -> str:
    return f"{text}: {why}" if why else text


def _files(number: int) -> str:
    return f"{number} file{'' if number == 1 else 's'}"


def _about_work(fact: e.Fact) -> str | None:
    match fact:
        case e.TaskAdded(_, title):
            return f"added: {title}" + (f", from {fact.forks} on" if fact.forks else "")
        case e.TaskEdited():
            changed = [f for f in type(fact)._fields[1:] if getattr(fact, f) is not None]
            return f"edited: {', '.join(changed) or 'nothing'}"
        case e.TaskHeld():
            return "held"
        case e.TaskTagged(_, tag):
            return f"tagged {tag}" if tag else "tagged no more"
        case e.TaskReleased():
            return "released"
        case e.TaskCancelled(_, why):
            return _with("cancelled", why)
        case e.TaskRetried():
            return "to be tried anew"
        case e.TaskPassedOver(_, why):
            return _with("cannot start", why) if why else "waits for a slot"
        case e.TaskFailed(_, why):
            return _with("failed", why)
        case e.SessionClaimed(_, task, harness, subscription):
            return f"takes {task}, with {harness} on {subscription}"
        case e.RepoTrusted(repo):
            return f"you trust what is in {repo}"
        case e.RunnerStarted(pid):
            return f"the runner started (process {pid})"
        case e.TroubleSeen(subject, why):
            return _with(f"trouble with {subject}", why)
        case e.TroubleCleared(subject):
            return f"the trouble with {subject} is over"
    return None


def _about_change(fact: e.Fact) -> str | None:
    match fact:
        case e.SnapshotTaken(_, commit, _, _, _, added, removed):
            return f"kept as {commit[:10]}: {_files(fact.many)}, +{added} -{removed}"
        case e.VerifyStarted(_, commit, where):
            return f"the check runs on {commit[:10]} ({where})"
        case e.VerifyFinished(_, commit, _, where, ok, code, seconds):
            said = "passed" if ok else f"failed with {code}"
            said += ", run again (it is flaky)" if fact.flaky else ""
            return f"the check {said} on {commit[:10]} after {seconds:.1f} s ({where})"
        case e.ReviewReady(_, _, commit, files, note):
            return _with(f"{commit[:10]} waits for review, {_files(files)}", note)
        case e.ChangeOpened(_, commit):
            return f"{commit[:10]} was read"
        case e.ChangeApproved(_, _, commit):
            return f"{commit[:10]} approved"
        case e.ChangeRejected(_, why):
            return _with("rejected", why)
        case e.ChangeSentBack(_, session, why, author):
            return _with(f"sent back to {session} by the {author}", why)
        case e.ApprovalVoided(_, why):
            return _with("the approval is void", why)
    return None


def _about_landing(fact: e.Fact) -> str | None:
    match fact:
        case e.LandingStarted(_, target, onto, commit, ahead):
            behind = f" behind {', '.join(ahead)}" if ahead else ""
            said = f"moves to {commit[:10]}" if commit else f"merged onto it{behind}"
            return f"landing on {target} at {onto[:10]}: {said}"
        case e.LandingHeldBack(_, behind):
            return f"waits until {', '.join(behind)} landed: both change the same"
        case e.LandingParked(_, why):
            return _with("the landing waits", why)
        case e.LeavingAsked():
            return "to land without your checkout, which stays as it is"
        case e.LandingFailed(_, why, kind):
            return _with(f"did not land ({kind})", why)
        case e.ChangeLanded(_, target, commit, _, note):
            return _with(f"landed on {target} as {commit[:10]}", note)
        case e.ResolveAsked(_, onto):
            return f"its conflict with {onto[:10]} is settled by hand"
        case e.ConflictResolved(_, _, commit):
            return f"merged with its target as {commit[:10]}"
        case e.ResolveRefused(_, why):
            return _with("not merged", why)
        case e.TargetPushed(_, remote, _, ref, commit):
            return f"{ref.removeprefix('refs/heads/')} pushed to {remote} at {commit[:10]}"
        case e.ChangePutUp(_, remote, ref, commit):
            return f"{commit[:10]} pushed to {remote} as {ref.removeprefix('refs/heads/')}"
        case e.PullRequestOpened(_, url):
            return f"to be reviewed at {url}"
        case e.PullRequestSeen(_, state, passed, failed, pending):
            return f"its pull request is {state}: {passed} passed, {failed} failed, {pending} run"
        case e.UndoAsked():
            return "to be undone"
        case e.UndoStarted(_, target, onto):
            return f"to be reverted on {target} at {onto[:10]}"
        case e.LandingUndone(_, target, commit, how):
            if how == "exact":
                return f"undone: {target} is at {commit[:10]} again"
            return f"undone: {commit[:10]} on {target} reverts it"
        case e.UndoRefused(_, why):
            return _with("not undone", why)
    return None


def _about_windows(fact: e.Fact) -> str | None:
    match fact:
        case e.WindowSeen(name, window, used, resets, estimated=estimated):
            how = "at an estimated" if estimated else "at"
            return f"{name}: {window} is {how} {used:.1%}, resets {clock(resets, time.time())}"
        case e.RoomAwaited(wish, why):
            whose = f"tasks for {wish.strip()}" if wish.strip() else "tasks"
            return f"{whose} wait: {why}" if why else f"{whose} have room again"
        case e.MoveOffered(_, to):
            return f"could go on at once on {' or '.join(to)}: you choose"
        case e.WaitChosen():
            return "you chose to wait for its reset"
        case e.MoveAsked(_, subscription, author):
            return f"to go on, on {subscription} (asked by the {author})"
        case e.MoveDeclined(_, why):
            return why
        case e.MoveFailed(_, why):
            return why
        case e.SessionMoved(_, subscription, harness):
            return f"lives on {subscription} now, with {harness}"
    return None


def _about_trees(fact: e.Fact) -> str | None:
    match fact:
        case e.OverlapSeen(_, other, files, conflicts, count):
            if conflicts:
                return f"would conflict with {other} in {', '.join(conflicts)}"
            more = f" and {count - len(files)} more" if count > len(files) else ""
            return f"changes the same files as {other}: {', '.join(files)}{more}"
        case e.OverlapGone(_, other):
            return f"changes no file together with {other} any more"
        case e.RestoreAsked(_, commit):
            return f"its files are to be as at {commit[:10]}"
        case e.Restored(_, commit, before):
            return f"its files are as at {commit[:10]}; what they were is {before[:10]}"
        case e.RestoreRefused(_, _, why):
            return _with("its files were not put back", why)
    return None


def _about_agent(fact: e.Fact) -> str:
    match fact:
        case e.MessageQueued(_, message, _, "task"):
            return f"{message}, the task's own words"
        case e.MessageQueued(_, message, text, kind, _, author):
            return f"{message}, {kind} from the {author}: {text}"
        case e.MessageTyped(_, message, launch):
            return f"{message} is typed" + (f", to launch {launch}" if launch > 1 else "")
        case e.MessageDelivered(_, message):
            return f"{message} arrived"
        case e.MessageFailed(_, message, why):
            return _with(f"{message} could not be delivered", why)
        case e.StopAsked():
            return "to be stopped"
        case e.WorktreeCreated(_, worktree, branch):
            return f"works in {worktree} on {branch}"
        case e.SessionStarted(_, pid, launch):
            return f"its agent runs (process {pid}, start {launch})"
        case e.SessionFailed(_, why):
            return _with("could not start", why)
        case e.SessionNamed(_, vendor_session):
            return f"its agent calls it {vendor_session}"
        case e.SessionRecorded(_, path, whole):
            return f"its agent keeps its {'status' if whole else 'record'} in {path}"
        case e.SessionStalled(_, kind, text):
            return f"{kind}: {text}"
        case e.SessionStirred():
            return "it stirs again"
        case e.SessionBusy():
            return "at work"
        case e.SessionIdle(_, _, last):
            return _with("done with its turn", last)
        case e.AskSettled():
            return "one of its questions is settled"
        case e.SessionWaiting(_, _, _, kind, text):
            return _with("asks for a permission" if kind == "permission" else "asks", text)
        case e.SessionLimited(_, _, _, text):
            again = "it is refused, with no reset to come" if fact.refused else ""
            return _with(again or "its allowance is used up", text)
        case e.TurnFailed(_, _, why):
            return _with("its turn failed", why)
        case e.SessionEnded(_, _, code, why):
            return _with("ended" if code is None else f"ended with {code}", why)
        case e.SessionLost():
            return "was cut off with its terminal; `conductor resume` takes it up again"
        case e.WorktreeVanished():
            return "its worktree is gone; somebody removed it"
        case e.WorktreeRemoved():
            return "its worktree was put away; its work is in its snapshots"
    return type(fact).__name__


_ABOUT = (
    _about_work, _about_change, _about_landing, about_review, _about_windows, _about_trees,
)  # fmt: skip
