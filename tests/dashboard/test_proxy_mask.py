from hypothesis import given
from hypothesis import strategies as st

from nomad_swagger.dashboard.proxy import masked

SECRET = b"abcab"


@given(st.lists(st.text("abc", max_size=12).map(str.encode)))
def test_however_the_stream_is_cut_the_secret_is_gone_and_the_length_stays(blocks):
    whole = b"".join(blocks)
    through = b"".join(masked(blocks, SECRET))
    assert SECRET not in through
    assert len(through) == len(whole)
    assert all(new in (old, ord("*")) for old, new in zip(whole, through, strict=True))


@given(st.lists(st.binary(max_size=8)))
def test_without_a_secret_nothing_changes(blocks):
    assert b"".join(masked(blocks, b"")) == b"".join(blocks)


def test_a_stream_without_the_secret_comes_through_as_it_was():
    assert b"".join(masked([b"ab", b"", b"ca", b"xyz"], SECRET)) == b"abcaxyz"
