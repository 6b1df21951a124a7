"""A light dataclass is a dataclass, and a start collects no garbage without leaving that switched off."""

from __future__ import annotations

import copy
import dataclasses
import gc
import inspect
import pickle
from dataclasses import field

import pytest

from nomad_swagger.light import dataclass, uncollected


@dataclass(frozen=True)
class Light:
    """Of the light kind."""

    name: str
    size: int = 3
    tags: list[str] = field(default_factory=list)
    secret: str = field(default="", repr=False)
    note: str = field(default="", compare=False)


@dataclasses.dataclass(frozen=True)
class Plain:
    """Of the library's kind."""

    name: str
    size: int = 3
    tags: list[str] = field(default_factory=list)
    secret: str = field(default="", repr=False)
    note: str = field(default="", compare=False)


@dataclass(frozen=True)
class Late:
    first: int
    second: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "second", self.first + 1)

    def __repr__(self) -> str:
        return "its own"


def test_it_looks_and_behaves_like_the_librarys_own() -> None:
    light, plain = Light("a", tags=["x"], secret="s"), Plain("a", tags=["x"], secret="s")
    assert repr(light).replace("Light", "Plain") == repr(plain)
    assert dataclasses.asdict(light) == dataclasses.asdict(plain)
    assert [f.name for f in dataclasses.fields(light)] == [f.name for f in dataclasses.fields(plain)]
    assert list(inspect.signature(Light).parameters) == list(inspect.signature(Plain).parameters)
    assert Light.__match_args__ == Plain.__match_args__
    assert light == Light("a", tags=["x"], secret="s", note="not compared") != Light("b")
    assert light != plain
    assert dataclasses.replace(light, size=4).size == 4
    assert pickle.loads(pickle.dumps(light)) == copy.deepcopy(light) == light
    assert Light("a").tags is not Light("a").tags
    assert hash(Late(1)) == hash(Late(1))
    with pytest.raises(TypeError, match="unhashable"):
        hash(light)


def test_it_cannot_be_changed_nor_be_made_without_what_it_needs() -> None:
    light = Light("a")
    with pytest.raises(dataclasses.FrozenInstanceError):
        light.size = 5  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        del light.size
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'name'"):
        Light()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="unexpected keyword argument"):
        Light("a", other=1)  # type: ignore[call-arg]


def test_what_a_class_writes_itself_stays_and_a_subclass_is_frozen_too() -> None:
    @dataclasses.dataclass(frozen=True)
    class Heavier(Light):
        weight: float = 1.0

    assert (repr(Late(1)), Late(1).second) == ("its own", 2)
    assert Heavier("a", weight=2.0).weight == 2.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        Heavier("a").size = 1  # type: ignore[misc]


def test_garbage_is_collected_again_afterwards_and_stays_off_for_whoever_switched_it_off() -> None:
    with uncollected():
        assert not gc.isenabled()
        with uncollected():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ValueError, match="in between"), uncollected():
        raise ValueError("in between")
    assert gc.isenabled()
