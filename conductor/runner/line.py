"""One repository's landing train while there is anything to do for it."""

from __future__ import annotations

import asyncio

from conductor import events as e
from conductor.config import Repo
from conductor.runner import coupling
from conductor.runner.coupling import Coupled, Misfit, Origin
from conductor.runner.moving import Moving
from conductor.runner.parking import SHORT, Parking, missing
from conductor.runner.reach import Reach
from conductor.runner.returning import Returning
from conductor.runner.trials import Trials
from conductor.runner.turns import Turns
from conductor.runner.undoing import Undoing
from conductor.runner.work import words
from conductor.state import Task, TaskState
from conductor.train import Car, Verdict, Wish, order, still_valid, to_check
from worktrees import landings
from worktrees.errors import GitError
from worktrees.merges import Occupied
from worktrees.repository import Repository, Target

DONE = 0.0


class Line:
    """One repository's train, while there is anything to do for it."""

    def __init__(
        self, repo: Repository, root: str, turns: Turns, parking: Parking, trials: Trials
    ) -> None:
        self.reach: Reach = turns.reach
        self.repo = repo
        self.root = root
        self.turns = turns
        self.parking = parking
        self.trials = trials
        self.moving = Moving(self.reach)
        self.undoing = Undoing(self.reach)
        self.returning = Returning(self.reach)
        self.cars: list[Car] = []
        self._stuck: str | None = None  # the first car's task, if its target cannot move now
        self._later = DONE
        self._held: list[Wish] = []
        self._own = True  # whether the target served is the one that landings go onto
        self._vetted: set[tuple[str, str | None]] = set()

    async def run(self) -> float:
        """Go on until there is nothing to do; return in how many seconds to look again."""
        undos, waiting = self._undos(), self._landings()
        await self.moving.complete(self.repo, (*undos, *waiting))
        if not undos and await asyncio.to_thread(self.parking.still, self.repo, waiting):
            return SHORT
        while (later := await self._step()) is None:
            pass
        return later

    async def leave(self) -> None:
        """Give up the checks that still run."""
        await self.trials.keep_only(())

    # What is wanted.

    def _tasks(self, idents: tuple[str, ...]) -> list[Task]:
        state = self.reach.state()
        return [state.tasks[one] for one in idents if state.tasks[one].repo == self.root]

    def _landings(self) -> list[Task]:
        return self._tasks(self.reach.state().landings)

    def _undos(self) -> list[Task]:
        return self._tasks(self.reach.state().undos)

    async def _wishes(self, target: Target) -> list[Wish]:
        """List what is to land on this target and can, and what is to be reverted on it."""
        undos = [(one.id, one.to_undo) for one in self._undos()]
        wishes = [
            Wish(ident, landed.commit, undo=True)
            for ident, landed in undos
            if landed and landed.target == target.name
        ]
        if not self._own:
            return wishes
        await asyncio.gather(*[self._vet(one) for one in self._landings()])
        for task in self._landings():
            if (task.id, task.approved) not in self._vetted:
                continue
            if ahead := missing(self.reach.journal.state, task):
                why = f"It comes after {', '.join(ahead)}, which has not landed yet."
                self._later = self.parking.park(task, why)
            else:
                wishes.append(Wish(task.id, task.to_land or "", task.since, task.after))
        return wishes

    async def _vet(self, task: Task) -> None:
        """An approval is of a commit: look whether that is still what the worktree holds."""
        if (task.id, task.approved) in self._vetted:
            return
        session = self.reach.journal.state.sessions[task.session or ""]
        try:
            await self.turns.keep(session)
        except GitError as error:
            self._refuse(task, error)
            return
        if self.reach.task(session).approved != task.approved:
            return
        if self.reach.now_of(session).commit == task.approved:
            if await self._brings_back(task):
                return
            self._vetted.add((task.id, task.approved))
            return
        why = "Its worktree changed after you approved it: read it again, then approve."
        self.reach.journal.append(
            e.ApprovalVoided(task.id, why), e.ChangeEdited(task.id, session.id, (), "", why)
        )

    async def _brings_back(self, task: Task) -> bool:
        """Return a change that was built on a landing which was undone: it would land that too."""
        state = self.reach.journal.state
        known = state.tasks.values()
        gone = [one for one in known if one.gone and one.repo == task.repo and one is not task]
        for one in gone:
            under = await asyncio.to_thread(
                landings.holds, self.repo, task.to_land or "", one.gone or ""
            )
            if under and not await asyncio.to_thread(self._target_holds, one.gone or ""):
                self.returning.built_on(task, one)
                return True
        return False

    def _target_holds(self, commit: str) -> bool:
        target = self.repo.target(self._asked.target)
        return landings.holds(self.repo, target.commit, commit)

    # One step.

    async def _step(self) -> float | None:
        """Do the next thing; return None to go on, or in how many seconds to look again."""
        if not self.reach.may_run(self.root):
            return DONE  # it names commands since a moment: whoever began this says so
        coupled = {car.task for car in self.cars if car.wish.undo}
        for task in [one for one in self._undos() if one.id not in coupled]:
            if await self.undoing.exactly(self.repo, task):
                return None
        undone_on = next((one.to_undo.target for one in self._undos() if one.to_undo), None)
        try:
            target = await asyncio.to_thread(self._target, self._asked.target, undone_on)
        except GitError as error:
            return self.parking.park_all(self.root, words(error))
        wishes = await self._wishes(target)
        if not wishes:
            return self._later
        await self._couple(target, wishes)
        await self.trials.keep_only(self.cars)
        verdicts = [self.trials.verdict(car) for car in self.cars]
        first = verdicts[0] if verdicts else None
        if first is Verdict.PASSED and self.cars[0].task != self._stuck:
            await self._land(self.cars[0], target)
        elif first is Verdict.FAILED:
            self._blame(self.cars.pop(0), target)
        else:
            for at in to_check(verdicts, self._asked.landing.at_once):
                self.trials.begin(self.cars[at])
            if not self.trials.any:
                return self._later
            await self.trials.something()
        return None

    @property
    def _asked(self) -> Repo:
        """What the repository asks for now."""
        return self.reach.repo(self.root)

    def _target(self, name: str | None, undone_on: str | None) -> Target:
        """Find the branch to serve now: the one landings go onto, or where one is to be undone."""
        self.repo.identity()
        own = self.repo.target(name)
        target = self.repo.target(undone_on) if undone_on else own
        self._own = target.name == own.name
        return target

    # Coupling.

    async def _couple(self, target: Target, wishes: list[Wish]) -> None:
        """Have the train hold every wish that fits, with as few built anew as can be."""
        kept = still_valid(self.cars, wishes, target.commit)
        standing = [car.wish for car in kept]
        new = [one for one in wishes if one not in standing]
        if len(kept) == len(self.cars) and all(one in self._held for one in new) and kept:
            return
        names = {one.task for one in new}
        before = [car.wish for car in self.cars[len(kept) :] if car.wish in new]
        fresh = [one for one in new if one not in before]
        state = self.reach.state()
        files = {one: state.sessions[state.tasks[one].session or ""].files for one in names}
        sizes = await asyncio.to_thread(coupling.clashes, self.repo, fresh, files)
        queue = [*before, *order(fresh, sizes)]
        origins = {one.task: self._origin(one.task) for one in new}
        made = await asyncio.to_thread(
            coupling.couple, self.repo, target, kept, queue, origins.__getitem__
        )
        self.cars, self._held = list(made.cars), []
        self._tell(target, made, len(kept))

    def _origin(self, ident: str) -> Origin:
        state = self.reach.journal.state
        task = state.tasks[ident]
        session = state.sessions[task.session or ""]
        landing = self._asked.landing
        return Origin(task, session, self.reach.journal.text(task.told), landing)

    def _tell(self, target: Target, made: Coupled, kept: int) -> None:
        """Write down who stands where, and who does not fit."""
        names = tuple(car.task for car in made.cars)
        for at, car in enumerate(made.cars[kept:], kept):
            if car.wish.undo:
                fact: e.Fact = e.UndoStarted(car.task, target.name, car.onto, None, car.tree)
            else:
                fact = e.LandingStarted(car.task, target.name, car.onto, None, names[:at], car.tree)
            self.reach.journal.append(fact)
        for one in made.misfits:
            self._tell_misfit(target, one)

    def _tell_misfit(self, target: Target, one: Misfit) -> None:
        task = self.reach.journal.state.tasks[one.wish.task]
        if one.behind:
            self._held.append(one.wish)
            behind = self._in_the_way(one)
            if task.state is TaskState.LANDING and (task.ahead, task.merged) != (behind, None):
                self.reach.journal.append(e.LandingHeldBack(task.id, behind))
        elif one.wish.undo:
            self.undoing.hand_over(task, target, one)
        elif one.nothing:
            note = f"{target.name} holds all of it already."
            self.moving.landed(task, target.name, target.commit, target.commit, note)
        elif one.conflict:
            self.returning.conflict(task, target, one.conflict)
        elif one.error:
            self._refuse(task, one.error)

    def _refuse(self, task: Task, error: GitError) -> None:
        """Return a change that git cannot land; or let it wait for the machine."""
        if error.of_machine:
            why = "It lands by itself once that is over"
            self._later = self.parking.park(task, f"{words(error).rstrip('.')}. {why}.")
        else:
            self.returning.fail(task, e.LandingFailed(task.id, words(error)))

    def _in_the_way(self, one: Misfit) -> tuple[str, ...]:
        """Of those ahead, the ones that change the files which conflict."""
        if one.conflict is None:
            return one.behind
        state, files = self.reach.journal.state, set(one.conflict.files)
        sessions = {ident: state.tasks[ident].session or "" for ident in one.behind}
        met = [t for t in one.behind if files.intersection(state.sessions[sessions[t]].files)]
        return tuple(met) or one.behind

    # What comes of it.

    async def _land(self, car: Car, target: Target) -> None:
        """Move the target to the first car, if all is as it was."""
        task = self.reach.journal.state.tasks[car.task]
        try:
            went = await self.moving.to(self.repo, target.name, car)
        except GitError as error:
            if car.wish.undo:
                self.cars.clear()
                self.undoing.refuse(task, error)
                return
            why = words(error)
            if isinstance(error, Occupied):
                if not task.leaves:
                    why += f" Or leave it as it is: {self.moving.way_round(self.repo, task)}"
            else:
                why = f"{target.name} cannot be moved: {why}"
            self._stuck, self._later = task.id, self.parking.park(task, why)
            return
        if went:
            self.parking.over(task)
            self.cars.remove(car)
            self._held.clear()  # what it kept back may fit now
        else:
            self.cars.clear()

    def _blame(self, car: Car, target: Target) -> None:
        task = self.reach.journal.state.tasks[car.task]
        command, outcome = self.trials.failure(car)
        if car.wish.undo:
            why = f"without it, the check `{command}` {outcome.in_words}"
            self.undoing.hand_over(task, target, Misfit(car.wish), why, outcome.tail)
        else:
            self.returning.failed_check(task, target, command, outcome)
