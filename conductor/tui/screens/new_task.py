"""Writing a task: the words, and who is to do it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Checkbox, Input, Label, Select, TextArea

from conductor import acts, templates
from conductor.journal import JournalError
from conductor.tui.ahead import in_turn
from conductor.tui.inks import plain
from conductor.tui.wording import folder

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from conductor.tui.world import World

ANY = "any"


class Held(Checkbox):
    """A box whose shape says whether it is ticked, and not its colour alone."""

    @property
    def BUTTON_INNER(self) -> str:  # type: ignore[override]  # noqa: N802 — Textual's name
        """Draw the tick only where there is one."""
        return "x" if self.value else " "


class NewTask(ModalScreen[None]):
    """Asks for a piece of work; nothing typed is lost by leaving."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "add", "Add", priority=True, id="new.add"),
        Binding("escape", "keep", "Keep as a draft", priority=True, id="new.keep"),
    ]
    draft: ClassVar[dict[str, object]] = {}

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world

    def compose(self) -> ComposeResult:
        """Lay out the dialog."""
        with Vertical(classes="dialog"):
            yield Label(Content("New task"), classes="heading")
            yield TextArea(
                str(self.draft.get("text", "")),
                id="text",
                tab_behavior="focus",
                placeholder="What is to be done? The first line becomes the title.",
            )
            with Container(classes="fields"):
                yield self._select("repo", "In", self._repos(), allow_blank=False)
                yield self._select("template", "Template", self._templates(), any_word="none")
                yield self._select("harness", "Agent", self._harnesses(), any_word="any")
                yield self._select(
                    "subscription",
                    "Subscription",
                    self._subscriptions(),
                    any_word="any",
                )
                yield Input(
                    str(self.draft.get("model", "")),
                    placeholder="model (the agent's own)",
                    id="model",
                )
                yield Input(
                    str(self.draft.get("priority", "")),
                    placeholder="priority (0)",
                    id="priority",
                    type="integer",
                    max_length=7,
                )
                yield Held("hold it: do not start yet", bool(self.draft.get("held")), id="held")
                yield Input(
                    str(self.draft.get("after", "")),
                    placeholder="after (such as t3,t4)",
                    id="after",
                )
            yield Label("", classes="wrong", markup=False)
            yield Label(
                Content("ctrl-s add   tab next field   esc back, the draft is kept"), classes="keys"
            )

    def _select(
        self, name: str, label: str, options: list[tuple[str, str]], *,
        any_word: str = "", allow_blank: bool = False,
    ) -> Select[str]:  # fmt: skip
        if any_word:
            options = [(any_word, ANY), *options]
        chosen = self.draft.get(name)
        values = [value for _, value in options]
        if not values:
            return Select[str]([], prompt=f"{label}: none known", id=name, disabled=True)
        value = chosen if isinstance(chosen, str) and chosen in values else values[0]
        shown = [(Content(f"{label}: {words}"), value) for words, value in options]
        return Select[str](shown, value=value, allow_blank=allow_blank, id=name)

    def _repos(self) -> list[tuple[str, str]]:
        repos = self.world.repos()
        names = [folder(repo) for repo in repos]
        return [
            (plain(name if names.count(name) == 1 else _short(repo)), repo)
            for name, repo in zip(names, repos, strict=True)
        ]

    def _templates(self) -> list[tuple[str, str]]:
        return [(name, name) for name in templates.names(self.world.places)]

    def _subscriptions(self) -> list[tuple[str, str]]:
        return [(one.name, one.name) for one in self.world.subscriptions]

    def _harnesses(self) -> list[tuple[str, str]]:
        return [(h, h) for h in dict.fromkeys(s.harness for s in self.world.subscriptions)]

    def on_mount(self) -> None:
        """Begin to type at the end of the draft."""
        area = self.query_one(TextArea)
        area.move_cursor(area.document.end)
        area.focus()

    def _given(self) -> dict[str, object]:
        given: dict[str, object] = {"text": self.query_one("#text", TextArea).text}
        for name in ("repo", "template", "harness", "subscription"):
            value = self.query_one(f"#{name}", Select).value
            given[name] = value if isinstance(value, str) else None
        for name in ("model", "priority", "after"):
            given[name] = self.query_one(f"#{name}", Input).value
        given["held"] = self.query_one("#held", Checkbox).value
        return given

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave escape to a field that is open."""
        return action != "keep" or not any(one.expanded for one in self.query(Select))

    def action_keep(self) -> None:
        """Leave, keeping the draft."""
        in_turn(self, self._leave)

    def _leave(self) -> None:
        type(self).draft = self._given()
        self.dismiss()

    def action_add(self) -> None:
        """Put the task into the queue, with all that was typed before this key."""
        in_turn(self, self._put)

    def _put(self) -> None:
        """Put the task into the queue; if it is refused, everything stays here."""
        given = self._given()
        type(self).draft = given
        try:
            task = self._add(given)
        except (acts.Refused, JournalError, templates.TemplateError) as error:
            wrong = self.query_one(".wrong", Label)
            wrong.update(Content(str(error)))
            wrong.display = True
            return
        type(self).draft = {"repo": given["repo"]}
        self.app.notify(f"{task} is in the queue.", markup=False, timeout=3)
        self.dismiss()

    def _add(self, given: dict[str, object]) -> str:
        repo = given["repo"]
        if not isinstance(repo, str):
            raise acts.Refused(
                "No repository is known here: start `conductor` inside one,"
                " or name it: conductor DIR."
            )
        check_repository(repo)
        text = str(given["text"])
        template = _chosen(given["template"])
        words = text
        if template and text.strip():
            words = templates.fill(self.world.places, template, text)
        return acts.add_task(
            self.world.journal,
            words,
            repo,
            title=(text.strip() and acts.title_of(text)) or None,
            priority=_number(given["priority"]),
            template=template,
            harness=_chosen(given["harness"]),
            subscription=_chosen(given["subscription"]),
            model=str(given["model"]).strip() or None,
            held=bool(given["held"]),
            after=tuple(filter(None, str(given["after"]).replace(",", " ").split())),
        )


def check_repository(repo: str) -> None:
    """Refuse what no session could work in, or land on, in git's own words."""
    from conductor.config import ConfigError, load_repo
    from worktrees.errors import GitError
    from worktrees.repository import Repository

    try:
        Repository.open(repo).target(load_repo(repo).target)
    except GitError as error:
        raise acts.Refused(f"{error}. {error.hint}".strip()) from error
    except ConfigError as error:
        raise acts.Refused(str(error)) from error


def _chosen(value: object) -> str | None:
    return value if isinstance(value, str) and value != ANY else None


def _number(value: object) -> int:
    text = str(value).strip()
    try:
        return int(text or "0")
    except ValueError:
        raise acts.Refused(f"{text} is no priority: it is a whole number, such as 1.") from None


def _short(path: str) -> str:
    home = os.path.expanduser("~")
    path = f"~{path[len(home) :]}" if path.startswith(home + "/") else path
    return path if len(path) <= 24 else f"…{path[-23:]}"
