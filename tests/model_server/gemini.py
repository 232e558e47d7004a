"""Google's generateContent: how Gemini CLI talks to a model."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

from tests.model_server import tools
from tests.model_server.wires import Answer, Request, chosen

_STATUS = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 404: "NOT_FOUND"}
_RPC = "type.googleapis.com/google.rpc"


class Gemini:
    """POST /v1beta/models/MODEL:streamGenerateContent?alt=sse, and :generateContent."""

    def read(self, headers: Mapping[str, str], body: Any) -> Request:
        prompt, results = "", 0
        for content in body["contents"]:
            for part in content["parts"] if content.get("role", "user") == "user" else ():
                if "functionResponse" in part:
                    results += 1
                elif part.get("text") and not part["text"].startswith("<session_context>"):
                    prompt, results = part["text"], 0
        schemas = {
            one["name"]: one.get("parametersJsonSchema") or one.get("parameters") or {}
            for tool in body.get("tools") or ()
            for one in tool.get("functionDeclarations", ())
        }
        return Request(
            headers.get("x-goog-api-key", headers.get("authorization", "")),
            body["model"],
            prompt,
            results,
            len(json.dumps(body["contents"])),
            tools.runner(schemas),
            tuple(schemas),
            "",  # its tools take paths beside the folder they work in
            schemas,
        )

    def refusal(self, made: Answer) -> Any:
        details: list[dict[str, Any]] = []
        if made.reset is not None:  # the allowance of a Google account
            reason = {"reason": "QUOTA_EXHAUSTED", "domain": "cloudcode-pa.googleapis.com"}
            left = f"{max(0.1, made.reset - time.time()):.1f}s"
            details = [
                {"@type": f"{_RPC}.ErrorInfo", **reason},
                {"@type": f"{_RPC}.RetryInfo", "retryDelay": left},
            ]
        elif made.retry_after is not None:
            delay = f"{made.retry_after:g}s"
            details = [{"@type": f"{_RPC}.RetryInfo", "retryDelay": delay}]
        status = (
            "RESOURCE_EXHAUSTED" if made.status == 429 else _STATUS.get(made.status, "INTERNAL")
        )
        told = {"code": made.status, "message": made.message, "status": status, "details": details}
        return {"error": told}

    def limits(self, made: Answer) -> dict[str, str]:
        return {}

    def events(self, request: Request, made: Answer) -> Iterator[str]:
        for word in made.words:
            yield self._event(request, made, [{"text": word}])
        call = chosen(request, made)
        parts = []
        if call is not None:
            parts = [{"functionCall": {"name": call[0], "args": call[1]}}]
        yield self._event(request, made, parts, "MAX_TOKENS" if made.cut else "STOP")

    def whole(self, request: Request, made: Answer) -> Any:
        """Return what an answer is in one piece."""
        return self._content(request, made, [{"text": made.text}], "STOP")

    def _event(self, request: Request, made: Answer, parts: Any, finish: str = "") -> str:
        return f"data: {json.dumps(self._content(request, made, parts, finish))}\r\n\r\n"

    def _content(self, request: Request, made: Answer, parts: Any, finish: str) -> Any:
        candidate: dict[str, Any] = {"content": {"role": "model", "parts": parts}, "index": 0}
        if finish:
            candidate["finishReason"] = finish
        usage = {
            "promptTokenCount": request.size // 4 + 100,
            "cachedContentTokenCount": 100,
            "candidatesTokenCount": 7 + len(made.words),
            "totalTokenCount": request.size // 4 + 107 + len(made.words),
        }
        return {
            "candidates": [candidate],
            "usageMetadata": usage,
            "modelVersion": request.model,
            "responseId": f"resp-{made.number:04}",
        }
