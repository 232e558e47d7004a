"""Stories: a world in one text file, for pictures, tests and bug reports alike.

Each line is a JSON object: a fact (`at`, `fact` and its fields), a `sample` of tokens or many alike
(`samples`, `told`), an agent's `screen` (`rows`) or `context` (`used`, `size`), a `diff` (`commit`,
`text`), or the `clock` that it all stands at.
"""

from __future__ import annotations

import json
import os
from types import MappingProxyType
from typing import Any, NamedTuple

from conductor import contexts, samples
from conductor.events import Fact, from_body
from conductor.fold import fold
from conductor.journal import Journal
from conductor.places import Places
from conductor.review.told import Told, listed_in, parts_of
from conductor.state import EMPTY, Record, State
from conductor.terminals.emulator import clean
from conductor.terminals.live import Beside
from conductor.tui.sources import Scope, SourceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence

    from conductor.state import Session, Task
    from conductor.terminals.pointing import Pointing


class StoryError(Exception):
    """A story cannot be read; the text says which line, and what is wrong with it."""


class Story(NamedTuple):
    """What a story's lines tell."""

    clock: float
    facts: tuple[tuple[float, Fact], ...]
    samples: tuple[samples.Sample, ...]
    screens: dict[str, tuple[str, ...]]
    diffs: dict[str, str]
    contexts: Mapping[str, tuple[int, int]] = MappingProxyType({})  # used, and size

    def state(self) -> State:
        """Fold the facts."""
        return fold(EMPTY, [Record(n, at, fact) for n, (at, fact) in enumerate(self.facts, 1)])


def find(name: str) -> str:
    """Find a story: a path, or the name of one that is shipped."""
    if os.path.exists(name):
        return name
    import templates

    for place in templates.__path__:
        path = os.path.join(place, "stories", f"{name}.jsonl")
        if os.path.exists(path):
            return path
    raise StoryError(f"There is no story {name!r}: give the path of a .jsonl file.")


def read(path: str) -> Story:
    """Read a story."""
    clock, facts, measured = 0.0, [], []
    screens: dict[str, tuple[str, ...]] = {}
    diffs: dict[str, str] = {}
    held: dict[str, tuple[int, int]] = {}
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                told: dict[str, Any] = json.loads(line)
                match told:
                    case {"fact": str(kind), "at": at, **body}:
                        fact = from_body(kind, body)
                        if fact is None:
                            raise ValueError(f"no fact is called {kind}")
                        facts.append((float(at), fact))
                    case {"sample": dict(body)}:
                        measured.append(samples.Sample(**body))
                    case {"samples": dict(body), "told": list(rows)}:
                        measured.extend(_many(body, rows, number))
                    case {"context": str(session), "used": int(used), "size": int(size)}:
                        held[session] = (used, size)
                    case {"screen": str(session), "rows": list(rows)}:
                        screens[session] = tuple(clean(str(row)) for row in rows)
                    case {"diff": str(commit), "text": str(patch)}:
                        diffs[commit] = patch
                    case {"clock": at}:
                        clock = float(at)
                    case _:
                        raise ValueError("neither a fact, a sample, a screen, a diff nor a clock")
            except (ValueError, TypeError) as error:
                raise StoryError(f"{path}:{number}: {error}") from error
    clock = clock or (facts[-1][0] if facts else 0.0)
    return Story(clock, tuple(facts), tuple(measured), screens, diffs, held)


def _many(body: dict[str, Any], rows: list[list[float]], number: int) -> Iterator[samples.Sample]:
    """Read rows of a time, input, cached and output tokens, and maybe a cost."""
    for row, (at, given, cached, output, *cost) in enumerate(rows):
        yield samples.Sample(
            id=f"{number}-{row}", at=float(at), input=int(given), cached=int(cached),
            output=int(output), cost_usd=float(cost[0]) if cost else None, **body,
        )  # fmt: skip


def told(story: Story, folder: str) -> tuple[Journal, Places]:
    """Write a story into a journal of its own, at the times it tells."""
    places = Places(config=folder, state=folder)
    places.make()
    journal = Journal(places.journal)
    with journal.decide() as decision:
        for at, fact in story.facts:
            decision.at = at
            decision.append(fact)
        samples.keep(decision.db, story.samples, story.clock)
        for session, (used, size) in story.contexts.items():
            contexts.keep(decision.db, session, used, size)
    return journal, places


class _Cursor(NamedTuple):
    x: int
    y: int
    visible: bool


class _Screen(NamedTuple):
    rows: tuple[str, ...]

    @property
    def size(self) -> tuple[int, int]:
        return 120, len(self.rows)

    def row(self, y: int) -> str:
        return self.rows[y]

    def cursor(self) -> _Cursor:
        return _Cursor(2, max(0, len(self.rows) - 1), visible=False)


class StoryScreens:
    """Agents' screens as a story tells them; nobody is there to type to."""

    def __init__(self, story: Story) -> None:
        self._screens = {session: _Screen(rows) for session, rows in story.screens.items()}

    async def open(
        self, on_dirty: Callable[[frozenset[str]], None], on_trouble: Callable[[str | None], None]
    ) -> None:
        """Return at once: nothing changes in a story."""

    def follow(self, sessions: Iterable[str]) -> None:
        """Take no notice: nothing changes in a story."""

    def hurry(self, session: str | None) -> None:
        """Take no notice: nothing changes in a story."""

    def screen(self, session: str) -> _Screen | None:
        """Return a session's screen, if the story has one."""
        return self._screens.get(session)

    def _nobody(self, session: str) -> SourceError:
        return SourceError(f"{session} is only told in a story; there is nobody to type to.")

    def type(self, session: str, text: str) -> None:
        """Refuse."""
        raise self._nobody(session)

    def press(self, session: str, key: str) -> None:
        """Refuse."""
        raise self._nobody(session)

    def point(self, session: str, at: Pointing) -> bool:
        """Be of no interest to anybody."""
        return False

    def focus(self, session: str, *, there: bool) -> None:
        """Take no notice: nobody is there."""

    async def paste(self, session: str, text: str) -> None:
        """Refuse."""
        raise self._nobody(session)

    def resize(self, session: str, columns: int, rows: int) -> None:
        """Take no notice: a story's screens have the size they were told in."""

    def history(self, session: str) -> Sequence[str]:
        """Return the rows that the story tells."""
        screen = self._screens.get(session)
        return screen.rows if screen else ()

    def attach_argv(self, session: str) -> Sequence[str]:
        """Refuse."""
        raise self._nobody(session)

    def open_tool(
        self, session: str, folder: str, name: str, argv: Sequence[str], *, pinned: bool
    ) -> str:
        """Refuse."""
        raise self._nobody(session)

    def open_tile(
        self,
        session: str,
        folder: str,
        name: str,
        argv: Sequence[str],
        *,
        pinned: bool,
        size: tuple[int, int],
    ) -> str:
        """Refuse."""
        raise self._nobody(session)

    def beside(self) -> Mapping[str, Beside]:
        """Return those whose names say beside whose agent they stand, such as s3-shell."""
        found = (name.partition("-") for name in self._screens)
        return {f"{of}-{tool}": Beside(of, tool, pinned=False) for of, dash, tool in found if dash}

    def pin(self, terminal: str, *, pinned: bool) -> None:
        """Refuse."""
        raise self._nobody(terminal)

    def close(self, terminal: str) -> None:
        """Refuse."""
        raise self._nobody(terminal)


class StoryReading:
    """A diff as a story tells it."""

    def __init__(self, diff: bytes) -> None:
        self._diff = diff

    def listed(self) -> Sequence[Told]:
        """List the files that the diff names."""
        return listed_in(self._diff)

    def patch(
        self, paths: Sequence[str] | None = None, *, ignore_space: bool = False
    ) -> Generator[bytes]:
        """Yield the parts of some files, or all."""
        for file, part in zip(listed_in(self._diff), parts_of(self._diff), strict=True):
            if paths is None or file.path in paths:
                yield part

    def text(self, blob: str, most: int) -> bytes:
        """Return nothing: a story tells no more of a file than its diff."""
        return b""

    def sizes(self, blobs: Sequence[str]) -> Mapping[str, int]:
        """Return nothing."""
        return {}

    @property
    def left_out(self) -> Sequence[str]:
        """Return nothing: a story is small."""
        return ()

    def close(self) -> None:
        """Nothing is kept."""


class StoryChanges:
    """Changes as a story tells them."""

    def __init__(self, story: Story) -> None:
        self._diffs = story.diffs

    def read(self, task: Task, session: Session, scope: Scope) -> StoryReading:
        """Return the diff that ends with a commit, whatever it begins with."""
        if (scope.head or session.id) not in self._diffs:
            raise SourceError(f"The story does not tell what {task.id} changed.")
        return StoryReading(self._diffs[scope.head or session.id].encode())

    def commits(self, task: Task, session: Session) -> Sequence[Scope]:
        """Return nothing: a story tells no commits."""
        return ()

    def clashes(self, state: State, task: Task) -> tuple[str, Sequence[str]]:
        """Return nothing: a story tells of no target."""
        return "", ()
