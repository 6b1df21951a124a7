"""The Python names as pages of reStructuredText, for autodoc to fill from the docstrings."""

from __future__ import annotations

import inspect
import types
from typing import Any

import nomad_swagger as ns

FOLDER = "reference/python"
# Names by subject; a name that is in none of these finds its place on the last page.
SUBJECTS: dict[str, tuple[str, ...]] = {
    "Connecting": (
        "connect", "NomadClient", "KeycloakAuthenticator", "BearerAuthenticator", "Patience", "Progress",
        "NomadWarning", "__version__",
    ),
    "Searching": ("search", "Results", "Entry", "statistics", "Statistics", "cite"),
    "Archives and atoms": ("archive", "archives", "archive_value", "Archive", "Archives", "to_ase"),
    "Uploading": (
        "upload", "manifest", "Manifest", "wait", "publish", "delete", "list_uploads", "get_upload", "Upload", "put",
        "Put", "remove", "process",
    ),
    "Downloading": ("download", "files", "Files", "File", "mirror"),
    "Metadata and datasets": (
        "edit", "Edited", "Change", "create_dataset", "list_datasets", "get_dataset", "add_to_dataset",
        "remove_from_dataset", "delete_dataset", "assign_doi", "Dataset",
    ),
    "Operations": ("operations", "describe", "recipe", "load_spec", "Spec", "Operation", "Description"),
}  # fmt: skip
_LAST = "More"


def public_names() -> list[str]:
    """Give the public names."""
    return sorted({*ns.__all__, "__version__"})


def is_error(name: str) -> bool:
    """Tell whether a name is an error: those stand with the exit codes."""
    value = getattr(ns, name)
    return isinstance(value, type) and issubclass(value, ns.NomadError)


def subjects() -> dict[str, tuple[str, ...]]:
    """Give all public names but errors, by subject."""
    placed = {name for names in SUBJECTS.values() for name in names}
    there = {name for name in public_names() if not is_error(name)}
    left = tuple(sorted(there - placed))
    found = {subject: tuple(name for name in names if name in there) for subject, names in SUBJECTS.items()}
    return {**found, _LAST: left} if left else found


def pages() -> dict[str, str]:
    """Give the pages by their place."""
    made = {f"{FOLDER}/{_file(subject)}.rst": _page(subject, names) for subject, names in subjects().items()}
    made[f"{FOLDER}/testing.rst"] = _testing()
    made[f"{FOLDER}/index.rst"] = _index()
    return made


def _index() -> str:
    parts = [f"{_title(subject, '-')}\n{_summaries(names)}\n" for subject, names in subjects().items()]
    tree = "\n".join(f"   {_file(subject)}" for subject in subjects())
    return (
        f"{_title('Python')}\n"
        "All of these are in ``nomad_swagger``, which costs next to nothing to import::\n\n"
        "   import nomad_swagger as ns\n\n"
        "Functions take the client first. What one may raise is told with it; all errors, and what they mean, are in "
        ":doc:`../errors`. For the tests of your own scripts there is :doc:`testing`.\n\n"
        + "\n".join(parts)
        + f"\n.. toctree::\n   :hidden:\n\n{tree}\n   testing\n"
    )


def _summaries(names: tuple[str, ...]) -> str:
    return "\n".join(f":py:obj:`~nomad_swagger.{name}`\n   {_summary(name)}" for name in names) + "\n"


def _page(subject: str, names: tuple[str, ...]) -> str:
    return f"{_title(subject)}\n.. py:currentmodule:: nomad_swagger\n\n" + "\n".join(map(_directive, names))


def _directive(name: str) -> str:
    value = getattr(ns, name)
    if name == "__version__":
        return ".. py:data:: __version__\n   :type: str\n\n   The installed version, of the package's own metadata.\n"
    if isinstance(value, type):
        bases = "" if value.__bases__ == (object,) else "   :show-inheritance:\n"
        return f".. autoclass:: nomad_swagger.{name}\n   :members:\n{bases}"
    if isinstance(value, types.FunctionType):
        return f".. autofunction:: nomad_swagger.{name}\n"
    return f".. py:data:: {name}\n\n   {_summary(name)}\n\n   It stands for ``{_type_words(value)}``.\n"


def _summary(name: str) -> str:
    if name == "__version__":
        return "The installed version."
    value = getattr(ns, name)
    if not isinstance(value, type | types.FunctionType):
        return f"The type ``{_type_words(value)}``."
    return inspect.cleandoc(value.__doc__ or "").split("\n\n")[0].replace("\n", " ")


def _type_words(value: Any) -> str:
    return str(value).replace("typing.", "").replace("collections.abc.", "")


def _testing() -> str:
    return (
        f"{_title('For your tests')}\n"
        "A pytest plugin, and an embedded NOMAD. :doc:`/guide/ci-example/index` has a workflow to copy.\n\n"
        ".. py:currentmodule:: nomad_swagger.testing\n\n"
        ".. autofunction:: nomad_swagger.testing.assert_operations\n\n"
        ".. py:function:: nomad_spec(name)\n\n"
        "   *A pytest fixture.* " + _indented(_fixture_doc()) + "\n\n"
        "   The option ``--nomad-specs DIR`` of pytest names another folder of pinned descriptions.\n\n"
        ".. autoclass:: nomad_sandbox.Sandbox\n   :members:\n"
    )


def _fixture_doc() -> str:
    from nomad_swagger.testing import plugin

    fixture: Any = plugin.nomad_spec
    plain = getattr(fixture, "__wrapped__", None) or fixture._get_wrapped_function()
    text = inspect.cleandoc(plain.__doc__ or "")
    return text.replace("Examples\n--------\n::", "::")


def _indented(text: str) -> str:
    return text.replace("\n", "\n   ")


def _file(subject: str) -> str:
    return subject.lower().replace(" ", "-")


def _title(words: str, line: str = "=") -> str:
    return f"{words}\n{line * len(words)}\n"
