"""Time limits of a start: bytes over rates, times a factor, within what AWS takes."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import pytest

from modelyard.capacity.instances import instance, instance_names
from modelyard.capacity.start_time import (
    LEAST_SECONDS,
    MOST_SECONDS,
    SAFETY_FACTOR,
    Step,
    TimeLimit,
    entry_limits,
    start_limits,
    timeouts,
)
from modelyard.capacity.transfer_rates import disk_read_rate, disk_write_rate, network_rate
from modelyard.catalog.loader import load

GB = 10**9


def limits(name, gigabytes, **settings):
    return start_limits(instance(name), engine="vllm", checkpoint_bytes=[int(gigabytes * GB)], **settings)


def limit(seconds):
    return TimeLimit(steps=(Step(name="only", seconds=seconds, note=""),))


@pytest.mark.parametrize(
    ("expected", "written"), [(0, LEAST_SECONDS), (19, LEAST_SECONDS), (100, 300), (101, 330), (5000, MOST_SECONDS)]
)
def test_a_limit_is_a_multiple_of_what_is_expected_in_half_minutes_within_awss_range(expected, written):
    assert limit(expected).seconds == written


def test_what_aws_would_not_wait_for_stays_visible():
    assert limit(5000).wanted_seconds == SAFETY_FACTOR * 5000 > MOST_SECONDS


def test_the_weights_take_the_slower_of_network_and_disk():
    # 2.5 Gbit/s of ml.g5.xlarge are 312.5 MB/s, more than its disk is trusted with.
    [_, weights] = limits("ml.g5.xlarge", 30).download.steps
    assert weights.seconds == pytest.approx(30_000 / 300)
    # 0.75 Gbit/s of ml.m5.large are 93.75 MB/s, but its volume takes 81.2.
    [_, weights] = limits("ml.m5.large", 30).download.steps
    assert weights.seconds == pytest.approx(30_000 / 81.2)
    assert network_rate(instance("ml.m5.large")) == pytest.approx(93.75e6)


def test_one_flow_of_packets_limits_the_fastest_network():
    assert network_rate(instance("ml.p5.48xlarge")) == 5e9 / 8


def test_a_larger_volume_is_a_faster_one():
    small, large = (disk_write_rate(instance("ml.inf2.48xlarge"), volume_gib=size) for size in (170, 171))
    assert (small, large) == (128 * 2**20, 250 * 2**20)


def test_a_start_reads_the_image_then_the_weights_then_waits_for_the_engine():
    steps = {step.name: step.seconds for step in limits("ml.g5.2xlarge", 16).startup.steps}
    assert list(steps) == ["image", "loading weights", "engine"]
    assert steps["loading weights"] == pytest.approx(16_000 / 600)


def test_an_archive_is_unpacked_and_shared_models_load_when_they_are_asked_for():
    shared = limits("ml.g5.2xlarge", 16, packed=True, loads_on_request=True)
    assert [step.name for step in shared.download.steps] == ["first byte", "weights", "unpacking"]
    assert "loading weights" not in [step.name for step in shared.startup.steps]


def test_of_several_models_the_largest_counts():
    both = start_limits(instance("ml.g5.2xlarge"), engine="vllm", checkpoint_bytes=[GB, 16 * GB])
    assert both.download == limits("ml.g5.2xlarge", 16).download


def test_neuron_gets_as_long_as_aws_waits():
    compiled = start_limits(instance("ml.inf2.8xlarge"), engine="neuron", checkpoint_bytes=[GB])
    assert compiled.startup.seconds == MOST_SECONDS


def test_more_bytes_never_take_less_time():
    for name in ("ml.g5.xlarge", "ml.g6e.12xlarge", "ml.inf2.24xlarge", "ml.m5.large", "ml.t2.medium"):
        wanted = [limits(name, size).download.wanted_seconds for size in (1, 8, 16, 70, 140, 700)]
        assert wanted == sorted(wanted)


def test_every_hosting_type_has_rates():
    for name in instance_names():
        type_ = instance(name)
        assert 20e6 < network_rate(type_) <= 625e6
        assert 20e6 < disk_write_rate(type_, volume_gib=30) <= disk_read_rate(type_, volume_gib=30)


def test_the_table_of_rates_names_hosting_types_only():
    table = json.loads(resources.files("modelyard.capacity").joinpath("data", "transfer_rates.json").read_text("utf-8"))
    assert set(table["instances"]) <= instance_names()
    # The EC2 dump that both come from lacks p2, p3, dl1 and p6e-gb200.
    assert len(instance_names() - set(table["instances"])) == 8


@pytest.fixture(scope="module")
def shipped_entries():
    """The entries of the project's own catalog."""
    return load(Path(__file__).parents[1] / "catalogs" / "shipped", "prod").entries


def test_the_longest_of_an_entrys_types_decides(shipped_entries):
    entry = shipped_entries["document-summaries"]
    startup, download = timeouts(entry)
    found = entry_limits(entry)
    assert (startup, download) == (found.startup.seconds, found.download.seconds)
    assert len(entry.endpoint.serving.instances) == 2


def test_what_an_entry_states_wins_one_by_one(shipped_entries):
    startup, download = timeouts(shipped_entries["support-chat-inf2"])
    assert startup == 3600
    assert download == entry_limits(shipped_entries["support-chat-inf2"]).download.seconds


def test_serverless_has_no_limits_to_state(shipped_entries):
    assert entry_limits(shipped_entries["faq-answers"]) is None
    with pytest.raises(ValueError, match="three minutes"):
        timeouts(shipped_entries["faq-answers"])
