"""Our own agent: a loop over a model's replies with one tool, run in a terminal like any other."""
