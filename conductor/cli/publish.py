"""`conductor push` and `conductor pr`: what landed goes to a remote, what has not is put up there.

Both run here, in the person's terminal: a remote may ask them for a password or a touch of a key.
"""

from __future__ import annotations

import os
import sys

from conductor import acts
from conductor import events as e
from conductor.cleaning import clean, clean_line
from conductor.cli import page
from conductor.cli.arguments import Parser
from conductor.cli.deeds import Acting, Deed
from conductor.cli.forges import Pull, forge_for
from conductor.cli.home import open_home
from conductor.state import TaskState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.journal import Journal
    from conductor.state import Session, State, Task
    from worktrees.pushing import Remote
    from worktrees.repository import Repository, Target


def push(words: list[str]) -> int:
    """Push the target branch to its remote."""
    parser = Acting(
        "push",
        "Push the target branch, with all that landed on it, to its remote: of the repository you "
        "stand in, or of a task's. Never forced; pre-push hooks are not run.",
        "conductor push",
        "conductor push t7",
    )
    parser.add_argument("id", nargs="?", metavar="ID")
    given = parser.parse_args(words)
    with Deed(given) as deed:
        root = os.getcwd()
        if given.id:
            task = acts.find_task(deed.state, given.id)
            if task.state is not TaskState.LANDED:
                raise acts.Refused(
                    f"{task.id} is {task.state}, so it is not on the target: approve it, or put it "
                    f"up as it is: conductor pr {task.id}"
                )
            root = task.repo
        from worktrees import pushing

        repo, target = _target(root)
        remote = pushing.remote_of(repo, target.name)
        short = target.commit[:10]
        print(
            f"Pushing {target.name} at {short} to {clean_line(remote.url, 400)}",
            file=sys.stderr if given.json else sys.stdout, flush=True,
        )  # fmt: skip
        new = pushing.push(repo, remote, target.commit, remote.ref) != target.commit
        if new:
            deed.journal.append(
                e.TargetPushed(str(repo.root), remote.name, remote.url, remote.ref, target.commit)
            )
        done = f"Done: {remote.name} has {target.name} at {short}."
        deed.done(
            done if new else f"{remote.name} has it already.", *([given.id] if given.id else []),
            wakes=False, remote=remote.name, ref=remote.ref, commit=target.commit, pushed=new,
        )  # fmt: skip
    return 0


def pr(words: list[str]) -> int:
    """Put a change up as a pull request, or say how that stands."""
    parser = Parser(
        "pr",
        "Put a change up as a pull request (by `gh`) or a merge request (by `glab`), with its "
        "agent's last words as the description; once it is up, push what is newer and say how its "
        "checks stand. Never forced.",
        "conductor pr t7",
        "conductor pr t7 --json",
    )
    parser.add_argument("id", metavar="ID")
    parser.add_argument("--draft", action="store_true", help="open it as a draft")
    parser.add_argument("--json", action="store_true", help="one document: where, and its checks")
    given = parser.parse_args(words)
    _, journal = open_home()
    with journal:
        task = acts.find_task(journal.state, given.id)
        session = acts.find_session(journal.state, task.id)
        repo, target = _target(task.repo)
        from worktrees import pushing

        remote = pushing.remote_of(repo, target.name)
        forge = forge_for(remote)
        out = sys.stderr if given.json else sys.stdout
        if task.landed is None:
            _put_up(journal, task, session, repo, remote)
        elif task.pull is None:
            raise acts.Refused(f"{task.id} has landed on {target.name}: conductor push")
        task = journal.state.tasks[task.id]
        branch = _branch(session)
        if not task.pull:
            body = _body(journal, task, session)
            url = forge.open(branch, target.name, task.title, body, draft=given.draft)
            journal.append(e.PullRequestOpened(task.id, url))
            print(f"{task.id} is up at {clean_line(url, 400)}", file=out)
        seen = forge.look(journal.state.tasks[task.id].pull or "")
        journal.append(
            e.PullRequestSeen(task.id, seen.state, *(len(seen.of(one)) for one in COUNTED))
        )
        _tell(journal.state.tasks[task.id], seen, as_json=given.json)
    return 0


COUNTED = ("passed", "failed", "pending")


def _target(root: str) -> tuple[Repository, Target]:
    from conductor.config import load_repo
    from worktrees.repository import Repository

    repo = Repository.open(root)
    return repo, repo.target(load_repo(str(repo.root)).target)


def _branch(session: Session) -> str:
    if session.branch is None:
        raise acts.Refused(f"{session.id} has no branch yet.")
    return session.branch


def _put_up(
    journal: Journal, task: Task, session: Session, repo: Repository, remote: Remote
) -> None:
    """Push the change's newest commit to a branch of its own, if it is not there yet."""
    from worktrees import pushing

    change = _change(journal.state, task, session)
    commit = pushing.offered(repo, change, task.put_up, f"{task.title}\n")
    if commit == task.put_up:
        return
    branch = _branch(session)
    print(
        f"Pushing {commit[:10]} to {clean_line(remote.url, 400)}, branch {branch}", file=sys.stderr
    )
    pushing.push(repo, remote, commit, f"refs/heads/{branch}")
    journal.append(e.ChangePutUp(task.id, remote.name, f"refs/heads/{branch}", commit))


def _change(state: State, task: Task, session: Session) -> str:
    """Find what of a change may leave the machine: what the person was offered, and has seen."""
    change = task.approved or task.offered
    if change is None:
        raise acts.Refused(
            f"{task.id} is {task.state}: only a change that waits for review is put up."
        )
    if session.risky and task.opened != task.offered:
        raise acts.Refused(
            f"{task.id} changes what runs ({', '.join(session.risky[:3])}) and nobody has read it "
            f"yet: `conductor diff {task.id}` shows it, then put it up."
        )
    return change


def _body(journal: Journal, task: Task, session: Session) -> str:
    words = clean(journal.text(task.told)).strip()
    parts = [clean(session.last).strip()]
    if words and words != task.title:
        parts.append(f"### What was asked for\n\n{words[:20_000]}")
    if (checked := task.checked) and checked.ok is not None:
        how = "passed" if checked.ok else f"failed with {checked.code}"
        parts.append(f"The repository's check {how} after {checked.seconds:.0f} s.")
    parts.append(f"Made by {session.harness} ({task.id}, {session.id}).")
    return "\n\n".join(part for part in parts if part) + "\n"


def _tell(task: Task, seen: Pull, *, as_json: bool) -> None:
    if as_json:
        page.document(
            {
                "task": task.id,
                "url": task.pull,
                "commit": task.put_up,
                "state": seen.state,
                "checks": [{"name": name, "state": state} for name, state in seen.checks],
            }
        )
        return
    print(f"{task.pull} is {seen.state}.")
    paints = {"passed": "green", "failed": "red", "pending": "yellow"}
    for name, state in seen.checks:
        print(f"  {page.paint(page.fit(state, 8), paints.get(state))} {clean_line(name, 200)}")
    if not seen.checks:
        print("  No checks ran there yet.")


COMMANDS = {"push": push, "pr": pr}
