"""`conductor completion`: what a shell needs to complete commands, ids and options."""

from __future__ import annotations

from conductor.cli.arguments import Parser

_IDS = "conductor list 2>/dev/null | sed -n 's/^\\(t[0-9]*\\) .*/\\1/p'"
_FLAGS = "conductor {} --help 2>/dev/null | grep -oE -- '--[a-z][a-z-]*' | sort -u"

_BASH = """\
_conductor() {
  local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} found
  if (( COMP_CWORD == 1 )); then found="COMMANDS"
  elif [[ $word == -* ]]; then found=$(FLAGS)
  else found=$(IDS); fi
  COMPREPLY=($(compgen -W "$found" -- "$word"))
}
complete -o default -F _conductor conductor
"""

_FISH = """\
complete -c conductor -n __fish_use_subcommand -a "COMMANDS"
complete -c conductor -n "not __fish_use_subcommand" -a "(IDS)"
complete -c conductor -n "not __fish_use_subcommand" -a "(FLAGS)"
"""

_ZSH = "autoload -U +X bashcompinit && bashcompinit\n" + _BASH

SHELLS = {
    "bash": (_BASH, "$command"),
    "zsh": (_ZSH, "$command"),
    "fish": (_FISH, "(commandline -opc)[2]"),
}


def completion(words: list[str]) -> int:
    """Print what a shell is to read."""
    from conductor.cli.main import COMMANDS as KNOWN

    parser = Parser(
        "completion",
        "Print what your shell needs to complete commands, ids and options.",
        'eval "$(conductor completion bash)"       in ~/.bashrc; zsh in ~/.zshrc',
        "conductor completion fish > ~/.config/fish/completions/conductor.fish",
    )
    parser.add_argument("shell", choices=SHELLS, metavar="SHELL", help=", ".join(SHELLS))
    text, command = SHELLS[parser.parse_args(words).shell]
    flags = _FLAGS.format(command)
    names = " ".join(sorted(KNOWN))
    print(text.replace("COMMANDS", names).replace("FLAGS", flags).replace("IDS", _IDS), end="")
    return 0


COMMANDS = {"completion": completion}
