"""One operation described for a scientist: what it does, takes and gives, who may call it, and a call that runs.

Knows how to lay that out as text and as HTML; where it comes from is the description and our data about it.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping

from nomad_swagger import display
from nomad_swagger.apispec.model import Spec
from nomad_swagger.apispec.operations import Operation, Parameter
from nomad_swagger.explore.examples import python_call, shell_call
from nomad_swagger.explore.login import access_words
from nomad_swagger.explore.meanings import meaning, short_meaning
from nomad_swagger.explore.samples import sample_arguments
from nomad_swagger.explore.trees import Branch, grow
from nomad_swagger.generations.generation import Generation, load_generation
from nomad_swagger.jsontypes import as_object
from nomad_swagger.light import dataclass

_WIDTH = 100
_NAME_WIDTH = 28
_LEAST_WORDS = 40
_BODY_DEPTH, _ANSWER_DEPTH = 4, 2
# With more optional parameters than this, those that are quantities to search for get one line each.
_MANY = 25


@dataclass(frozen=True)
class Description:
    """What there is to know about an operation; ``print`` it, or let a notebook show it.

    Attributes
    ----------
    operation : Operation
    required, optional, quantities : tuple of Parameter
        ``quantities`` are what a search can search for; empty where there are few parameters.
    body : Branch or None
        The request's body as a tree.
    answers : tuple of (status, words, Branch or None)
    access : str
        Who may call it.
    notes : tuple of str
        Where it does not behave as the document says.
    example_python, example_shell : str
        A call with all that it needs; words in capitals are to be replaced.
    """

    operation: Operation
    required: tuple[Parameter, ...]
    optional: tuple[Parameter, ...]
    quantities: tuple[Parameter, ...]
    body: Branch | None
    answers: tuple[tuple[str, str, Branch | None], ...]
    access: str
    notes: tuple[str, ...]
    example_python: str
    example_shell: str

    def __str__(self) -> str:
        return self.text()

    def text(self, width: int | None = None) -> str:
        """Give it as text for a terminal, or for none; the examples stay in one line, so that they can be copied."""
        return "\n".join(_lines(self, width)) + "\n"

    def _repr_html_(self) -> str:
        about = {"what it does": self.operation.description or self.operation.summary, "who may call": self.access}
        about |= {"note": " ".join(self.notes), "Python": self.example_python, "shell": self.example_shell}
        rows = [(p.name, type_words(p), p.required, meaning(p)) for p in (*self.required, *self.optional)]
        rows += [(p.name, type_words(p), False, short_meaning(p)) for p in self.quantities]
        return display.facts(_title(self.operation), about) + display.grid(
            "Parameters", ("name", "type", "required", "meaning"), rows
        )


def describe_operation(spec: Spec, operation: Operation) -> Description:
    """Put together what there is to know about an operation."""
    plain = [p for p in operation.parameters if p.location != "body"]
    optional = [p for p in plain if not p.required]
    quantities = _quantities(spec, operation, optional)
    arguments = sample_arguments(spec, operation)
    return Description(
        operation=operation,
        required=tuple(p for p in plain if p.required),
        optional=tuple(p for p in optional if p not in quantities),
        quantities=quantities,
        body=next((_body(spec, p) for p in operation.parameters if p.location == "body"), None),
        answers=tuple(_answers(spec, operation)),
        access=access_words(spec, operation),
        notes=tuple(_notes(spec, operation)),
        example_python=python_call(operation, arguments),
        example_shell=f"nomad-swagger {shell_call(operation, arguments)}",
    )


def type_words(parameter: Parameter) -> str:
    """Give a parameter's type: ``list of string`` for an array."""
    return f"list of {parameter.item_type}" if parameter.type == "array" else parameter.type


def _quantities(spec: Spec, operation: Operation, optional: list[Parameter]) -> tuple[Parameter, ...]:
    known = _generation(spec)
    if len(optional) <= _MANY or known is None:
        return ()
    verbs = [verb for variants in known.verbs.values() for verb in variants if verb.operation == operation.full_name]
    ours = {name for verb in verbs for names in verb.arguments.values() for name in names}
    steering = ours | {*known.controls, *(p.name for p in optional if p.location != "query")}
    return tuple(p for p in optional if p.name not in steering)


def _body(spec: Spec, parameter: Parameter) -> Branch:
    grown = grow(spec.swagger, parameter.schema, name=parameter.name, depth=_BODY_DEPTH)
    words = parameter.description or grown.meaning
    return Branch(**{**vars(grown), "required": parameter.required, "meaning": words})


def _answers(spec: Spec, operation: Operation) -> Iterator[tuple[str, str, Branch | None]]:
    for status, answer in sorted(operation.answers.items()):
        schema = answer.get("schema") if str(status).startswith("2") else None
        tree = grow(spec.swagger, as_object(schema), depth=_ANSWER_DEPTH) if schema else None
        yield str(status), str(answer.get("description", "")).strip(), tree


def _notes(spec: Spec, operation: Operation) -> Iterator[str]:
    known = _generation(spec)
    schemas = [answer.get("schema") for status, answer in operation.answers.items() if str(status).startswith("2")]
    if operation.deprecated:
        yield "Deprecated: it may go away."
    if operation.binary or (known and operation.full_name in known.binary):
        yield "Gives a file: bytes, never decoded; the shell command writes them --to FILE or to a pipe."
    elif not any(schemas):
        yield "The description does not tell what the answer holds; the client gives its JSON all the same."
    if known and known.leave_out_false and _has(operation, "boolean"):
        yield "The server reads any text as true, so a False is left out of the request."
    if _has(operation, "array"):
        yield "A single value for a list counts as a list of one."
    if known and operation.full_name in known.needs_login and not operation.needs_login:
        yield "The description forgets to say that it needs a login."


def _has(operation: Operation, kind: str) -> bool:
    return any(p.type == kind and p.location == "query" for p in operation.parameters)


def _generation(spec: Spec) -> Generation | None:
    return load_generation(spec.generation) if spec.generation else None


def _title(operation: Operation) -> str:
    summary = f": {operation.summary}" if operation.summary else ""
    return f"{operation.full_name}{summary} ({operation.method} {operation.path})"


def _lines(description: Description, width: int | None) -> Iterator[str]:
    operation = description.operation
    yield _title(operation)
    if operation.description:
        yield ""
        yield from _filled(operation.description, width)
    yield from _section("Required", (_parameter_lines(p, width) for p in description.required))
    yield from _section("Optional", (_parameter_lines(p, width) for p in description.optional))
    yield from _section("Quantities to search for", (_short_lines(p, width) for p in description.quantities))
    if description.body is not None:
        yield from _section("Body (JSON)", (_tree_lines(description.body, width),))
    yield from _section("Answers", (_answer_lines(*answer, width) for answer in description.answers))
    yield from _section("Who may call it", (_filled(description.access, width, "  ", "  "),))
    yield from _section("Good to know", (_filled(f"- {words}", width, "  ", "    ") for words in description.notes))
    example: Mapping[str, str] = {"Python": description.example_python, "shell": description.example_shell}
    yield from _section("Example", ([f"  {name:<7} {text}"] for name, text in example.items()))


def _section(title: str, blocks: Iterable[Iterable[str]]) -> Iterator[str]:
    lines = [line for block in blocks for line in block]
    if lines:
        yield ""
        yield title
        yield from lines


def _filled(text: str, width: int | None, first: str = "", hanging: str = "") -> list[str]:
    """Give a text as lines of a width; a word is never broken."""
    return textwrap.wrap(
        text,
        width or _WIDTH,
        initial_indent=first,
        subsequent_indent=hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _parameter_lines(parameter: Parameter, width: int | None) -> list[str]:
    return _entry(parameter.name, type_words(parameter), meaning(parameter), width)


def _short_lines(parameter: Parameter, width: int | None) -> list[str]:
    if width is None:
        return [f"  {parameter.name:<{_NAME_WIDTH}} {type_words(parameter):<15} {short_meaning(parameter)}".rstrip()]
    return _entry(parameter.name, type_words(parameter), short_meaning(parameter), width)


def _entry(name: str, kind: str, words: str, width: int | None, *, level: int = 0) -> list[str]:
    head = f"  {'  ' * level}{name}".ljust(_NAME_WIDTH + 2) + f" {kind:<15} "
    width = width or _WIDTH
    if width - len(head) < _LEAST_WORDS < width:  # a narrow terminal: the words get lines of their own
        indent = "  " * (level + 3)
        named = _filled(f"{name}  {kind}", width, "  " * (level + 1), indent)
        return [*named, *_filled(words, width, indent, indent)]
    lines = _filled(words, max(width - len(head), _LEAST_WORDS)) or [""]
    return [(head + lines[0]).rstrip(), *(" " * len(head) + line for line in lines[1:])]


def _tree_lines(tree: Branch, width: int | None) -> Iterator[str]:
    for level, branch in tree.walk():
        kind = branch.type + (", required" if branch.required else "")
        yield from _entry(branch.name or "(the whole)", kind, _branch_words(branch), width, level=level)


def _branch_words(branch: Branch) -> str:
    words = [branch.meaning.strip()]
    if branch.allowed:
        words.append(f"One of {', '.join(str(value) for value in branch.allowed)}.")
    if branch.default not in (None, "", [], {}):
        words.append(f"Default {branch.default}.")
    if branch.rest:
        words.append(f"({branch.rest})")
    return " ".join(word for word in words if word)


def _answer_lines(status: str, words: str, tree: Branch | None, width: int | None) -> Iterator[str]:
    whole = f"{words} ({tree.type})" if tree is not None else words
    yield from _filled(f"{status}  {whole}".rstrip(), width, "  ", " " * 7)
    if tree is not None:
        for level, branch in tree.walk():
            if level:
                yield from _entry(branch.name, branch.type, _branch_words(branch), width, level=level + 1)
