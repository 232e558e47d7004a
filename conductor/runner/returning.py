"""Changes that could not land go back to their agents, with what they need to put it right."""

from __future__ import annotations

from conductor import events as e
from conductor.runner.checks import Outcome
from conductor.runner.reach import Reach
from conductor.state import Task
from worktrees.merges import Conflict
from worktrees.repository import Target

MOST_TOLD = 12_000
"""Characters of both sides of a conflict that an agent is sent."""


class Returning:
    """Writes down why a change could not land; with words for its agent, it goes back to it."""

    def __init__(self, reach: Reach) -> None:
        self.reach = reach

    def conflict(self, task: Task, target: Target, conflict: Conflict) -> None:
        """Send a change back that does not fit the target any more, with both sides."""
        files = ", ".join(conflict.files[:5])
        more = f" and {len(conflict.files) - 5} more" if len(conflict.files) > 5 else ""
        why = f"It conflicts with {target.name} in {files}{more}."
        self.fail(
            task,
            e.LandingFailed(task.id, why, "conflict", conflict.files),
            f"Your change conflicts with {target.name}, which has moved on since you began, in: "
            f"{', '.join(conflict.files)}.\n\nPlease merge it into your branch: commit what you "
            f"have, run `git merge {target.name}`, keep what both sides mean, and finish the "
            f"merge. Both sides, as git sees them (above `=======` the target's, below it "
            f"yours):\n\n{conflict.text[:MOST_TOLD]}",
        )

    def failed_check(self, task: Task, target: Target, command: str, outcome: Outcome) -> None:
        """Send a change back that fails its check once it is merged onto the target."""
        why = f"Merged onto the newest target, its check `{command}` {outcome.in_words}."
        self.fail(
            task,
            e.LandingFailed(task.id, why, "verify"),
            f"Your change fails its check when it is merged onto the newest target: `{command}` "
            f"{outcome.in_words}. Bring the target into your branch (`git merge {target.name}`), "
            f"see what is wrong, and repair it.\n\n{outcome.tail[-6000:]}",
        )

    def built_on(self, task: Task, undone: Task) -> None:
        """Send a change back that would land again what was undone."""
        gone = (undone.gone or "")[:12]
        why = f"It was built on {undone.id}, whose landing was undone: landing it would redo that."
        self.fail(
            task,
            e.LandingFailed(task.id, why, "undone"),
            f"Your branch contains {gone}, the landing of another change ({undone.id}), which was "
            f"taken back since. Take it out of your branch and keep your own work, for example with"
            f" `git rebase --onto {gone}^ {gone}`; then see that everything still works.",
        )

    def fail(self, task: Task, fact: e.LandingFailed, message: str | None = None) -> None:
        """Write the fact, if the approval still stands; with a message, it is another round."""
        with self.reach.journal.decide() as decision:
            if decision.state.tasks[task.id].approved != task.approved:
                return
            decision.append(fact)
            session = decision.state.sessions[task.session or ""]
            if message and not session.gone:
                number = f"m{decision.state.next_message}"
                decision.append(
                    e.ChangeSentBack(task.id, session.id, fact.why, author="runner"),
                    e.MessageQueued(session.id, number, message, "round", author="runner"),
                )
