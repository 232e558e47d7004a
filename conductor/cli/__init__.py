"""The command line: a file a family of commands, each imported only when it is called."""
