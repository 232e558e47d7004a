"""What each fact changes, a subject a file, as the facts themselves are laid out.

A function says by its decorator which fact it takes; `conductor.fold` finds it by the fact's type.
"""
