"""OPTIMADE filters: asked for by one word on every server that takes one, refused where none does."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

import nomad_swagger as ns
from tests.flows.conftest import Connect


@pytest.mark.parametrize(
    ("text", "expected"),
    [('elements HAS ONLY "Si"', 1), ("nelements=1 AND nsites<9", 1), ('NOT elements HAS "Si"', 0)],
)
def test_a_filter_means_the_same_on_every_server(
    each: Any, shelf: Callable[..., ns.Upload], silicon: dict[str, bytes], text: str, expected: int
) -> None:
    upload = shelf(silicon)
    found = ns.search(each, optimade=text, upload_id=upload.upload_id)
    assert found.total == expected


def test_a_filter_with_a_slip_comes_back_with_the_servers_words(each: Any) -> None:
    with pytest.raises(ns.InvalidRequest, match=r"(?i)could not parse optimade (query|filter)"):
        _ = ns.search(each, optimade="elements HAS").total


def test_several_filters_are_refused(each: Any) -> None:
    with pytest.raises(ns.UsageError, match="optimade"):
        ns.search(each, optimade=['elements HAS "Si"', "nelements=1"])


def test_a_server_that_takes_no_filter_is_not_asked(connect: Connect) -> None:
    document = copy.deepcopy(dict(ns.load_spec("nomad-0.8.6").document))
    for path in document["paths"].values():
        for operation in path.values():
            parameters = operation.get("parameters", []) if isinstance(operation, dict) else []
            parameters[:] = [one for one in parameters if one.get("name") != "dft.optimade"]
    client = ns.connect("http://127.0.0.1:9/api", spec=document, anonymous=True)
    with pytest.raises(ns.UnknownArgument, match="'optimade' of search: this server's description has nothing"):
        ns.search(client, optimade='elements HAS "Si"')
