"""What an agent could plant in a repository to have a program run by whoever uses git there."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

HOOKS = """
applypatch-msg pre-commit prepare-commit-msg commit-msg post-commit pre-rebase post-checkout
post-merge pre-push pre-auto-gc post-rewrite reference-transaction post-index-change
fsmonitor-watchman pre-merge-commit push-to-checkout sendemail-validate
pre-applypatch post-applypatch
"""
ATTRIBUTES = "*.md filter=evil merge=evil diff=evil\n*.py filter=a=b merge=x.y diff=evil\n* text\n"


class Canary:
    """A program that leaves a mark when anybody runs it."""

    def __init__(self, folder: Path) -> None:
        self.mark = folder / "it-ran"
        self.program = folder / "canary"
        self.program.write_text(f"#!/bin/sh\necho \"$0 $*\" >> '{self.mark}'\ncat\nexit 0\n")
        self.program.chmod(0o755)

    def sang(self) -> str:
        return self.mark.read_text() if self.mark.exists() else ""


def settings(program: str) -> list[tuple[str, str]]:
    named = [
        *("core.fsmonitor", "core.pager", "core.editor", "core.sshCommand", "core.askPass"),
        *("core.gitProxy", "core.alternateRefsCommand", "diff.external", "credential.helper"),
        *("sequence.editor", "gpg.program", "gpg.ssh.program", "uploadpack.packObjectsHook"),
        *("diff.evil.textconv", "diff.evil.command", "interactive.diffFilter", "pager.diff"),
        *("merge.evil.driver", "merge.x.y.driver", "filter.evil.clean", "filter.evil.smudge"),
        *("filter.evil.process", "filter.a=b.clean", "filter.a=b.smudge", "trace2.eventTarget"),
        *("gpg.ssh.defaultKeyCommand", "gpg.openpgp.program", "remote.evil.uploadpack"),
    ]
    return [
        *((name, program) for name in named),
        ("filter.evil.required", "true"),
        ("filter.a=b.required", "true"),
        ("merge.default", "evil"),
        ("commit.gpgSign", "true"),
        ("log.showSignature", "true"),
        ("submodule.recurse", "true"),
        ("status.submoduleSummary", "true"),
        ("color.ui", "always"),
        ("protocol.ext.allow", "always"),
        ("remote.evil.url", f"ext::{program}"),
        ("remote.evil.promisor", "true"),
        ("extensions.partialClone", "evil"),
        ("alias.status", f"!{program}"),
        ("gc.auto", "1"),
    ]
