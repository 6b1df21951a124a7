from __future__ import annotations

import pytest

from nomad_swagger.client.schemas import type_at
from nomad_swagger.spec.load import load_spec


@pytest.mark.parametrize(
    ("spec", "target", "kind"),
    [
        ("nomad-0.7.9", "payload/query/calc_id", "string"),
        ("nomad-0.8.6", "payload/query/calc_id", "array"),
        ("nomad-0.8.6", "payload/verify", "boolean"),
        ("nomad-0.8.6", "payload/query/nonsense", ""),
        ("nomad-0.8.6", "nonsense/query", ""),
    ],
)
def test_the_type_of_a_field_of_a_body_is_found_behind_references_and_parts(spec: str, target: str, kind: str) -> None:
    assert type_at(load_spec(spec), "repo.edit_repo", target) == kind
