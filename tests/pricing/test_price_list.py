"""The offer of SageMaker in both forms that AWS publishes: which of its prices are those of endpoints."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from modelyard.pricing.price_list import PriceList, PriceListError
from modelyard.pricing.price_list_csv import read_csv
from modelyard.pricing.price_list_json import read_json

G5 = "USE1-Host:ml.g5.2xlarge"


@pytest.fixture(params=["csv", "json"])
def read(request: pytest.FixtureRequest, offers: Any) -> Any:
    """Reads a list of the given rows, in each of the two forms."""
    if request.param == "json":
        return lambda *rows: read_json(offers.document(rows))
    return lambda *rows: read_csv(offers.text(rows).splitlines(keepends=True))


def usages(price_list: PriceList) -> dict[str, str]:
    return {usage: f"{price.usd:f}" for (_, usage), price in price_list.prices.items()}


def test_a_price_is_exact_and_has_its_region_its_number_and_the_day_of_the_list(read: Any, offers: Any) -> None:
    found = read(offers.row(G5, "1.5150000000", sku="ABCDEFGHJKLMNPQR"))
    price = found.prices["us-east-1", "Host:ml.g5.2xlarge"]
    assert (price.usd, price.unit, price.sku) == (Decimal("1.515"), "Hrs", "ABCDEFGHJKLMNPQR")
    assert (found.published_on, found.version) == (date(2026, 11, 18), "20261118192305")


def test_everything_that_endpoints_are_billed_by_is_read(read: Any, offers: Any) -> None:
    found = read(
        offers.row(G5, "1.515"),
        offers.row("USE1-AsyncInf:ml.g5.2xlarge", "1.515"),
        offers.row("USE1-Host:ml.p6-b200.48xlarge", "131.0227"),
        offers.row("USE1-ServerlessInf:Mem-4GB", "0.0000800000", Unit="seconds", Product_Family="ML Serverless"),
        offers.row("USE1-ProvisionedConcurrency:Usage-2GB", "0.00001", Unit="seconds"),
        offers.row("USE1-ProvisionedConcurrency:Mem-2GB", "0.0000233", Unit="seconds"),
        offers.row("USE1-Host:VolumeUsage.gp2", "0.14", Unit="GB-Mo"),
        offers.row("USE1-Hst:Data-Bytes-In", "0.016", Unit="GB"),
        offers.row("USE1-Hst:Data-Bytes-Out", "0.016", Unit="GB"),
    )
    assert usages(found) == {
        "Host:ml.g5.2xlarge": "1.515",
        "AsyncInf:ml.g5.2xlarge": "1.515",
        "Host:ml.p6-b200.48xlarge": "131.0227",
        "ServerlessInf:Mem-4GB": "0.00008",
        "ProvisionedConcurrency:Usage-2GB": "0.00001",
        "ProvisionedConcurrency:Mem-2GB": "0.0000233",
        "Host:VolumeUsage.gp2": "0.14",
        "Hst:Data-Bytes-In": "0.016",
        "Hst:Data-Bytes-Out": "0.016",
    }


@pytest.mark.parametrize(
    "usage",
    [
        "USE1-Train:ml.g5.2xlarge",
        "USE1-Tsform:ml.g5.2xlarge",
        "USE1-Processing:ml.g5.2xlarge",
        "USE1-Notebk:ml.g5.2xlarge",
        "USE1-Studio:ml.g5.2xlarge",
        "USE1-Studio:KernelGateway-ml.g5.2xlarge",
        "USE1-Host:VolumeUsage.gp3-other",
        "USE1-ServerlessInf:Mem-4GB-Other",
    ],
)
def test_the_same_type_for_another_purpose_is_left_out(read: Any, offers: Any, usage: str) -> None:
    found = read(offers.row(usage, "0.99", Instance_Name="ml.g5.2xlarge"), offers.row(G5, "1.515"))
    assert usages(found) == {"Host:ml.g5.2xlarge": "1.515"}


def test_reserved_terms_free_rows_and_prices_to_come_are_left_out(read: Any, offers: Any) -> None:
    found = read(
        offers.row(G5, "0.90", TermType="Reserved", LeaseContractLength="1yr", PurchaseOption="All Upfront"),
        offers.row(G5, "0.0000000000"),
        offers.row(G5, "1.60", EffectiveDate="2026-12-01"),
        offers.row(G5, "1.515"),
        offers.row(G5, "1.70", EffectiveDate="2025-01-01"),
    )
    assert usages(found) == {"Host:ml.g5.2xlarge": "1.515"}


def test_prices_in_another_currency_are_told_apart_and_never_read_as_dollars(read: Any, offers: Any) -> None:
    found = read(offers.row("CNN1-Host:ml.g5.2xlarge", "14.2", region="cn-north-1", Currency="CNY"))
    assert usages(found) == {}
    assert found.currencies == {"cn-north-1": frozenset({"CNY"})}


def test_regions_of_one_file_stay_apart(read: Any, offers: Any) -> None:
    found = read(
        offers.row(G5, "1.515"), offers.row("EU-Host:ml.g5.2xlarge", "1.69", region="eu-west-1"),
        offers.row("APN1-Host:ml.g5.2xlarge", "2.2", region="ap-northeast-1"),
    )  # fmt: skip
    assert found.regions == ("ap-northeast-1", "eu-west-1", "us-east-1")
    assert found.prices["eu-west-1", "Host:ml.g5.2xlarge"].usd == Decimal("1.69")


def test_two_numbers_at_one_price_are_one_price_and_at_two_are_none(read: Any, offers: Any) -> None:
    agreed = read(offers.row(G5, "1.515", sku="B"), offers.row(G5, "1.515", sku="A"))
    assert agreed.prices["us-east-1", "Host:ml.g5.2xlarge"].sku == "A"
    torn = read(offers.row(G5, "1.515", sku="A"), offers.row(G5, "1.624", sku="B"))
    assert usages(torn) == {}
    assert torn.unclear == {("us-east-1", "Host:ml.g5.2xlarge"): "has more than one price in the list"}


def test_a_price_that_falls_with_use_is_not_one_price(read: Any, offers: Any) -> None:
    usage = "USE1-Hst:Data-Bytes-In"
    found = read(
        offers.row(usage, "0.016", Unit="GB", EndingRange="1000"),
        offers.row(usage, "0.014", Unit="GB", StartingRange="1000"),
    )
    assert found.unclear == {("us-east-1", "Hst:Data-Bytes-In"): "has more than one price in the list"}


def test_a_price_per_another_unit_is_not_taken_for_one_of_ours(read: Any, offers: Any) -> None:
    found = read(offers.row(G5, "1.5", Unit="Quarters"))
    assert usages(found) == {}
    assert list(found.unclear.values()) == ["is billed per 'Quarters' in the list, not per Hrs"]


def test_a_price_that_is_no_number_is_refused(read: Any, offers: Any) -> None:
    with pytest.raises(PriceListError, match="costs 'free' from '0' on: these are no numbers"):
        read(offers.row(G5, "1.5", PricePerUnit="free"))


def of(offers: Any, form: str, offer: str, rows: list[dict[str, str]]) -> PriceList:
    """The list of another service."""
    if form == "json":
        return read_json(offers.document(rows, offerCode=offer))
    return read_csv(offers.text(rows, OfferCode=offer).splitlines(keepends=True))


@pytest.mark.parametrize("form", ["csv", "json"])
def test_of_a_price_that_falls_with_use_the_first_tier_that_is_not_free_is_the_services_price(
    offers: Any, form: str
) -> None:
    arm, mail = "EU-Lambda-GB-Second-ARM", "EU-DeliveryAttempts-SMTP"
    here: dict[str, str] = {"region": "eu-west-1"}
    found = of(
        offers,
        form,
        "AWSLambda",
        [
            offers.row(arm, "0.0000133334", Unit="Lambda-GB-Second", EndingRange="7500000000", sku="A", **here),
            offers.row(arm, "0.0000120001", Unit="Lambda-GB-Second", StartingRange="7500000000", sku="A2", **here),
            offers.row("EU-Lambda-GB-Second", "0.0000166667", Unit="Lambda-GB-Second", sku="B", **here),
        ],
    )
    assert usages(found) == {"Lambda-GB-Second-ARM": "0.0000133334"}
    notices = of(
        offers,
        form,
        "AmazonSNS",
        [
            offers.row(mail, "0", Unit="Notifications", EndingRange="1000", sku="A", **here),
            offers.row(mail, "0.00002", Unit="Notifications", StartingRange="1000", sku="A2", **here),
        ],
    )
    assert (usages(notices), notices.unclear) == ({"DeliveryAttempts-SMTP": "0.00002"}, {})


@pytest.mark.parametrize("form", ["csv", "json"])
def test_of_the_storage_of_s3_only_the_standard_one_is_read(offers: Any, form: str) -> None:
    stored = "TimedStorage-ByteHrs"
    found = of(
        offers,
        form,
        "AmazonS3",
        [
            offers.row(stored, "0.021", Unit="GB-Mo", Volume_Type="INTAAS3ObjectOverhead", sku="A"),
            offers.row(stored, "0.023", Unit="GB-Mo", Volume_Type="Standard", sku="B"),
            offers.row("Requests-Tier1", "0.000005", Unit="Requests", sku="C"),
        ],
    )
    assert usages(found) == {stored: "0.023", "Requests-Tier1": "0.000005"}


def test_a_key_is_known_by_the_name_of_its_region(offers: Any) -> None:
    found = of(offers, "csv", "awskms", [offers.row("eu-central-1-KMS-Keys", "1", Unit="Keys", region="eu-central-1")])
    assert usages(found) == {"KMS-Keys": "1"}
