"""Subscriptions as people have them: signed in with each vendor's own login, on plans."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path
from typing import Any

from tests.conformance.vendors import VENDORS


def claude(home: Path, address: str, name: str) -> tuple[dict[str, str], str]:
    """Sign in to Claude Code; return the environment, and what its requests authorize with."""
    env = VENDORS["claude"].sign_in(home, address)
    path = home / ".credentials.json"
    told = json.loads(path.read_text())
    told["claudeAiOauth"]["accessToken"] = f"sk-ant-oat01-{name}"
    path.write_text(json.dumps(told))
    return env, f"Bearer sk-ant-oat01-{name}"


def codex(home: Path, address: str, name: str) -> tuple[dict[str, str], str]:
    """Sign in to Codex with ChatGPT, of which it asks the windows; its models are elsewhere.

    With ChatGPT's own models it insists on an address that no test can offer (HTTPS).
    """
    plan = {"chatgpt_plan_type": "plus", "chatgpt_account_id": name, "chatgpt_user_id": name}
    claims = {"email": f"{name}@example.org", "exp": int(time.time()) + 9 * 86_400}
    token = f"{_part({'alg': 'none'})}.{_part({**claims, 'https://api.openai.com/auth': plan})}.x"
    tokens = {"id_token": token, "access_token": token, "refresh_token": "r", "account_id": name}
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    login = {"OPENAI_API_KEY": None, "tokens": tokens, "last_refresh": now}
    (home / "auth.json").write_text(json.dumps(login))
    (home / "config.toml").write_text(_CODEX.format(address=address))
    return {"TMPDIR": "/var/tmp", "MODEL_KEY": token}, f"Bearer {token}"


def _part(content: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


_CODEX = """\
model = "gpt-5.5-codex"
model_provider = "fake"
chatgpt_base_url = "{address}/backend-api"

[model_providers.fake]
name = "Fake"
base_url = "{address}/v1"
env_key = "MODEL_KEY"
wire_api = "responses"

[features]
enable_request_compression = false
"""

SIGN_IN = {"claude": claude, "codex": codex}
