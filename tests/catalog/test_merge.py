from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from modelyard.catalog.merge import merge

scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=3)
keys = st.sampled_from("abcd")
values = st.recursive(
    scalars | st.tuples(scalars, scalars), lambda below: st.dictionaries(keys, below, max_size=3), max_leaves=8
)
tables = st.dictionaries(keys, values, max_size=4)


def leaves(table, path=()):
    for key, value in table.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key), value


def at(table, path):
    for key in path:
        if not isinstance(table, dict) or key not in table:
            return None
        table = table[key]
    return table


def test_tables_merge_key_by_key():
    below = {"serving": {"engine": "vllm", "environment": {"A": "1", "B": "2"}}}
    above = {"serving": {"environment": {"B": "3", "C": "4"}}}
    assert merge(below, above) == {"serving": {"engine": "vllm", "environment": {"A": "1", "B": "3", "C": "4"}}}


def test_scalars_and_lists_replace():
    assert merge({"callers": ("a", "b"), "n": 1}, {"callers": ("c",), "n": 2}) == {"callers": ("c",), "n": 2}


def test_null_unsets_a_table():
    assert merge({"capture": {"sample_percent": 20}}, {"capture": None}) == {"capture": None}


def test_a_table_replaces_a_scalar():
    assert merge({"capture": None}, {"capture": {"sample_percent": 20}}) == {"capture": {"sample_percent": 20}}


@given(tables, tables)
def test_what_the_upper_layer_says_is_what_holds(below, above):
    merged = merge(below, above)
    for path, value in leaves(above):
        if value != {}:
            assert at(merged, path) == value


@given(tables, tables)
def test_what_the_upper_layer_leaves_out_stays(below, above):
    merged = merge(below, above)
    assert merged.keys() == below.keys() | above.keys()
    assert all(merged[key] == below[key] for key in below.keys() - above.keys())


@given(tables)
def test_an_empty_layer_changes_nothing(table):
    assert merge(table, {}) == table
    assert merge({}, table) == table


@given(tables, tables)
def test_neither_layer_is_changed(below, above):
    before = repr((below, above))
    merge(below, above)
    assert repr((below, above)) == before
