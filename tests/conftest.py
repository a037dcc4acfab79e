"""What tests of several rooms need: the AWS price list in the form that AWS publishes it in, of a test's own prices.

And the models that the project ships: the tests have a copy of their own, to pass whatever a company's catalog/ holds.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

import modelyard.onboarding.adding.source

# Before anybody else imports it.
modelyard.onboarding.adding.source.SHIPPED = Path(__file__).parent / "catalogs" / "shipped"
# What a property says does not depend on how busy the machine is.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")
pytest_plugins = ["tests.fixtures.command_line"]
_VERSION = "20261118192305"
_PUBLISHED = "2026-11-18T19:23:05Z"
_DISCLAIMER = (
    "This pricing list is for informational purposes only. All prices are subject to the additional terms included in "
    "the pricing pages on http://aws.amazon.com. All Free Tier prices are also subject to the terms included at "
    "https://aws.amazon.com/free/"
)
_HEADING = [
    "SKU", "OfferTermCode", "RateCode", "TermType", "PriceDescription", "EffectiveDate", "StartingRange", "EndingRange",
    "Unit", "PricePerUnit", "Currency", "RelatedTo", "LeaseContractLength", "PurchaseOption", "OfferingClass",
    "Product Family", "serviceCode", "Location", "Location Type", "Instance Type", "vCPU", "Memory", "Group",
    "usageType", "operation", "Component", "Instance Name", "Volume Type", "Region Code", "serviceName",
]  # fmt: skip


class OfferFiles:
    """Writes the lists of regions and the index that names them."""

    def row(
        self, usage: str, usd: str, *, region: str = "us-east-1", sku: str | None = None, **cells: str
    ) -> dict[str, str]:
        """One line of a list: an hour of an instance on demand, but for the cells."""
        number = sku or f"SKU{sum(map(ord, usage)):06d}"
        kind, _, name = usage.partition("-")[2].partition(":")
        return {
            "SKU": number,
            "OfferTermCode": "JRTCKXETXF",
            "RateCode": f"{number}.JRTCKXETXF.6YS6EN2CT7",
            "TermType": "OnDemand",
            "PriceDescription": f'${usd} per Hosting {name} hour in "{region}", on demand',
            "EffectiveDate": "2026-11-01",
            "StartingRange": "0",
            "EndingRange": "Inf",
            "Unit": "Hrs",
            "PricePerUnit": usd,
            "Currency": "USD",
            "Product Family": "ML Instance",
            "serviceCode": "AmazonSageMaker",
            "Location": region,
            "Location Type": "AWS Region",
            "Instance Type": f"{name}-{kind}",
            "usageType": usage,
            "operation": "RunInstance",
            "Component": {"Host": "Hosting", "Train": "Training"}.get(kind, kind),
            "Instance Name": name,
            "Region Code": region,
            "serviceName": "Amazon SageMaker",
            **{key.replace("_", " "): value for key, value in cells.items()},
        }

    def text(self, rows: Iterable[dict[str, str]], **about: str) -> str:
        """The text of a list."""
        stated = {
            "FormatVersion": "v1.0",
            "Disclaimer": _DISCLAIMER,
            "Publication Date": _PUBLISHED,
            "Version": _VERSION,
            "OfferCode": "AmazonSageMaker",
            **{key.replace("_", " "): value for key, value in about.items()},
        }
        text = io.StringIO()
        writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerows(stated.items())
        writer.writerow(_HEADING)
        writer.writerows([line.get(name, "") for name in _HEADING] for line in rows)
        return text.getvalue()

    def document(self, rows: Iterable[dict[str, str]], **about: str) -> dict[str, Any]:
        """The same list in JSON form."""
        products: dict[str, Any] = {}
        terms: dict[str, Any] = {}
        for number, line in enumerate(rows):
            sku = line["SKU"]
            attributes = {
                "servicecode": "AmazonSageMaker",
                "regionCode": line["Region Code"],
                "usagetype": line["usageType"],
                "operation": line["operation"],
                "component": line["Component"],
                "instanceName": line["Instance Name"],
                "instanceType": line["Instance Type"],
                "volumeType": line.get("Volume Type", ""),
            }
            products[sku] = {"sku": sku, "productFamily": line["Product Family"], "attributes": attributes}
            rate = f"{line['RateCode']}.{number}"
            dimension = {
                "rateCode": rate,
                "description": line["PriceDescription"],
                "beginRange": line["StartingRange"],
                "endRange": line["EndingRange"],
                "unit": line["Unit"],
                "pricePerUnit": {line["Currency"]: line["PricePerUnit"]},
                "appliesTo": [],
            }
            offer = f"{sku}.{line['OfferTermCode']}.{number}"
            terms.setdefault(line["TermType"], {}).setdefault(sku, {})[offer] = {
                "offerTermCode": line["OfferTermCode"],
                "sku": sku,
                "effectiveDate": f"{line['EffectiveDate']}T00:00:00Z",
                "priceDimensions": {rate: dimension},
                "termAttributes": {},
            }
        stated = {
            "formatVersion": "v1.0",
            "disclaimer": _DISCLAIMER,
            "offerCode": "AmazonSageMaker",
            "version": _VERSION,
            "publicationDate": _PUBLISHED,
            **about,
        }
        return {**stated, "products": products, "terms": {"OnDemand": {}, **terms}}

    def index(self, *regions: str, offer: str = "AmazonSageMaker") -> str:
        """The text of the index that names a list for each region."""
        listed: dict[str, Any] = {
            region: {
                "regionCode": region,
                "currentVersionUrl": f"/offers/v1.0/aws/{offer}/{_VERSION}/{region}/index.json",
            }
            for region in regions
        }
        return json.dumps(
            {"formatVersion": "v1.0", "disclaimer": _DISCLAIMER, "publicationDate": _PUBLISHED, "regions": listed}
        )


@pytest.fixture
def offers() -> OfferFiles:
    """The files of an offer."""
    return OfferFiles()
