"""What the cache keeps, for how many, and what it makes of damage."""

from __future__ import annotations

import os

import pytest

from nomad_swagger import compiled
from nomad_swagger.apispec.cache import KEPT_DOCUMENTS, CachedDocument, SpecCache, utc_now


@pytest.fixture
def cache(tmp_path):
    return SpecCache(tmp_path / "cache")


def entry(url="https://n.example/swagger.json", **more):
    about = {"url": url, "sha256": "0" * 64, "fetched_at": utc_now(), **more}
    return CachedDocument(**about, text='{"a":"é"}'.encode())


def test_what_was_put_in_comes_out(cache):
    kept = entry(etag='W/"1"', last_modified="Wed, 21 Oct 2015 07:28:00 GMT")
    cache.put(kept)
    assert cache.get(kept.url) == kept
    assert cache.get("https://n.example/other.json") is None


def test_urls_are_kept_apart_and_listed_in_order(cache):
    for url in ("https://b.example/x", "https://a.example/x", "https://a.example/X"):
        cache.put(entry(url))
    assert [kept.url for kept in cache.entries()] == [
        "https://a.example/X",
        "https://a.example/x",
        "https://b.example/x",
    ]


def test_the_age_is_that_of_the_last_confirmation(cache):
    kept = entry()
    cache.put(kept)
    (file,) = cache.folder.iterdir()
    os.utime(file, (86400, 86400))
    assert cache.get(kept.url).fetched_at == "1970-01-02T00:00:00+00:00"
    confirmed = cache.confirm(cache.get(kept.url))
    assert confirmed.fetched_at[:16] == cache.get(kept.url).fetched_at[:16] == utc_now()[:16]


def test_confirming_what_somebody_has_removed_is_no_error(cache):
    assert cache.confirm(entry()).document == {"a": "é"}


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'"x"', b'{"url": "x"}', b'{"crc32": 0}\n{"', b"\xff", b"[" * 100_000]
)
def test_a_damaged_file_counts_as_absent_and_is_reported(cache, caplog, content):
    cache.put(entry())
    (file,) = cache.folder.iterdir()
    file.write_bytes(content)
    assert cache.get(entry().url) is None
    assert list(cache.entries()) == []
    assert "damaged" in caplog.text


def test_a_document_of_which_a_byte_is_another_counts_as_absent(cache):
    cache.put(entry())
    (file,) = cache.folder.iterdir()
    file.write_bytes(file.read_bytes().replace(b'{"a"', b'{"b"'))
    assert cache.get(entry().url) is None


def test_the_oldest_of_too_many_go(cache):
    for number in range(KEPT_DOCUMENTS):
        cache.put(entry(f"https://n.example/{number}.json"))
    for path in cache.folder.iterdir():
        os.utime(path, (86400, 86400))
    cache.put(entry("https://n.example/new.json"))
    kept = [document.url for document in cache.entries()]
    assert len(kept) == KEPT_DOCUMENTS
    assert "https://n.example/new.json" in kept


def test_validity_is_remembered_by_content(cache):
    assert not cache.is_valid("a" * 64)
    cache.mark_valid("a" * 64)
    assert cache.is_valid("a" * 64)
    assert not cache.is_valid("b" * 64)


def test_clearing_counts_documents_and_forgets_validity(cache):
    cache.put(entry())
    cache.mark_valid("a" * 64)
    compiled.keep(cache.folder, "x-1", b"1")
    assert cache.clear() == 1
    assert compiled.read(cache.folder, "x-1") is None
    assert cache.get(entry().url) is None
    assert not cache.is_valid("a" * 64)
    assert cache.clear() == 0
