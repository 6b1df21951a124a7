"""A parameter in words, and as an option of ``call``: what help and completion need, and nothing that takes long."""

from __future__ import annotations

from nomad_swagger.apispec.operations import Parameter

# What `call` has for itself. A parameter of that name is spelled with this prefix.
OWN_OPTIONS = frozenset(
    {"body", "curl", "dry-run", "help", "log-file", "no-progress", "output", "profile", "quiet", "spec", "specs", "url"}
    | {"verbose"}
)
_PREFIX = "param-"


def option_name(parameter: Parameter) -> str:
    """Give the option of ``call`` for a parameter: its own name, or ``param-NAME`` where ``call`` has one of that name.

    Examples
    --------
    >>> option_name(Parameter("dft.code_name", "query")), option_name(Parameter("output", "query"))
    ('--dft.code_name', '--param-output')
    """
    if parameter.location == "body":
        return "--body"
    taken = parameter.name in OWN_OPTIONS or not parameter.name[:1].isalnum()
    return f"--{_PREFIX if taken else ''}{parameter.name}"


def meaning(parameter: Parameter) -> str:
    """Give what a parameter means, with its allowed values and its default."""
    words = [parameter.description.strip()]
    if parameter.enum:
        words.append(f"One of {', '.join(str(value) for value in parameter.enum)}.")
    if parameter.default not in (None, ""):
        words.append(f"Default {parameter.default}.")
    return " ".join(word for word in words if word)


def short_meaning(parameter: Parameter) -> str:
    """Give what a parameter means in one sentence, with its allowed values."""
    enum = f" One of {', '.join(str(value) for value in parameter.enum)}." if parameter.enum else ""
    return _first_sentence(parameter.description) + enum


def _first_sentence(text: str) -> str:
    head, stop, _ = text.strip().partition(". ")
    return f"{head}." if stop else head
