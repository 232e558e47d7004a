"""A model server on loopback for tests: it speaks vendors' APIs and is steered by its prompts.

`python tests/model_server/serve.py [PORT]` prints its address and serves until it is ended.

What it answers is decided by directives in the latest prompt, played in their order, one reply for
each; the reply after the last one begins with `Done` and ends the turn:

    [[run=COMMAND]]   call the vendor's shell tool        [[file=NAME]]   write a file by that tool
    [[say=TEXT]]      words before the next directive     [[ask=TEXT]]    end with a question
    [[limit=SECONDS]] 429 with that retry-after, once     [[drop]]        break the stream off, once
    [[window=SECONDS]] 429 of a subscription's window that resets then, once
    [[status=CODE]]   answer with that HTTP status, once  [[length]]      stop for lack of room
    [[delay=SECONDS]] wait before the first byte          [[outside=WHY]]  ask to leave the sandbox
    [[broke]]         refuse for lack of credit, always
    [[junk]]          begin with what is not JSON, once   [[nothing]]     end before it begins, once
    [[reads=A|B]]     read these files at the same time
    [[helpers=A|B]]   give these to helpers at the same time, {run=…} for a directive in them

A key that contains `wrong` is refused with 401; a model that contains `unknown` with 404. Figures
of tokens are made from the lengths of what was sent, so that a test can work them out. Each vendor
is one `Wire`: what a request says, and how a reply is written. A further vendor is one more.
"""

from __future__ import annotations

import json
import re
import sys
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # when run as a program

from tests.model_server.gemini import Gemini
from tests.model_server.plans import Plan, uneven
from tests.model_server.responses import OpenAIResponses
from tests.model_server.wires import Answer, AnthropicMessages, OpenAIChat, Request, Wire

STREAM = ":streamGenerateContent"
WIRES: dict[str, Wire] = {
    "/v1/messages": AnthropicMessages(),
    "/chat/completions": OpenAIChat(),
    "/responses": OpenAIResponses(),
    STREAM: Gemini(),
    ":generateContent": Gemini(),
}
WINDOW = 3 * 3600.0
"""For how long the window of a subscription still runs, unless a directive says otherwise."""

_DIRECTIVE = re.compile(r"\[\[(\w+)(?:=(.*?))?\]\]", re.DOTALL)
_ONCE = {"limit", "window", "status", "drop", "junk", "nothing"}
_MODIFIERS = {"say", "delay", "length", "outside"}
_BROKE = 402
"""The status by which an account without credit is refused, however often it asks."""


@dataclass(slots=True)
class Seen:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass(slots=True)
class Memory:
    """What the server remembers: requests, and which one-time directives are spent."""

    seen: list[Seen] = field(default_factory=list)
    spent: set[tuple[str, int]] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)
    count: int = 0
    plans: dict[str, Plan] = field(default_factory=dict)  # by what requests authorize with
    written: int = 0  # streams written to their end, or to a client that had gone
    told: list[tuple[int, int]] = field(default_factory=list)  # tokens in and out, of each reply

    def spend(self, key: tuple[str, int]) -> bool:
        """Spend a one-time directive; False when it was spent before."""
        with self.lock:
            fresh = key not in self.spent
            self.spent.add(key)
            return fresh


def answer(request: Request, memory: Memory) -> Answer:
    """Decide what to answer by the directives of the latest prompt."""
    with memory.lock:
        memory.count += 1
        made = Answer(memory.count, window=time.time() + WINDOW)
    if "wrong" in request.key:
        return _refused(made, 401, "invalid x-api-key")
    if "unknown" in request.model:
        return _refused(made, 404, f"model: {request.model}")
    if plan := memory.plans.get(request.key):
        plan.take(made)
        if made.status != 200:
            return made
    if not request.tool:  # a title or a summary that the CLI asks for beside the conversation
        made.text = "A short title"
        return made
    steps = 0
    for place, found in enumerate(_DIRECTIVE.finditer(request.prompt)):
        kind, value = found[1], found[2] or ""
        now = steps == request.results
        if kind == "broke":
            return _refused(made, _BROKE, "your credit balance is too low")
        if kind in _ONCE:
            if now and memory.spend((request.prompt, place)):
                return _trouble(made, kind, value)
        elif kind in _MODIFIERS:
            if now:
                _modify(made, kind, value)
        elif now:
            return _act(made, kind, value)
        else:
            steps += 1
    made.text = made.text or f"Done: {_DIRECTIVE.sub('', request.prompt).strip()[:200]}"
    return made


def _refused(made: Answer, status: int, message: str) -> Answer:
    made.status, made.message = status, message
    return made


def _trouble(made: Answer, kind: str, value: str) -> Answer:
    if kind == "nothing":
        made.text, made.nothing = "Never seen", True
        return made
    if kind == "junk":
        made.text, made.junk = "Never seen", True
        return made
    if kind == "drop":
        made.text, made.drop = "I was about to say something", True
        return made
    if kind == "window":
        made.reset = uneven(time.time() + float(value))
        return _refused(made, 429, "the window is used up")
    if kind == "limit":
        made.retry_after = float(value)
        return _refused(made, 429, "rate limit reached, try again later")
    return _refused(made, int(value), f"asked to answer {value}")


def _modify(made: Answer, kind: str, value: str) -> None:
    if kind == "say":
        made.text += value
    elif kind == "delay":
        made.delay = float(value)
    elif kind == "outside":
        made.outside = value
    else:
        made.cut = True


def _act(made: Answer, kind: str, value: str) -> Answer:
    if kind == "run":
        made.command = value
    elif kind == "file":
        made.file, made.command = value, f"echo {made.content} > {value}"
    elif kind == "reads":
        made.reads = tuple(value.split("|"))
    elif kind == "helpers":
        made.helpers = tuple(re.sub(r"{(.*?)}", r"[[\1]]", one) for one in value.split("|"))
    elif kind == "ask":
        made.question = value
        made.text += f"\nQUESTION: {value}"
    else:
        return _refused(made, 400, f"unknown directive {kind}")
    return made


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ModelServer

    def do_GET(self) -> None:
        plan = self.server.memory.plans.get(self.headers.get("authorization", ""))
        if self.path.endswith("/usage") and plan:
            self._plain(200, plan.usage(), {})
            return
        self._plain(404, {"error": {"message": f"no such address: {self.path}"}}, {})

    def do_HEAD(self) -> None:
        self._plain(404, None, {})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))))
        headers = {key.lower(): value for key, value in self.headers.items()}
        memory = self.server.memory
        with memory.lock:
            memory.seen.append(Seen(self.path, headers, body))
        path = self.path.partition("?")[0]
        if path.endswith(":countTokens"):
            return self._plain(200, {"totalTokens": len(json.dumps(body)) // 4}, {})
        if path.endswith("/count_tokens"):
            return self._plain(200, {"input_tokens": len(json.dumps(body)) // 4}, {})
        wire = next((wire for end, wire in WIRES.items() if path.endswith(end)), None)
        body.setdefault("model", path.rpartition("/")[2].partition(":")[0])  # Google's is there
        if wire is None:
            return self._plain(404, {"error": {"message": f"no such address: {path}"}}, {})
        request = wire.read(headers, body)
        made = answer(request, memory)
        self.server.closing.wait(made.delay)
        if made.status != 200:
            return self._plain(made.status, wire.refusal(made), _headers(wire, request, made))
        if isinstance(wire, Gemini) and not path.endswith(STREAM):
            return self._plain(200, wire.whole(request, made), {})
        if isinstance(wire, OpenAIChat) and not body.get("stream"):
            return self._plain(200, wire.whole(request, made), {})
        return self._stream(wire, request, made)

    def _plain(self, status: int, body: Any, headers: dict[str, str]) -> None:
        data = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        for key, value in headers.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, wire: Wire, request: Request, made: Answer) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        for key, value in _headers(wire, request, made).items():
            self.send_header(key, value)
        self.end_headers()
        try:
            for number, event in enumerate(wire.events(request, made)):
                if made.nothing:
                    break
                if made.drop and number == 4:
                    self.close_connection = True
                    return  # without the last chunk: broken off
                data = (
                    event if number or not made.junk else "event: message_start\ndata: {junk\n\n"
                ).encode()
                self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
                self.wfile.flush()
            self.wfile.write(b"0\r\n\r\n")
        finally:
            with self.server.memory.lock:
                self.server.memory.written += 1
                self.server.memory.told.append((request.size // 4, 7 + len(made.words)))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the stdlib's name
        pass


def _headers(wire: Wire, request: Request, made: Answer) -> dict[str, str]:
    """Return what the headers tell; of windows only where a subscription, not a key, pays."""
    if made.retry_after is not None:
        return {"retry-after": f"{made.retry_after:g}"}
    if made.reset is not None or request.key.startswith("Bearer "):
        return {"request-id": f"req_{made.number:04}", **wire.limits(made)}
    return {"request-id": f"req_{made.number:04}"}


class ModelServer(ThreadingHTTPServer):
    """The server; `with ModelServer() as server: server.address`."""

    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.memory = Memory()
        self.closing = threading.Event()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def seen(self) -> list[Seen]:
        with self.memory.lock:
            return list(self.memory.seen)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):  # a client may go at any time
            super().handle_error(request, client_address)

    def __enter__(self) -> ModelServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self.shutdown()
        self._thread.join()
        self.server_close()


def main() -> None:
    with ModelServer(int(sys.argv[1]) if len(sys.argv) > 1 else 0) as server:
        print(server.address, flush=True)
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
