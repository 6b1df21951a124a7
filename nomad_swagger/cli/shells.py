"""Completion scripts for bash, zsh and fish, and where each goes.

Knows how the shells cut a line into words and take an answer; what is offered is :mod:`nomad_swagger.cli.completion`'s.
bash cuts words at ``=`` and ``:`` (``COMP_WORDBREAKS``), which our ``key=value`` are full of, so its script hands over
the line as it was typed and gets back what goes behind the last cut.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
    split_arg_string,
)

from nomad_swagger.errors import UsageError

_BASH = """\
%(complete_func)s() {
    local kind value
    COMPREPLY=()
    compopt +o nospace 2>/dev/null
    while IFS=, read -r kind value; do
        case "$kind" in
            dir) COMPREPLY=(); compopt -o dirnames ;;
            file) COMPREPLY=(); compopt -o default ;;
            *)
                [[ "$value" == *[=/] ]] && compopt -o nospace
                [[ "$value" == *=  ]] || printf -v value %%q "$value"
                COMPREPLY+=("$value") ;;
        esac
    done < <(env COMP_LINE="${COMP_LINE:0:$COMP_POINT}" COMP_WORDBREAKS="$COMP_WORDBREAKS" \\
        %(complete_var)s=bash_complete "${COMP_WORDS[0]}" 2>/dev/null)
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""

_ZSH = """\
#compdef %(prog_name)s
%(complete_func)s() {
    local -a plain open
    local kind value help
    while IFS= read -r kind && IFS= read -r value && IFS= read -r help; do
        case "$kind" in
            dir) _path_files -/ ;;
            file) _path_files -f ;;
            *) if [[ "$value" == *[=/] ]]; then open+=("$value"); else plain+=("$value"); fi ;;
        esac
    done < <(env COMP_WORDS="${(j: :)words[1,CURRENT]}" COMP_CWORD=$((CURRENT-1)) \\
        %(complete_var)s=zsh_complete "${words[1]}" 2>/dev/null)
    (( $#plain )) && compadd -U -V plain -a plain
    (( $#open )) && compadd -U -V open -S '' -a open
    return 0
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    %(complete_func)s "$@"
else
    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -u; }
    compdef %(complete_func)s %(prog_name)s
fi
"""


class Bash(BashComplete):
    """bash from 4.4 on."""

    source_template: ClassVar[str] = _BASH

    def get_completion_args(self) -> tuple[list[str], str]:
        """Give the words before the cursor, and the one at it; as click does for who still has click's own script."""
        if "COMP_LINE" not in os.environ:
            return super().get_completion_args()
        line = os.environ["COMP_LINE"]
        words = split_arg_string(line)
        return (words[1:], "") if line[-1:].isspace() else (words[1:-1], words[-1])

    def format_completion(self, item: CompletionItem) -> str:
        """Give what goes behind the last cut of the word at the cursor."""
        typed = self.get_completion_args()[1]
        value = str(item.value)
        cuts = os.environ.get("COMP_WORDBREAKS", "")
        last = max((typed.rfind(cut) for cut in "=:" if cut in cuts), default=-1)
        return f"{item.type},{value[last + 1 :] if value.startswith(typed[: last + 1]) else value}"


class Zsh(ZshComplete):
    """zsh, with no blank behind a word that goes on."""

    source_template: ClassVar[str] = _ZSH

    def format_completion(self, item: CompletionItem) -> str:
        """Give kind, value and help in three lines."""
        return f"{item.type}\n{item.value}\n_"


SHELLS: Mapping[str, type[ShellComplete]] = {"bash": Bash, "zsh": Zsh, "fish": FishComplete}


def register() -> None:
    """Let click use our classes."""
    for name, shell in SHELLS.items():
        add_completion_class(shell, name)


def this_shell() -> str:
    """Give the name of the user's shell, as the login says it.

    Raises
    ------
    UsageError
        It is none of those that there is completion for.
    """
    name = Path(os.environ.get("SHELL", "")).name
    if name not in SHELLS:
        raise UsageError(f"which shell? $SHELL is {name or 'not set'}: say {', '.join(SHELLS)}")
    return name


def script_path(shell: str) -> Path:
    """Give where the script goes."""
    if shell == "fish":
        return _folder("XDG_CONFIG_HOME", ".config") / "fish" / "completions" / "nomad-swagger.fish"
    return _folder("XDG_DATA_HOME", ".local/share") / "nomad-swagger" / f"completion.{shell}"


def startup_file(shell: str) -> Path | None:
    """Give the file that a shell reads when it starts, which must name the script; fish finds it by itself."""
    if shell == "fish":
        return None
    if shell == "zsh":
        return Path(os.environ.get("ZDOTDIR") or Path.home()) / ".zshrc"
    return Path.home() / ".bashrc"


def _folder(variable: str, below_home: str) -> Path:
    named = os.environ.get(variable)
    return Path(named) if named else Path.home() / below_home
