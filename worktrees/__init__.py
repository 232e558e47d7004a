"""Git, as Conductor needs it: worktrees, snapshots, changes, merges. Knows nothing of the rest."""
