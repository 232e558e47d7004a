"""Terminals: our own tmux server, what runs in it, and its screens as they change."""
