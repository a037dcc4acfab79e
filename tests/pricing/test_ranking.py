"""Instances by price: who is first, why the others are not, and what is never guessed."""

from __future__ import annotations

import pytest

from modelyard.capacity.instances import instance
from modelyard.capacity.memory_fit import fit
from modelyard.capacity.workload import workload
from modelyard.catalog.schema import Model
from modelyard.pricing.fallback_pool import fallback_pool
from modelyard.pricing.prices import hourly_price
from modelyard.pricing.ranking import rank

REGION = "us-east-1"


@pytest.fixture(scope="module")
def model() -> Model:
    """Seven billion parameters of 16 bits, in the shapes of Llama 2 7B."""
    return Model.model_validate(
        {
            "family": "test",
            "task": "chat",
            "parameters": 6_738_415_616,
            "dtype": "float16",
            "architecture": {
                "layers": 32,
                "hidden_size": 4096,
                "attention_heads": 32,
                "kv_heads": 32,
                "head_dim": 128,
                "intermediate_size": 11008,
                "vocabulary_size": 32000,
                "max_context_tokens": 4096,
            },
            "licence": {"name": "apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
            "weights": {"hub": "test/test"},
            "facts": {"sources": ("made for a test",), "checked_on": "2026-11-21", "status": "stated"},
        }
    )


def ranked(model, *names, **asked):
    work = workload(model, engine="vllm", widest=True, any_volume=True, **{"concurrency": 1, **asked})
    return rank((fit("it", model, work, instance(name)) for name in names), region=REGION)


def names(choices):
    return [choice.fit.instance.name for choice in choices]


def test_the_cheapest_that_fits_is_first(model):
    ranking = ranked(model, "ml.p4d.24xlarge", "ml.g5.2xlarge", "ml.g4dn.xlarge", "ml.g5.xlarge")
    assert names(ranking.priced) == ["ml.g5.xlarge", "ml.g5.2xlarge", "ml.p4d.24xlarge"]
    assert names(ranking.unfit) == ["ml.g4dn.xlarge"]
    assert ranking.first is ranking.priced[0]
    assert ranking.first.reason == ""


def test_each_other_one_is_told_why_it_lost(model):
    ranking = ranked(model, "ml.g5.2xlarge", "ml.g5.xlarge", "ml.g4dn.xlarge", "ml.p3.2xlarge", concurrency=2)
    cheapest, other = (price.usd for name in ("ml.g5.xlarge", "ml.g5.2xlarge") if (price := hourly_price(name, REGION)))
    assert ranking.priced[1].reason == f"{(other / cheapest - 1) * 100:.0f} % dearer" == "8 % dearer"
    assert [choice.reason for choice in ranking.unfit] == [
        "needs 18.7 GiB on each GPU, which has 14.6",
        "needs 18.8 GiB on each GPU, which has 15.8",
    ]


def test_an_unknown_price_is_shown_and_never_ranked(model):
    ranking = ranked(model, "ml.p5e.48xlarge", "ml.g5.2xlarge")
    assert names(ranking.unpriced) == ["ml.p5e.48xlarge"]
    assert ranking.unpriced[0].price is None
    assert ranking.unpriced[0].reason == "fits, but is NOT PRICED in us-east-1"
    assert "ml.p5e.48xlarge" not in names(ranking.priced)


def test_where_no_price_is_known_there_is_no_first(model):
    ranking = ranked(model, "ml.p5e.48xlarge")
    assert ranking.first is None
    assert fallback_pool(model, ranking) == ()


def test_another_region_has_no_prices(model):
    work = workload(model, engine="vllm", concurrency=1)
    ranking = rank([fit("it", model, work, instance("ml.g5.2xlarge"))], region="eu-west-1")
    assert (ranking.priced, names(ranking.unpriced)) == ((), ["ml.g5.2xlarge"])


def test_the_order_in_which_instances_come_does_not_matter(model):
    offered = ["ml.g5.2xlarge", "ml.g6.2xlarge", "ml.g6e.2xlarge", "ml.g5.12xlarge"]
    assert names(ranked(model, *offered).priced) == names(ranked(model, *reversed(offered)).priced)


def test_a_pool_shares_image_settings_and_kind_of_disk(model):
    ranking = ranked(model, "ml.g5.xlarge", "ml.g5.2xlarge", "ml.inf2.8xlarge", "ml.g5.12xlarge", "ml.g6e.xlarge")
    pool = fallback_pool(model, ranking)
    assert pool[0] == "ml.g5.xlarge"
    assert "ml.inf2.8xlarge" not in pool
    assert list(pool) == [name for name in names(ranking.priced) if name in pool]


def test_every_member_of_a_pool_holds_the_model_at_the_first_ones_split(model):
    # At 20 sequences four A10G hold what one of them cannot.
    ranking = ranked(model, "ml.g5.12xlarge", "ml.g5.24xlarge", "ml.g7e.2xlarge", "ml.g5.48xlarge", concurrency=20)
    pool = fallback_pool(model, ranking)
    assert pool[0] == "ml.g7e.2xlarge"
    assert "ml.g5.12xlarge" not in pool


def test_a_pool_has_at_most_five(model):
    offered = [f"ml.g5.{size}xlarge" for size in ("", 2, 4, 8, 16)] + [f"ml.g6.{size}xlarge" for size in (2, 4, 8)]
    assert len(fallback_pool(model, ranked(model, *offered))) == 5
