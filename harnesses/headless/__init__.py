"""Agents by their own print mode: JSON lines instead of a terminal, in the pane that ACP has."""
