"""What is written of the command line for others: the manual, and the completion of shells.

They are checked in under share/, so that the wheel has them; a test looks whether they are current.
"""

import argparse
from typing import Any, Dict, Iterator, List, Tuple

from .. import __version__
from .parser import CREDENTIALS, DESCRIPTION, EXIT_CODES, parser


def commands() -> Iterator[Tuple[str, str, argparse.ArgumentParser]]:
    """Each with what it does."""
    for action in parser()._actions:
        if isinstance(action, argparse._SubParsersAction):
            told: Dict[str, Any] = {choice.dest: choice.help for choice in action._choices_actions}
            for name, command in action.choices.items():
                yield name, told[name], command


def options(command: argparse.ArgumentParser) -> List[argparse.Action]:
    """Those that begin with a dash, but for --help."""
    return [one for one in command._actions if one.option_strings and "--help" not in one.option_strings]


def brief(one: argparse.Action) -> str:
    """What an option is, without its details, as fits into a list of them."""
    return (one.help or "").split(";")[0]


def words(command: argparse.ArgumentParser) -> List[str]:
    """All of them, and what is to be chosen from."""
    found = [word for one in options(command) for word in one.option_strings]
    return found + [str(choice) for one in command._actions if not one.option_strings for choice in one.choices or ()]


def bash() -> str:
    """For bash, from 4.0 on."""
    cases = "".join(f"        {name}) words='{' '.join(words(command))}' ;;\n" for name, _, command in commands())
    names = " ".join(name for name, _, _ in commands())
    services = " ".join(service_names())
    return f"""\
# Made by: chatfile completion bash
_chatfile() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} words=
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W '{names} --help --version' -- "$current"))
        return
    fi
    case $before in
        --service) COMPREPLY=($(compgen -W '{services}' -- "$current")); return ;;
        --kind) COMPREPLY=($(compgen -W '{' '.join(kinds())}' -- "$current")); return ;;
    esac
    case ${{COMP_WORDS[1]}} in
{cases}    esac
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    case $current in
        -*) ;;
        *) compopt -o filenames 2>/dev/null
           local IFS=$'\\n'
           COMPREPLY+=($(compgen -f -- "$current")) ;;
    esac
}}
complete -F _chatfile chatfile
"""


def zsh() -> str:
    """For zsh."""

    def quoted(text: str) -> str:
        return text.replace("'", "'\\''").replace("[", "\\[").replace("]", "\\]").replace(":", "\\:")

    listed = "".join(f"        '{name}:{quoted(told)}'\n" for name, told, _ in commands())
    cases = ""
    for name, _, command in commands():
        lines = []
        for one in options(command):
            for word in one.option_strings:
                argument = ""
                if one.nargs != 0:
                    way = f"({' '.join(map(str, one.choices))})" if one.choices else "_files"
                    argument = f":{one.metavar or one.dest}:{way}"
                lines.append(f"            '{word}[{quoted(brief(one))}]{argument}'")
        choices = [str(choice) for one in command._actions if not one.option_strings for choice in one.choices or ()]
        if choices:
            lines.append(f"            '1:what:({' '.join(choices)})'")
        lines.append("            '*:file:_files'")
        cases += f"        {name}) _arguments \\\n" + " \\\n".join(lines) + " ;;\n"
    return f"""\
#compdef chatfile
# Made by: chatfile completion zsh
_chatfile() {{
    local -a commands
    commands=(
{listed}    )
    if (( CURRENT == 2 )); then
        _describe command commands
        return
    fi
    local name=$words[2]
    shift words
    (( CURRENT-- ))
    case $name in
{cases}    esac
}}
if [ "$funcstack[1]" = _chatfile ]; then _chatfile "$@"; else compdef _chatfile chatfile; fi
"""


def fish() -> str:
    """For fish."""

    def quoted(text: str) -> str:
        return text.replace("\\", "\\\\").replace("'", "\\'")

    lines = ["# Made by: chatfile completion fish"]
    for name, told, command in commands():
        lines.append(f"complete -c chatfile -f -n __fish_use_subcommand -a {name} -d '{quoted(told)}'")
        seen = f"-n '__fish_seen_subcommand_from {name}'"
        for one in options(command):
            flags = " ".join(f"-s {word[1:]}" if not word.startswith("--") else f"-l {word[2:]}" for word in one.option_strings)
            needs = "" if one.nargs == 0 else f" -x -a '{' '.join(map(str, one.choices))}'" if one.choices else " -r"
            lines.append(f"complete -c chatfile {seen} {flags}{needs} -d '{quoted(brief(one))}'")
        for one in command._actions:
            if not one.option_strings and one.choices:
                lines.append(f"complete -c chatfile {seen} -f -a '{' '.join(map(str, one.choices))}'")
    return "\n".join(lines) + "\n"


def service_names() -> List[str]:
    """What --service takes."""
    from .account import ACCOUNTS

    return list(ACCOUNTS)


def kinds() -> List[str]:
    """What --kind takes."""
    return next(
        [str(choice) for choice in one.choices or ()]
        for name, _, command in commands()
        if name == "digest"
        for one in options(command)
        if "--kind" in one.option_strings
    )


def manual() -> str:
    """The page for man, in roff."""

    def plain(text: str) -> str:
        text = text.replace("\\", "\\e").replace("-", "\\-")
        return "\n".join(f"\\&{line}" if line.startswith((".", "'")) else line for line in text.splitlines())

    def entry(one: argparse.Action) -> str:
        value = one.metavar or (one.dest.upper() if one.nargs != 0 else "")
        shown = ", ".join(f"\\fB{plain(word)}\\fR" for word in one.option_strings) or f"\\fI{plain(str(value))}\\fR"
        if one.option_strings and one.nargs != 0:
            shown += f" \\fI{plain(str(value))}\\fR"
        told = plain(one.help or "")
        if one.choices:
            told += f" ({plain(', '.join(map(str, one.choices)))})"
        return f".TP\n{shown}\n{told}\n"

    page = f'.TH CHATFILE 1 "" "chatfile {__version__}" "User Commands"\n'
    page += f".SH NAME\nchatfile \\- {plain(DESCRIPTION[0].lower() + DESCRIPTION[1:].rstrip('.'))}\n"
    page += ".SH SYNOPSIS\n.B chatfile\n.I COMMAND\n[\\fIOPTION\\fR ...] [\\fIARGUMENT\\fR ...]\n.SH COMMANDS\n"
    shared: List[argparse.Action] = []
    for name, told, command in commands():
        arguments = [one for one in command._actions if not one.option_strings]
        shown = " ".join(str(one.metavar or one.dest) for one in arguments)
        page += f".SS {name} {plain(shown)}\n{plain(told[0].upper() + told[1:])}.\n"
        for one in arguments + options(command):
            if "--service" in one.option_strings or any(one.option_strings == known.option_strings != [] for known in shared):
                shared = shared or [one for group in command._action_groups if group.title == "for all commands" for one in group._group_actions]
                continue
            page += entry(one)
    page += ".SH OPTIONS OF ALL COMMANDS\n" + "".join(entry(one) for one in shared)
    for title, text in (("CREDENTIALS", CREDENTIALS), ("EXIT STATUS", EXIT_CODES)):
        page += f".SH {title}\n.nf\n{plain(text.rstrip())}\n.fi\n"
    page += ".SH EXAMPLES\n.nf\n"
    page += plain(
        "chatfile upload cat.jpg dog.jpg\n"
        "find . -name '*.jpg' -print0 | xargs -0 -n 1 -P 4 chatfile upload -q\n"
        "tar cz folder | chatfile upload --name folder.tgz -\n"
        "chatfile download -o - URL | tar tz\n"
        "chatfile presign upload cat.jpg > request.json; chatfile send request.json cat.jpg\n"
        "chatfile emulator -- chatfile upload --service netease cat.jpg"
    )
    return page + "\n.fi\n"


def files() -> Dict[str, str]:
    """As they lie in share/."""
    return {
        "man/man1/chatfile.1": manual(),
        "bash-completion/completions/chatfile": bash(),
        "zsh/site-functions/_chatfile": zsh(),
        "fish/vendor_completions.d/chatfile.fish": fish(),
    }
