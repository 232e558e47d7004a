"""One conversation with one agent over the protocol, from its start to its last process."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from harnesses import HarnessError
from harnesses.acp.plan import Plan
from harnesses.acp.process import Child
from harnesses.acp.talk import Turn
from harnesses.acp.told import Told
from harnesses.acp.usage import Usage
from harnesses.builtin.happenings import Note
from harnesses.loading import loading

if TYPE_CHECKING:
    from acp.core import ClientSideConnection

    from harnesses.acp.client import Client

_SIGN_IN, _UNKNOWN = -32000, -32601
_LATE = 10.0  # seconds after which it is shown what an agent tells that does not begin
_T = TypeVar("_T")


class Conversation:
    """Starts an agent and speaks with it."""

    def __init__(
        self, plan: Plan, tell: Callable[[Told], None], before: Iterable[Mapping[str, Any]] = ()
    ) -> None:
        self.plan = plan
        self.id = ""
        self.title = plan.name
        self.model = plan.model or ""
        self._tell = tell
        self._usage = Usage(plan.running, before)
        self._child: Child | None = None
        self._connection: ClientSideConnection | None = None
        self._client: Client | None = None

    # The beginning.

    async def open(self, resume: str | None) -> None:
        """Start the agent, and begin a conversation or take an old one up by its id."""
        self._child = await Child.start(self.plan.name, self.plan.command, self.plan.worktree)
        # Importing takes longer than anything else of ours: the agent starts meanwhile.
        with loading("acp"):
            import acp

            from harnesses.acp.client import Client

        self._client = Client(self.plan, self._usage, self._tell, uuid.uuid4().hex[:8])
        child = self._child
        late = asyncio.create_task(self._explain(child))
        # Files and terminals it is not offered: the library answers that there are none.
        client = cast("acp.Client", self._client)
        self._connection = acp.connect_to_agent(client, child.given, child.told)
        try:
            await self._answered(self._begin(resume))
        finally:
            late.cancel()

    async def _explain(self, child: Child) -> None:
        """Show what an agent tells beside the protocol while it does not begin, as to sign in."""
        await asyncio.sleep(_LATE)
        await child.spoke.wait()
        told = [f"{self.plan.name} has not begun yet. It tells:", *child.words()]
        self._tell(Note("\n".join(told)))

    async def _begin(self, resume: str | None) -> None:
        import acp
        from acp.schema import ClientCapabilities, Implementation

        assert self._connection is not None
        try:
            met = await self._connection.initialize(
                acp.PROTOCOL_VERSION,
                client_capabilities=ClientCapabilities(),
                client_info=Implementation(name="conductor", version="1"),
            )
        except acp.RequestError as error:
            if error.code != _UNKNOWN:
                raise
            why = f"`{self.plan.command[0]}` does not speak the Agent Client Protocol, as it was"
            raise HarnessError(f"{why} started: {error}") from error
        if met.protocol_version != acp.PROTOCOL_VERSION:
            raise HarnessError(
                f"{self.plan.name} speaks version {met.protocol_version} of the protocol, not "
                f"{acp.PROTOCOL_VERSION}: a newer Conductor may know it"
            )
        if met.agent_info:
            about = met.agent_info
            self.title = f"{about.title or about.name} {about.version}".strip()
        can = met.agent_capabilities
        more = can.session_capabilities if can else None
        began = await self._take_up(resume, more, bool(can and can.load_session))
        await self._choose(began)

    async def _take_up(self, resume: str | None, can: Any, loads: bool) -> Any:
        from acp import RequestError

        assert self._connection is not None
        assert self._client is not None
        connection, tree = self._connection, self.plan.worktree
        if resume is None:
            began = await connection.new_session(tree, mcp_servers=[])
            self.id = began.session_id
            return began
        self.id = resume
        resumes = can is not None and can.resume is not None
        if not resumes and not loads:
            raise HarnessError(f"{self.plan.name} cannot continue a conversation")
        self._client.deaf = True  # some tell it all again there, too
        try:
            if resumes:
                try:
                    return await connection.resume_session(resume, tree, mcp_servers=[])
                except RequestError as error:
                    if error.code != _UNKNOWN or not loads:
                        raise  # else it only announces that it could
            return await connection.load_session(tree, resume, mcp_servers=[])
        finally:
            self._client.deaf = False

    async def _choose(self, began: Any) -> None:
        """Choose the mode in which the agent asks, and the model."""
        assert self._connection is not None
        modes = began.modes
        if modes is not None:
            wanted = _first(self.plan.modes, [one.id for one in modes.available_modes])
            if wanted is not None and wanted != modes.current_mode_id:
                await self._connection.set_session_mode(self.id, wanted)
        options = began.config_options or ()
        for option in options if modes is None else ():
            if _of(option, "mode"):
                await self._set(option, _first(self.plan.modes, _values(option)))
        models = [option for option in options if _of(option, "model")]
        for option in models:
            await self._set(option, self._model(_values(option)))
            self.model = self.plan.model or str(option.current_value)
        if self.plan.choose and not models:
            raise HarnessError(
                f"{self.plan.name} offers no choice of a model: leave `model` out, or say in "
                f"[harness.{self.plan.name}] how it is told, as in "
                'model = ["--model", "{model}"]'
            )

    async def _set(self, option: Any, value: str | None) -> None:
        assert self._connection is not None
        if value is not None and value != option.current_value:
            await self._connection.set_config_option(option.id, self.id, value)

    def _model(self, known: list[str]) -> str | None:
        wanted = self.plan.model if self.plan.choose else None
        if wanted is not None and wanted not in known:
            some = ", ".join(known[:8]) + (" …" if len(known) > 8 else "")
            raise HarnessError(f"{self.plan.name} has no model {wanted!r}; it has {some}")
        return wanted

    # A turn.

    async def prompt(self, text: str) -> Turn:
        """Play one turn, and say how it ended."""
        from acp.schema import TextContentBlock

        assert self._connection is not None
        said: list[Any] = [TextContentBlock(type="text", text=text)]
        response = await self._answered(self._connection.prompt(self.id, said))
        return Turn(str(response.stop_reason), self._usage.turn(response, self.model))

    async def cancel(self) -> None:
        """Ask the agent to break its turn off."""
        if self._connection is not None:
            with contextlib.suppress(ConnectionError):
                await self._connection.cancel(self.id)

    # The end.

    @property
    def code(self) -> int | None:
        """How its process ended, as a shell tells it; None while it runs."""
        return self._child.code if self._child else 0

    async def close(self) -> None:
        """Let the agent go, and end what it has started and left."""
        child, connection = self._child, self._connection
        self._child = self._connection = None
        if connection is not None:
            with contextlib.suppress(ConnectionError):  # what was on its way to one that is gone
                await connection.close()
        if child is not None:
            await child.close()

    async def gone(self) -> str:
        """Wait until the agent's process ends by itself, and say how it did."""
        assert self._child is not None
        return await self._child.gone()

    async def _answered(self, answer: Awaitable[_T]) -> _T:
        """Wait for an answer of the agent; raises HarnessError where it gives none."""
        from acp import RequestError

        assert self._child is not None
        child = self._child
        try:
            return await answer
        except RequestError as error:
            raise HarnessError(self._refusal(error)) from error
        except ConnectionError as error:
            raise HarnessError(await child.end()) from error
        except ValueError as error:  # it has another shape than the protocol's
            told = " ".join(str(error).split())[:300]
            raise HarnessError(
                f"{self.plan.name} answered what Conductor did not understand: {told}"
            ) from error

    def _refusal(self, error: Any) -> str:
        """Say what the agent refused, in its own words."""
        if error.code == _SIGN_IN:
            return f"{self.plan.name} is not signed in: sign in with its own program first. {error}"
        data = error.data
        more = data.get("details") or data.get("message") if isinstance(data, dict) else data
        said = str(error)
        return f"{said}: {more}" if isinstance(more, str) and more not in said else said


def _first(wanted: tuple[str, ...], there: list[str]) -> str | None:
    return next((one for one in wanted if one in there), None)


def _of(option: Any, category: str) -> bool:
    return option.type == "select" and category in (option.category, option.id)


def _values(option: Any) -> list[str]:
    """List what can be chosen, which may stand in groups."""
    listed = [one for part in option.options for one in getattr(part, "options", (part,))]
    return [str(one.value) for one in listed]
