"""An agent that speaks the protocol and does what it is told, a directive a word.

It stands in for what no vendor's agent can be made to do at will. It keeps its conversations in
$AGENT_HOME, and what it can is told by $AGENT_CAN (load, resume).
"""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

CAN = os.environ.get("AGENT_CAN", "load").split()
HOME = Path(os.environ["AGENT_HOME"])
OPTIONS = [
    {"optionId": "yes", "name": "Allow", "kind": "allow_once"},
    {"optionId": "always", "name": "Always", "kind": "allow_always"},
    {"optionId": "no", "name": "Reject", "kind": "reject_once"},
]


class Agent:
    def __init__(self) -> None:
        self.session = ""
        self.cancelled = threading.Event()
        self.answers: dict[str, Any] = {}
        self.answered = threading.Condition()
        self.asked = 0
        self.writing = threading.Lock()

    def send(self, **message: Any) -> None:
        with self.writing:
            print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)

    def update(self, what: str, **told: Any) -> None:
        update = {"sessionUpdate": what, **told}
        self.send(method="session/update", params={"sessionId": self.session, "update": update})

    def chunk(self, text: str, kind: str = "agent_message_chunk", **more: Any) -> None:
        self.update(kind, content={"type": "text", "text": text}, **more)

    def serve(self) -> None:
        for line in sys.stdin:
            message = json.loads(line)
            if "method" not in message:
                with self.answered:
                    self.answers[message["id"]] = message.get("result", {})
                    self.answered.notify_all()
            elif message["method"] == "session/cancel":
                self.cancelled.set()
            elif message["method"] == "session/prompt":
                threading.Thread(target=self.play, args=(message,), daemon=True).start()
            else:
                self.send(id=message["id"], **self.reply(message["method"], message["params"]))

    def reply(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        match method:
            case "initialize" if "odd" in CAN:
                return {"result": {"protocolVersion": "of tomorrow"}}
            case "initialize":
                more = {one: {} for one in CAN if one != "load"}
                can = {"loadSession": "load" in CAN, "sessionCapabilities": more}
                about = {"name": "scripted", "version": "7"}
                told = {"protocolVersion": 1, "agentCapabilities": can, "agentInfo": about}
                return {"result": told}
            case "session/new":
                if "signed-out" in CAN:
                    return {"error": {"code": -32000, "message": "Authentication required"}}
                self.session = f"c{len(list(HOME.glob('c*')))}"
                (HOME / self.session).touch()
                modes = [{"id": one, "name": one} for one in ("wild", "approve")]
                there = {"currentModeId": "wild", "availableModes": modes}
                return {"result": {"sessionId": self.session, "modes": there}}
            case "session/load" | "session/resume" if method.endswith("load") or "mute" not in CAN:
                self.session = params["sessionId"]
                said = (HOME / self.session).read_text()
                self.chunk(f"told again: {said}")  # as Hermes does even where it only resumes
                return {"result": {"sessionId": self.session}}
            case "session/set_mode":
                (HOME / "mode").write_text(params["modeId"])
                return {"result": {}}
        return {"error": {"code": -32601, "message": "Method not found"}}

    def play(self, message: dict[str, Any]) -> None:
        words = message["params"]["prompt"][0]["text"]
        with (HOME / self.session).open("a") as file:
            file.write(f"{words}\n")
        self.cancelled.clear()
        stop, more = "end_turn", {}
        for word in words.split():
            match word.partition("="):
                case ("say", _, what):
                    self.chunk(what)
                case ("think", _, what):
                    self.chunk(what, "agent_thought_chunk")
                case ("plan", _, what):
                    steps = [{"content": w, "priority": "low", "status": s} for w, s in (
                        (what, "completed"), ("rest", "pending"))]  # fmt: skip
                    self.update("plan", entries=steps)
                case ("edit", _, name):
                    self.edit(name)
                case ("run", _, what):
                    self.run(what.replace("_", " "))
                case ("two", _, _):
                    both = [threading.Thread(target=self.edit, args=(n,)) for n in ("a", "b")]
                    for one in both:
                        one.start()
                    for one in both:
                        one.join()
                case ("hang", _, _):
                    self.cancelled.wait()
                case ("refuse", _, _):
                    stop = "refusal"
                case ("stop", _, what):
                    stop = what
                case ("fail", _, what):
                    error = {"code": -32603, "message": "Internal error", "data": what}
                    self.send(id=message["id"], error=error)
                    return
                case ("odd", _, _):
                    self.update("a_kind_of_tomorrow", x=1)
                    self.send(id="odd", method="craft/unheard", params={})
                case ("use", _, what):
                    fresh, cached, out, total = map(int, what.split(","))
                    told = {"inputTokens": fresh, "cachedReadTokens": cached, "outputTokens": out}
                    more = {"usage": {**told, "totalTokens": total}}
                case ("hold", _, what):
                    used, size = map(int, what.split(","))
                    self.update("usage_update", used=used, size=size)
                case ("die", _, _):
                    print("it was too much", file=sys.stderr, flush=True)
                    os._exit(3)
            if self.cancelled.is_set():
                stop = "cancelled"
                break
        self.send(id=message["id"], result={"stopReason": stop, **more})

    def ask(self, tool: dict[str, Any]) -> bool:
        with self.answered:
            self.asked += 1
            name = f"ask{self.asked}"
        told = {"sessionId": self.session, "toolCall": tool, "options": OPTIONS}
        self.send(id=name, method="session/request_permission", params=told)
        with self.answered:
            self.answered.wait_for(lambda: name in self.answers)
        chosen = self.answers[name].get("outcome", {})
        return chosen.get("optionId") in ("yes", "always")

    def edit(self, name: str) -> None:
        path = str(Path.cwd() / name)
        old = Path(path).read_text() if Path(path).exists() else ""
        diff = {"type": "diff", "path": path, "oldText": old, "newText": f"{old}more\n"}
        tool = {"toolCallId": f"edit-{name}", "title": f"Writing {name}", "kind": "edit"}
        self.update("tool_call", **tool, status="pending", content=[diff])
        well = self.ask({**tool, "content": [diff]})
        if well:
            Path(path).write_text(f"{old}more\n")
        status = "completed" if well else "failed"
        self.update("tool_call_update", toolCallId=tool["toolCallId"], status=status)

    def run(self, command: str) -> None:
        tool = {"toolCallId": "run", "title": "Shell", "kind": "execute"}
        tool["rawInput"] = {"command": command}
        self.update("tool_call", **tool, status="pending")
        well = self.ask(tool)
        output = [{"type": "content", "content": {"type": "text", "text": "ran it\x1b]52;c;x\x07"}}]
        status = {"status": "completed", "content": output} if well else {"status": "failed"}
        self.update("tool_call_update", toolCallId="run", **status)


if __name__ == "__main__":
    Agent().serve()
