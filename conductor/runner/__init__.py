"""The one process a home has that changes the world; a file a duty."""
