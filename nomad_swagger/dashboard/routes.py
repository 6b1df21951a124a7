"""Tell from a method and a path which operations of the description are meant."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from nomad_swagger.dashboard.document import secret_operations
from nomad_swagger.spec.model import Spec
from nomad_swagger.spec.operations import Operation


@dataclass(frozen=True)
class Routes:
    """Some operations by method and path.

    Attributes
    ----------
    patterns : tuple of (str, Pattern)
    """

    patterns: tuple[tuple[str, re.Pattern[str]], ...]

    @classmethod
    def of(cls, operations: Iterable[Operation]) -> Routes:
        """Take operations with the templates of their paths."""
        return cls(tuple((operation.method, _pattern(operation.path)) for operation in operations))

    @classmethod
    def secret(cls, spec: Spec) -> Routes:
        """Take the operations whose answer holds a token."""
        return cls.of(secret_operations(spec))

    def match(self, method: str, path: str) -> bool:
        """Tell whether one of them is meant by a percent-encoded path; slashes are taken as loosely as servers do."""
        plain = re.sub(r"/+", "/", unquote(path)).strip("/")
        return any(method == known and pattern.fullmatch(plain) for known, pattern in self.patterns)


def _pattern(template: str) -> re.Pattern[str]:
    steps = [r"[^/]+" if step.startswith("{") else re.escape(step) for step in template.strip("/").split("/")]
    return re.compile("/".join(steps), re.IGNORECASE)
