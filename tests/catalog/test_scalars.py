from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelyard.catalog.scalars import AmbiguousScalarError, plain_scalar


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None), ("~", None), ("null", None), ("true", True), ("False", False),
        ("0", 0), ("16", 16), ("-3", -3), ("+3", 3), ("8030000000", 8030000000),
        ("0.5", 0.5), ("-1.25", -1.25), ("2.0", 2.0),
        ("2026-11-02", "2026-11-02"), ("ml.g5.2xlarge", "ml.g5.2xlarge"), ("0.27.1", "0.27.1"), ("v1", "v1"),
        ("nothing", "nothing"), ("yesterday", "yesterday"), ("order", "order"), ("1e", "1e"), ("-", "-"), (".", "."),
        ("deadbeef", "deadbeef"), ("12ab", "12ab"),
    ],
)  # fmt: skip
def test_a_scalar_that_all_readers_agree_on_has_that_value(text, value):
    assert plain_scalar(text) == value
    assert type(plain_scalar(text)) is type(value)


@pytest.mark.parametrize(
    ("text", "way_out"),
    [
        ("no", 'write false, or "no"'), ("Off", 'write false, or "Off"'), ("N", 'write false, or "N"'),
        ("yes", 'write true, or "yes"'), ("on", 'write true, or "on"'),
        ("8.03e9", "write 8030000000"), ("1E3", "write 1000"), ("25e-4", "write 0.0025"),
        ("1e999", "write it without the exponent"),
        ("010", 'quote it ("010")'), ("000000000000", 'quote it ("000000000000")'),
        ("0x1F", "plain decimal digits"), ("0o17", "plain decimal digits"), ("0b11", "plain decimal digits"),
        ("1_000", "plain decimal digits"), ("12:30:45", 'quote it ("12:30:45")'),
        ("1.", "write 1.0"), (".5", "write 0.5"), (".inf", "finite"), ("-.INF", "finite"), (".nan", "finite"),
        ("1" * 5000, "at most 18 are exact"), ("0." + "1" * 5000, "at most 18 digits are exact"),
    ],
)  # fmt: skip
def test_a_scalar_that_readers_disagree_on_is_refused_with_how_to_write_it(text, way_out):
    with pytest.raises(AmbiguousScalarError) as refused:
        plain_scalar(text)
    assert way_out in str(refused.value)


@given(st.integers(min_value=-(10**17), max_value=10**17))
def test_whole_numbers_are_exact(number):
    assert plain_scalar(str(number)) == number


@given(st.text(alphabet="0123456789+-._eExobyYnNfFaAilL:", max_size=30))
def test_nothing_that_looks_like_a_number_ends_in_another_error(text):
    try:
        value = plain_scalar(text)
    except AmbiguousScalarError as refused:
        assert str(refused)
    else:
        assert isinstance(value, str | int | float | bool | None)
