"""The converter's one promise, on random schemas: what the original accepts, the result accepts.

The original is judged by jsonschema's validator of draft 2020-12, the result by bravado-core's own, on the way that a
request body takes: marshal, then validate.
"""

from __future__ import annotations

import copy
import json

import pytest
from bravado_core.marshal import marshal_schema_object
from bravado_core.spec import Spec
from bravado_core.unmarshal import unmarshal_schema_object
from bravado_core.validate import validate_schema_object
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from swagger_spec_validator.validator20 import validate_spec

from nomad_swagger.apispec.openapi3 import convert

NAMES = ("a", "b", "title", "type")
COMPONENTS = ("One", "Two", "Three")
CONFIG = {"validate_swagger_spec": False, "use_models": False, "include_missing_properties": False}
SLOW = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.sampled_from([0.5, -1.5]), st.sampled_from(["", "a", "bb"])
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=6,
)


def maybe(**keywords):
    return st.fixed_dictionaries({}, optional=keywords)


def with_type(kind, keywords):
    return keywords.map(lambda words: {"type": kind, **words})


bounds = st.integers(-3, 3)
counts = st.integers(0, 2)
numbers = maybe(minimum=bounds, maximum=bounds, exclusiveMinimum=bounds, exclusiveMaximum=bounds, multipleOf=st.just(2))
texts = maybe(minLength=counts, maxLength=counts, pattern=st.sampled_from(["^a", "b$", r"^\p{L}"]))
annotations = maybe(title=st.just("T"), description=st.just("D"), default=values, deprecated=st.booleans())
plain = st.one_of(
    st.booleans(),
    st.just({}),
    st.just({"type": "null"}),
    st.just({"type": "boolean"}),
    with_type("integer", numbers),
    with_type("number", numbers),
    with_type("string", texts),
    st.lists(values, min_size=1, max_size=3).map(lambda found: {"enum": found}),
    values.map(lambda value: {"const": value}),
)


def composed(inner):
    some = st.lists(inner, min_size=1, max_size=3)
    lists = maybe(
        items=inner, prefixItems=some, minItems=counts, maxItems=counts, uniqueItems=st.booleans(), contains=inner
    )
    objects = maybe(
        properties=st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
        required=st.lists(st.sampled_from(NAMES), max_size=2, unique=True),
        additionalProperties=inner,
        patternProperties=st.dictionaries(st.just("^a"), inner, max_size=1),
        propertyNames=st.just({"minLength": 1}),
        minProperties=counts,
        maxProperties=counts,
    )
    unions = st.one_of(
        some.map(lambda b: {"anyOf": b}), some.map(lambda b: {"oneOf": b}), some.map(lambda b: {"allOf": b})
    )
    optional = st.builds(lambda schema, extra: {"anyOf": [schema, {"type": "null"}], **extra}, inner, annotations)
    named = inner.filter(lambda schema: isinstance(schema, dict))
    beside = st.builds(lambda schema, extra: {**schema, **extra}, named, st.one_of(annotations, texts, objects))
    both = st.builds(lambda union, typed: {**typed, **union}, unions, with_type("object", objects))
    listed = st.builds(
        lambda kinds, words: {"type": kinds, **words},
        st.lists(st.sampled_from(["string", "null", "integer", "array", "object"]), min_size=1, unique=True),
        st.one_of(texts, numbers, objects, lists),
    )
    return st.one_of(
        with_type("array", lists),
        with_type("object", objects),
        unions,
        optional,
        beside,
        both,
        listed,
        st.builds(lambda schema: {"not": schema}, inner),
        st.builds(
            lambda schema, extra: {**schema, **extra} if isinstance(schema, dict) else schema, inner, annotations
        ),
    )


def schemas(known):
    """Give schemas that refer to the named components only."""
    leaves = st.one_of(plain, *(st.just({"$ref": f"#/components/schemas/{name}"}) for name in known))
    return st.recursive(leaves, composed, max_leaves=8)


circular = st.fixed_dictionaries({name: schemas(COMPONENTS) for name in COMPONENTS})
# A schema that is a part of itself has no meaning that a validator could tell, so values are tried on layers.
layered = st.fixed_dictionaries({name: schemas(COMPONENTS[index + 1 :]) for index, name in enumerate(COMPONENTS)})


def document_of(parts):
    return {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {}, "components": {"schemas": parts}}


def accepted_by_original(parts, name, value):
    validator = Draft202012Validator({"components": {"schemas": parts}, "$ref": f"#/components/schemas/{name}"})
    try:
        return validator.is_valid(value)
    except Exception:  # noqa: BLE001 - a pattern that Python cannot read, or a schema that is only itself
        return False


def fitting(parts, name, draw):
    """Draw values until one is valid for the original; a value made for the schema is tried first."""
    for candidate in (draw(made_for(parts, parts[name], 4)), draw(values), draw(values)):
        if accepted_by_original(parts, name, candidate):
            return candidate
    assume(False)
    raise AssertionError


def made_for(parts, schema, depth):
    """Give a strategy that aims at a schema without promising to hit it."""
    if not isinstance(schema, dict) or depth == 0:
        return values
    if "$ref" in schema:
        return made_for(parts, parts[schema["$ref"].rpartition("/")[2]], depth - 1)
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return st.one_of([made_for(parts, branch, depth - 1) for branch in schema[key]])
    kind = schema.get("type")
    if isinstance(kind, list):
        return st.one_of([made_for(parts, {**schema, "type": one}, depth) for one in kind])
    if kind == "object":
        known = {name: made_for(parts, inner, depth - 1) for name, inner in schema.get("properties", {}).items()}
        rest = made_for(parts, schema.get("additionalProperties", {}), depth - 1)
        needed = {name: known.get(name, rest) for name in schema.get("required", ())}
        return st.fixed_dictionaries(needed, optional={k: v for k, v in known.items() if k not in needed})
    if kind == "array":
        heads = [made_for(parts, head, depth - 1) for head in schema.get("prefixItems", ())]
        if heads:
            return st.tuples(*heads).map(list)
        return st.lists(made_for(parts, schema.get("items", {}), depth - 1), max_size=2)
    simple = {
        "null": st.none(),
        "boolean": st.booleans(),
        "integer": st.integers(-5, 5),
        "string": st.sampled_from(["", "a", "ab", "b"]),
    }
    return simple.get(kind, values) if isinstance(kind, str) else values


@SLOW
@given(parts=circular)
def test_every_result_is_valid_and_bravado_builds_on_it(parts):
    document = document_of(parts)
    before = json.dumps(document)
    made = convert(document)
    assert json.dumps(document) == before
    validate_spec(copy.deepcopy(made.document))
    Spec.from_dict(copy.deepcopy(made.document), config={**CONFIG, "use_models": True})


@SLOW
@given(parts=layered, data=st.data())
def test_what_the_original_accepts_the_result_accepts(parts, data):
    value = fitting(parts, "One", data.draw)
    event(f"a valid {type(value).__name__}")
    made = convert(document_of(parts)).document
    made["definitions"]["Holder"] = {
        "type": "object",
        "properties": {"it": {"$ref": "#/definitions/One"}},
        "required": ["it"],
    }
    spec = Spec.from_dict(made, config=CONFIG)
    holder = {"$ref": "#/definitions/Holder"}
    wire = marshal_schema_object(spec, holder, {"it": copy.deepcopy(value)})
    assert wire == {"it": value}, "bravado sends something else"
    validate_schema_object(spec, holder, wire)
    assert unmarshal_schema_object(spec, holder, copy.deepcopy(wire)) == {"it": value}, "bravado reads something else"


@SLOW
@given(parts=circular)
def test_a_loss_is_noted_whenever_a_result_is_laxer_by_construction(parts):
    text = json.dumps(parts)
    made = convert(document_of(parts))
    whats = " ".join(loss.what for loss in made.losses)
    for keyword in ("not", "contains", "propertyNames", "patternProperties"):
        kept = json.dumps(made.document["definitions"])
        if f'"x-{keyword}"' in kept and f'"{keyword}": {{}}' not in text:
            assert keyword in whats


@pytest.mark.parametrize("wrong", [{"type": "integer"}, {"type": "string", "minLength": 3}, {"enum": ["b"]}])
def test_what_swagger_can_say_it_still_refuses(wrong):
    made = convert(document_of({"One": {"type": "object", "properties": {"it": wrong}}})).document
    spec = Spec.from_dict(made, config=CONFIG)
    with pytest.raises(Exception, match=r"a'? is"):
        validate_schema_object(spec, {"$ref": "#/definitions/One"}, {"it": "a"})
