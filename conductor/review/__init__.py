"""A change as it is read: its files, hunks, rows and words, made only as far as they are seen."""
