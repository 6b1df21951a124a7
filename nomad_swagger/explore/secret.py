"""A secret in a recipe: the environment variable in which it stays."""

from __future__ import annotations

from typing import TypeAlias

from nomad_swagger.light import dataclass

TOKEN_VARIABLE = "NOMAD_TOKEN"  # noqa: S105 - the name of a variable


@dataclass(frozen=True)
class Secret:
    """A text that ends in a secret, which stays in an environment variable."""

    variable: str = TOKEN_VARIABLE
    prefix: str = ""


Text: TypeAlias = "str | Secret"

BEARER = Secret(prefix="Bearer ")
