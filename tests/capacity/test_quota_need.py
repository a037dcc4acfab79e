"""What a catalog needs of an account's quotas, and where these are too small."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelyard.capacity.quota_need import QuotaNeed, quotas_needed
from modelyard.capacity.quota_shortfall import shortfalls, unknown_quotas
from modelyard.catalog.account_quotas import AccountQuota, AccountQuotas
from modelyard.catalog.loader import load
from modelyard.catalog.schema import Rollout

FOUR_KINDS = Path(__file__).parents[1] / "catalogs" / "four-kinds"
G5 = "ml.g5.xlarge for endpoint usage"
IN_ALL, PER_ENDPOINT = "Number of instances across active endpoints", "Maximum number of instances per endpoint"


def on_instances(name: str, most: int, *types: str, rollout: dict[str, Any] | None = None) -> Any:
    """As much of an entry as its need depends on."""
    told = Rollout.model_validate(rollout) if rollout else None
    serving = SimpleNamespace(instances=types or ("ml.g5.xlarge",))
    scaling = SimpleNamespace(instances=SimpleNamespace(max=most))
    return SimpleNamespace(
        endpoint_name=name, endpoint=SimpleNamespace(kind="real-time", serving=serving, scaling=scaling, rollout=told)
    )


def serverless(name: str, concurrency: int) -> Any:
    serving = SimpleNamespace(max_concurrency=concurrency)
    return SimpleNamespace(endpoint_name=name, endpoint=SimpleNamespace(kind="serverless", serving=serving))


def figures(*entries: Any) -> dict[str, tuple[int, int, int, int]]:
    return {
        need.name: (need.steady, need.one_update, need.all_updates, need.fallback) for need in quotas_needed(entries)
    }


def test_nothing_deployed_needs_nothing() -> None:
    assert quotas_needed([]) == ()


def test_fleets_of_one_type_add_up_and_are_doubled_one_or_all_at_a_time() -> None:
    found = figures(on_instances("a", 3), on_instances("b", 1), on_instances("c", 2))
    assert found[G5] == (6, 9, 12, 0)
    assert found[IN_ALL] == (6, 9, 12, 0)


@pytest.mark.parametrize(
    ("rollout", "added"),
    [
        (None, 8),
        ({"strategy": "all-at-once"}, 8),
        ({"strategy": "canary", "step_instances": 1}, 8),
        ({"strategy": "linear", "step_percent": 25}, 8),
        ({"strategy": "rolling", "step_percent": 25}, 2),
        ({"strategy": "rolling", "step_percent": 30}, 3),
        ({"strategy": "rolling", "step_instances": 1}, 1),
    ],
)
def test_an_update_adds_a_second_fleet_and_a_rolling_one_a_batch(rollout: dict[str, Any] | None, added: int) -> None:
    found = figures(on_instances("a", 8, rollout=rollout), on_instances("b", 1, rollout=rollout))
    steady, one, _, _ = found[G5]
    assert (steady, one) == (9, 9 + added)


def test_what_one_endpoint_may_have_is_not_doubled() -> None:
    assert figures(on_instances("a", 3), on_instances("b", 5))[PER_ENDPOINT] == (5, 5, 5, 0)


def test_a_fallback_counts_apart_and_once_in_the_account() -> None:
    found = figures(on_instances("a", 3, "ml.g5.xlarge", "ml.g5.2xlarge"), on_instances("b", 1, "ml.g5.2xlarge"))
    assert found[G5] == (3, 6, 6, 0)
    assert found["ml.g5.2xlarge for endpoint usage"] == (1, 2, 2, 3)
    assert found[IN_ALL] == (4, 7, 8, 0)


def test_serverless_endpoints_need_no_instances() -> None:
    found = figures(serverless("a", 20), serverless("b", 5))
    assert found == {"Serverless endpoints": (2, 2, 2, 0), "Total serverless concurrency": (25, 45, 50, 0)}


def test_the_largest_stands_first_among_those_that_need_it() -> None:
    (need, *_) = quotas_needed([on_instances("a", 1), on_instances("b", 4), on_instances("c", 1)])
    assert need.endpoints == ("b", "a", "c")


def test_a_sentence_names_the_largest_and_counts_the_rest() -> None:
    (need, *_) = quotas_needed([on_instances(name, 9 - place) for place, name in enumerate("abcdefgh")])
    assert need.named == "a, b, c, d, e and 3 more"
    (need, *_) = quotas_needed([on_instances(name, 1) for name in "abcde"])
    assert need.named == "a, b, c, d, e"


def test_every_kind_of_a_catalog_counts() -> None:
    catalog = load(FOUR_KINDS, "local")
    needs = quotas_needed(catalog.entries.values())
    counted = {endpoint for need in needs for endpoint in need.endpoints}
    assert counted == {entry.endpoint_name for entry in catalog.entries.values()}


sizes = st.lists(st.integers(1, 20), min_size=1, max_size=12)


@given(sizes)
def test_one_update_needs_more_than_none_and_no_more_than_all(fleet_sizes: list[int]) -> None:
    entries = [on_instances(f"e{number}", size) for number, size in enumerate(fleet_sizes)]
    steady, one, every, _ = figures(*entries)[G5]
    assert steady == sum(fleet_sizes) and steady < one <= every == 2 * steady
    assert (one == every) == (len(fleet_sizes) == 1)


@given(sizes, st.randoms(use_true_random=False))
def test_the_order_of_entries_does_not_matter(fleet_sizes: list[int], random: Any) -> None:
    entries = [on_instances(f"e{number}", size) for number, size in enumerate(fleet_sizes)]
    shuffled = random.sample(entries, len(entries))
    assert quotas_needed(entries) == quotas_needed(shuffled)


def account(have: int | None, *, adjustable: bool = True, name: str = G5) -> AccountQuotas:
    quota = AccountQuota(code="L-1928E07B", name=name, applied=have, default=0, adjustable=adjustable)
    return AccountQuotas(account="111122223333", region="eu-west-1", pulled_on=date(2026, 11, 21), quotas=(quota,))


NEED = QuotaNeed(
    name=G5, code=None, unit="instances", steady=4, one_update=6, all_updates=8, fallback=1, endpoints=("a",)
)


@pytest.mark.parametrize(
    ("have", "occasion", "wanted"),
    [
        (0, "steady", 6),
        (3, "steady", 6),
        (4, "one update", 6),
        (5, "one update", 6),
        (6, "fallback", 7),
        (7, "all updates", 9),
        (8, "all updates", 9),
    ],
)
def test_the_worst_occasion_is_told_with_what_to_ask_for(have: int, occasion: str, wanted: int) -> None:
    (short,) = shortfalls([NEED], account(have))
    assert (short.occasion, short.have, short.wanted) == (occasion, have, wanted)
    assert short.request == (
        "aws service-quotas request-service-quota-increase --service-code sagemaker "
        f"--quota-code L-1928E07B --desired-value {wanted} --region eu-west-1"
    )


def test_enough_for_everything_is_no_shortfall() -> None:
    assert list(shortfalls([NEED], account(9))) == []


def test_what_aws_grants_to_nobody_has_no_command() -> None:
    (short,) = shortfalls([NEED], account(0, adjustable=False))
    assert short.request is None and "lower the maxima" in short.way_out


def test_a_default_holds_where_nothing_was_granted() -> None:
    (short,) = shortfalls([NEED], account(None))
    assert short.have == 0


def test_a_quota_that_the_list_lacks_is_unknown_and_no_shortfall() -> None:
    other = account(0, name="ml.g6.xlarge for endpoint usage")
    assert list(shortfalls([NEED], other)) == []
    assert list(unknown_quotas([NEED], other)) == [NEED]
    assert list(unknown_quotas([NEED], account(0))) == []
