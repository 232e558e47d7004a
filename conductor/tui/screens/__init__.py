"""One room a file: what is on it, which keys it knows."""
