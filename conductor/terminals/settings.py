"""The configuration of our own tmux server; the person's own is never read."""

from __future__ import annotations

import functools
import shutil
import subprocess

BACK_KEY = "F12"

# `-q`: an option that this version of tmux does not know yet is skipped, not an error.
_SETTINGS = """\
# Written by Conductor at each start of its tmux server; changes here are lost.
set -sq exit-empty off
set -sq exit-unattached off
set -sq escape-time 0
set -sq focus-events on
set -sq set-clipboard off
set -sq extended-keys on
set -sq default-terminal "{term}"
set -saq terminal-features ",*:RGB:extkeys"
set -sq buffer-limit 20
set -gq destroy-unattached off
set -gq detach-on-destroy on
set -gq mouse on
set -gq history-limit 5000
set -gq set-titles off
set -gq bell-action none
set -gq activity-action none
set -gq silence-action none
set -gq visual-bell off
set -gq update-environment ""
set -gq default-shell /bin/sh
set -gq default-size 200x50
set -gq base-index 0
set -gq display-time 2000
set -gq status on
set -gq status-interval 0
set -gq status-style "reverse"
set -gq status-left-length 120
set -gq status-left " #{{session_name}} · {back} or Ctrl-b d goes back to Conductor "
set -gq status-right ""
set -gq window-status-format " #I:#W "
set -gq window-status-current-format "[#I:#W]"
set -gwq remain-on-exit on
set -gwq remain-on-exit-format ""
set -gwq window-size latest
set -gwq aggressive-resize off
set -gwq allow-passthrough off
set -gwq allow-rename off
set -gwq automatic-rename off
set -gwq monitor-bell off
set -gwq pane-base-index 0
bind-key -n {back} detach-client
# Renaming the window is how a death reaches every control client without anyone polling;
# through run-shell, because a hook's own commands notify nobody.
set-hook -g pane-died 'run-shell -b -C "rename-window -t #{{hook_pane}} dead"'
"""


def settings() -> str:
    """Return the whole configuration file."""
    return _SETTINGS.format(term=term(), back=BACK_KEY)


@functools.cache
def term() -> str:
    """Return the TERM that programs in our panes are given: the best this machine describes."""
    if shutil.which("infocmp") is None:
        return "screen-256color"
    for name in ("tmux-256color", "screen-256color"):
        asked = subprocess.run(["infocmp", name], capture_output=True, timeout=10, check=False)
        if asked.returncode == 0:
            return name
    return "screen"
