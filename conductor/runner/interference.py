"""Which live sessions change the same files, and whether they would still merge: kept current.

Nothing is asked again and again: the file system tells which files change, and only those are
looked at, at most one look a session at a time. A session that nobody changes costs nothing. Where
the system has no watches left, a session is looked at as its turns end.
"""

from __future__ import annotations

import asyncio
import logging
import time
from functools import partial

from conductor import events as e
from conductor.runner.reach import Reach
from conductor.runner.turns import Turns
from conductor.state import ALIVE, Session, State, pair
from worktrees import watching
from worktrees.errors import GitError
from worktrees.interference import Content, Look, all_collisions
from worktrees.places import Place

log = logging.getLogger("conductor.runner")

NAMED = 8
"""Files of an overlap that are named in its fact; all of them are counted."""

GATHERING = 0.3
"""Seconds in which changes gather before they are looked at."""

SHARE = 4.0
"""A session rests after a look for so many times as long as the look took."""

AGAIN = 30.0
MOST = 1000
"""Changed paths beyond which a worktree is looked at as a whole."""


class Followed:
    """A session whose worktree is watched."""

    def __init__(self, place: Place, target: str) -> None:
        self.place = place
        self.look = Look(place, target)
        self.content: Content | None = None
        self.changed: set[str] | None = None  # None: anything may have
        self.due: float | None = 0.0  # on the loop's clock; None: nothing has changed
        self.quiet: set[str] = set()  # ignored files: what becomes of them is nothing to us
        self.commit: str | None = None  # its snapshot, when we looked last

    def wants(self, at: float) -> None:
        """Have it looked at then, or sooner if that was wanted already."""
        self.due = at if self.due is None else self.due

    def rest(self, until: float) -> None:
        """Look no sooner than that, if there is something to look at."""
        if self.due is not None:
            self.due = max(self.due, until)


class Interference:
    """Watches the worktrees of live sessions, and tells of overlaps as they come and go."""

    def __init__(self, reach: Reach, turns: Turns) -> None:
        self.reach = reach
        self.turns = turns
        self._watch: watching.Watch | None = None
        self._followed: dict[str, Followed] = {}
        self._tried: dict[str, tuple[str, str]] = {}  # pair → what was merged last

    def look(self, state: State) -> None:
        """Begin with whatever has changed."""
        concerned = _concerned(state)
        if len(concerned) < 2 and not self._followed and not state.overlaps:
            return
        self._let_go(state, concerned)
        now = asyncio.get_running_loop().time()
        waits = []
        for ident, session in concerned.items():
            known = self._followed.get(ident)
            if known is None:
                if session.live and session.launches and _has_company(state, session, concerned):
                    self.reach.work.begin(
                        f"{ident} overlaps", partial(self._follow, session), standing=True
                    )
                continue
            if session.commit != known.commit:  # a turn ended: also where nothing tells of changes
                known.commit = session.commit
                known.wants(now)
            if known.due is not None and known.due <= now:
                self.reach.work.begin(
                    f"{ident} overlaps", partial(self._see, session), standing=True
                )
            elif known.due is not None:
                waits.append(known.due - now)
        if waits:
            self.reach.wake_in(min(waits))

    def stop(self) -> None:
        """Stop watching."""
        if self._watch is not None:
            asyncio.get_running_loop().remove_reader(self._watch.fileno())
            self._watch.close()
            self._watch = None

    # Watching.

    async def _follow(self, session: Session) -> float | None:
        wishes = self.reach.repo(self.reach.task(session).repo)
        try:
            followed = await asyncio.to_thread(self._begin, session, wishes.target)
        except GitError as error:  # its worktree is gone, or not its own any more
            log.info("%s is not followed: %s", session.id, error)
            return AGAIN
        self._followed[session.id] = followed
        try:
            if self._watch is None:
                self._watch = watching.begin()
                asyncio.get_running_loop().add_reader(self._watch.fileno(), self._told)
            folders = await asyncio.to_thread(watching.folders, followed.place)
            self._watch.add(str(followed.place.folder), folders)
        except OSError as error:  # no watches left: its turns' ends still tell
            log.warning("%s is not watched: %s", session.id, error.strerror)
        return None

    def _begin(self, session: Session, target: str | None) -> Followed:
        repo, tree = self.reach.tree(session)
        return Followed(tree.place, repo.target(target).ref)

    def _told(self) -> None:
        """Note what the file system tells, and look at it in a moment."""
        if self._watch is None:
            return
        soon = asyncio.get_running_loop().time() + GATHERING
        roots = {str(one.place.folder): one for one in self._followed.values()}
        for root, paths in self._watch.changes().items():
            followed = roots.get(root)
            if followed is None:
                continue
            news = None if paths is None else paths - followed.quiet
            if news is None or (followed.changed and len(followed.changed) > MOST):
                followed.changed = None
            elif not news:
                continue
            elif followed.changed is not None:
                followed.changed |= news
            followed.wants(soon)
            self.reach.wake_in(GATHERING)

    def _let_go(self, state: State, concerned: dict[str, Session]) -> None:
        gone = self._followed.keys() - concerned.keys()
        if gone:
            tried = self._tried.items()
            self._tried = {two: what for two, what in tried if gone.isdisjoint(two.split())}
        for ident in gone:
            followed = self._followed.pop(ident)
            if self._watch is not None:
                self._watch.drop(str(followed.place.folder))
        for overlap in state.overlaps.values():
            if overlap.session not in concerned or overlap.other not in concerned:
                self.reach.journal.append(e.OverlapGone(overlap.session, overlap.other))
                self._tried.pop(overlap.id, None)

    # Looking.

    async def _see(self, session: Session) -> None:
        followed = self._followed.get(session.id)
        if followed is None:
            return
        changed, followed.changed, followed.due = followed.changed, set(), None
        began = time.monotonic()
        async with self.turns.lock(session):
            try:
                await asyncio.to_thread(self._take_in, followed, changed)
            except (GitError, OSError) as error:
                # The snapshot at its turn's end will say it to the person.
                log.info("%s was not looked at: %s", session.id, error)
                followed.changed = None
                return
            await self._compare(session.id, followed.place)
        followed.rest(asyncio.get_running_loop().time() + SHARE * (time.monotonic() - began))

    def _take_in(self, followed: Followed, changed: set[str] | None) -> None:
        if changed and self._watch is not None and followed.content is not None:
            fresh = watching.new_folders(followed.place, changed)
            self._watch.add(str(followed.place.folder), fresh)
        before = followed.content
        followed.content = followed.look.at(sorted(changed or ()))
        if changed and before == followed.content:
            followed.quiet |= watching.ignored(followed.place, changed)

    async def _compare(self, ident: str, place: Place) -> None:
        """Merge a session with each other one that changes the same files, and tell what is new."""
        state = self.reach.state()
        concerned = _concerned(state)
        mine = self._content(state, ident)
        if ident not in concerned or mine is None:
            return
        compared: list[tuple[str, str, tuple[str, str], list[str]]] = []
        for other in concerned:
            theirs = self._content(state, other)
            if other == ident or theirs is None or not _same_repo(state, ident, other):
                continue
            one, two = sorted((ident, other))
            commits = (mine.commit, theirs.commit) if one == ident else (theirs.commit, mine.commit)
            key = pair(ident, other)
            if self._tried.get(key) == commits:
                continue
            compared.append((one, two, commits, sorted(mine.files & theirs.files)))
        pairs = [commits for *_, commits, shared in compared if shared]
        clashes = iter(await asyncio.to_thread(all_collisions, place, pairs) if pairs else ())
        for one, two, commits, shared in compared:
            clash = next(clashes) if shared else ()
            if self._has_changed(one, commits[0]) or self._has_changed(two, commits[1]):
                continue  # meanwhile: its own look tells
            self._tried[pair(one, two)] = commits
            self._tell(e.OverlapSeen(one, two, tuple(shared), clash, len(shared), commits))

    def _has_changed(self, ident: str, commit: str) -> bool:
        """Say whether a session was seen to hold something else since."""
        followed = self._followed.get(ident)
        now = followed.content if followed else None
        return now is not None and now.commit != commit

    def _tell(self, seen: e.OverlapSeen) -> None:
        """Write down an overlap that is not as it was told last."""
        known = self.reach.state().overlaps.get(pair(seen.session, seen.other))
        if not seen.count:
            if known:
                self.reach.journal.append(e.OverlapGone(seen.session, seen.other))
            return
        files, conflicts = seen.files[:NAMED], seen.conflicts[:NAMED]
        told = self.reach.journal.fact(known.told) if known else None
        if isinstance(told, e.OverlapSeen):
            before = (told.files, told.conflicts, told.count)
            if before == (files, conflicts, seen.count):
                return
        self.reach.journal.append(seen.but(files=files, conflicts=conflicts))

    def _content(self, state: State, ident: str) -> Content | None:
        """Return what a session holds: as it was seen, or else as its last turn left it."""
        followed = self._followed.get(ident)
        if followed is not None:
            return followed.content
        session = state.sessions[ident]
        return Content(session.commit, frozenset(session.files)) if session.commit else None


def _concerned(state: State) -> dict[str, Session]:
    """Find the sessions whose work is still to land."""
    found = {}
    for task in state.under_way.values():
        session = state.sessions.get(task.session or "")
        if task.state in ALIVE and session and session.worktree and not session.gone:
            found[session.id] = session
    return found


def _has_company(state: State, session: Session, concerned: dict[str, Session]) -> bool:
    return any(_same_repo(state, session.id, other) for other in concerned if other != session.id)


def _same_repo(state: State, one: str, other: str) -> bool:
    tasks, sessions = state.tasks, state.sessions
    return tasks[sessions[one].task].repo == tasks[sessions[other].task].repo
