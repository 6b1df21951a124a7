"""Files that are written whole or not at all."""

from __future__ import annotations

import stat

import pytest
import yaml

from nomad_swagger.disk import read_yaml, write_atomically


def test_a_file_is_replaced_whole_with_the_mode_asked_for(tmp_path):
    target = tmp_path / "deep" / "file"
    write_atomically(target, b"old")
    write_atomically(target, b"new", mode=0o600)
    assert target.read_bytes() == b"new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert list(target.parent.iterdir()) == [target]


def test_a_write_that_fails_leaves_the_old_file_and_no_trace(tmp_path):
    target = tmp_path / "file"
    write_atomically(target, b"old")
    with pytest.raises(TypeError):
        write_atomically(target, "text")
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_yaml_never_builds_objects():
    with pytest.raises(yaml.YAMLError):
        read_yaml("!!python/object/apply:os.getcwd []")
    assert read_yaml("a: [1, yes]") == {"a": [1, True]}
