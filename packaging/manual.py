"""Writes a program's manual page from what the program says of itself."""

import json

from common import VERSION, run


def page(program):
    """The page in man(7), of the program and its commands."""
    told = json.loads(run(program, "--experimental-dump-help"))["command"]
    name = told["commandName"]
    commands = [command for command in told.get("subcommands", []) if command["commandName"] != "help"]
    lines = [f'.TH {name.upper()} 1 "" "Avatar Relay {VERSION}" "User Commands"', ".SH NAME"]
    lines += [f"{_plain(name)} \\- {_plain(told['abstract'].rstrip('.'))}", ".SH SYNOPSIS", f".B {_plain(name)}"]
    lines += ["[\\fIcommand\\fR] [\\fIoptions\\fR]" if commands else "[\\fIoptions\\fR]", ".SH DESCRIPTION"]
    lines += _paragraphs(told.get("discussion", ""))
    lines += _options(told)
    for command in commands:
        lines += [f".SH COMMAND {_plain(command['commandName'])}", _plain(command["abstract"])]
        lines += _paragraphs(command.get("discussion", "")) + _options(command)
        for deeper in command.get("subcommands", []):
            lines += [".TP", f".B {_plain(command['commandName'])} {_plain(deeper['commandName'])}", _plain(deeper["abstract"])]
    settings = run(program, "serve", "--help").partition("SETTINGS")[2] if commands else ""
    if settings:
        title, _, rows = settings.partition("\n")
        lines += [".SH SETTINGS", f"As {_plain(title.removeprefix(', as '))}", ".nf", *map(_plain, rows.split("\n")), ".fi"]
    lines += [".SH SEE ALSO", "/usr/share/doc/avatar\\-relay"]
    return "\n".join(line for line in lines if line) + "\n"


def _options(command):
    lines = [".SS OPTIONS"]
    for argument in command.get("arguments", []):
        names = [("-" if name["kind"] == "short" else "--") + name["name"] for name in argument.get("names") or []]
        if not argument["shouldDisplay"] or not names:
            continue
        value = f" \\fI{_plain(argument.get('valueName', 'value'))}\\fR" if argument["kind"] == "option" else ""
        standard = f" (default: {argument['defaultValue']})" if argument.get("defaultValue") else ""
        lines += [".TP", f"\\fB{_plain(', '.join(names))}\\fR{value}", _plain(argument.get("abstract", "") + standard)]
    return lines if len(lines) > 1 else []


def _paragraphs(text):
    return [line for part in text.split("\n\n") for line in [".PP", *map(_plain, part.split("\n"))]] if text else []


def _plain(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text.startswith((".", "'")) else text
