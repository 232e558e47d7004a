"""Fairshare: who owes whom after a trip."""
