"""Git: worktrees, snapshots, changes and merges, and the one place that runs it."""
