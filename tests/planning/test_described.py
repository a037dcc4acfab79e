"""What is billed alike is priced by one stack, and as if each entry had been described by itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from modelyard.catalog.entry import Entry
from modelyard.catalog.loader import load
from modelyard.catalog.schema import KINDS, AlarmTargets
from modelyard.planning.described import NOT_BILLED, Described, alike
from modelyard.pricing.usage import Traffic
from tests.fixtures.priced_months import endpoint_month

CATALOGS = Path(__file__).parents[1] / "catalogs"
KINDS_OF = ("chat", "chat-neuron", "answers", "shelf", "summaries")
ASKED = Traffic.model_validate(
    {"requests_per_month": 100_000, "seconds_per_request": 1, "request_kib": 4, "response_kib": 3, "record_kib": 1}
)
# Another value of each key that tells no entries apart.
ANOTHER = {
    "team": "another",
    "owner": "somebody else",
    "licence_accepted": {"by": "x", "on": "2026-01-01", "version": "1"},
    "waivers": ({"rule": "MY030", "reason": "because it must be", "until": "2027-01-01"},),
    "callers": ("one-role", "another-role"),
    "environment": {"SOME_SETTING": "another"},
    "max_context_tokens": 1234,
    "startup_timeout_seconds": 61,
    "download_timeout_seconds": 62,
}


def entries(environment: str) -> dict[str, Entry]:
    return load(CATALOGS / "four-kinds", environment).entries


def stated(entry: Entry, key: str, *, below: str | None = None) -> Entry:
    tables = entry.endpoint.model_dump(by_alias=True)
    (tables if below is None else tables[below])[key] = ANOTHER[key]
    return replace(entry, endpoint=KINDS[entry.endpoint.kind].model_validate(tables))


def variations(entry: Entry) -> list[tuple[str, Entry]]:
    """The entry with each key changed that is said to reach no bill."""
    serving = NOT_BILLED["serving"]
    assert isinstance(serving, set)
    found = [(key, stated(entry, key)) for key in NOT_BILLED if key != "serving"]
    known = type(entry.endpoint.serving).model_fields
    return found + [(key, stated(entry, key, below="serving")) for key in sorted(serving & known.keys())]


@pytest.mark.parametrize("environment", ["local", "signals"])
@pytest.mark.parametrize("name", KINDS_OF)
def test_keys_that_tell_no_entries_apart_change_no_month(name, environment):
    catalog = load(CATALOGS / "four-kinds", environment)
    entry = catalog.entries[name]
    month = endpoint_month(entry, catalog.environment, ASKED)
    for key, other in variations(entry):
        assert endpoint_month(other, catalog.environment, ASKED) == month, key
        assert len(set(alike([entry, replace(other, name="another")]).values())) == 1, key


def test_whatever_else_differs_tells_entries_apart():
    chat = entries("local")["chat"]
    tables = chat.endpoint.model_dump(by_alias=True)
    others = [
        {**tables, "log_keep_days": 7},
        {**tables, "dashboard": True},
        {**tables, "scaling": {**tables["scaling"], "instances": {"min": 1, "max": 7}}},
        {**tables, "slo": {**tables["slo"], "latency_p50_seconds": 3.0}},
        {**tables, "serving": {**tables["serving"], "volume_gib": 77}},
    ]
    found = [replace(chat, name=f"n{at}", endpoint=KINDS["real-time"].model_validate(one))
             for at, one in enumerate(others)]  # fmt: skip
    heard = chat.team.model_copy(update={"alarms": AlarmTargets(email=("a@example.com", "b@example.com"))})
    found += [
        replace(chat, name="heard", team=heard),
        replace(chat, name="weights", models={"other": next(iter(chat.models.values()))}),
    ]
    assert len(set(alike([chat, *found]).values())) == 1 + len(found)


def test_an_entry_of_which_nothing_is_deployed_is_billed_as_none():
    described = Described(stacks={"chat": {}}, like={"like-chat": "chat", "gone": "nothing"})
    assert [described.billed_as(name) for name in ("chat", "like-chat", "gone", "unknown")] == [
        "chat",
        "chat",
        None,
        None,
    ]


@pytest.mark.parametrize("environment", ["local", "signals"])
def test_a_plan_shows_for_unchanged_entries_what_each_costs_by_itself(repository, plan, environment):
    """Copies of every entry under other names: one stack prices both."""
    endpoints = repository.folder / "catalog" / "endpoints"
    for path in sorted(endpoints.glob("*.yaml")):
        (endpoints / f"copy-of-{path.name}").write_text(path.read_text("utf-8"), "utf-8")
    repository.commit("copies")
    [planned] = plan("--environment", environment, "--json").json()["environments"]
    catalog = load(repository.folder / "catalog", environment)
    assert [one["name"] for one in planned["endpoints"]] == sorted(catalog.entries)
    assert len(set(alike(catalog.entries.values()).values())) == len(catalog.entries) / 2
    for one in planned["endpoints"]:
        month = endpoint_month(catalog.entries[one["name"]], catalog.environment)
        assert one["action"] == "unchanged" and one["resources"] == {}
        assert one["after"]["usd"]["expected"] == f"{month.usd.expected:f}", one["name"]
        assert [line["what"] for line in one["after"]["lines"]] == [line.what for line in month.lines]
