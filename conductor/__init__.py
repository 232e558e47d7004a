"""Conductor: a terminal command centre for people who run many coding agents at once."""
