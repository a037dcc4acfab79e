"""An offer file of the AWS price list in JSON form: products by SKU, and the terms under which each is sold.

https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/reading-service-price-list-file-for-services.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from modelyard.pricing.price_list import About, PriceList, PriceListError, StatedPrice, gathered


def read_json(document: dict[str, Any]) -> PriceList:
    """Read an offer file that has been parsed.

    Raises:
        PriceListError: when it is no such file.
    """
    try:
        about = About(
            form=str(document["formatVersion"]),
            offer=str(document["offerCode"]),
            version=str(document["version"]),
            published=str(document["publicationDate"]),
        )
        return gathered(about, _on_demand(document["products"], document["terms"]["OnDemand"]))
    except (KeyError, TypeError, AttributeError) as error:
        raise PriceListError(
            f"this is no offer file of the AWS price list ({type(error).__name__}: {error})"
        ) from error


def _on_demand(products: dict[str, Any], terms: dict[str, Any]) -> Iterator[StatedPrice]:
    for sku, product in products.items():
        attributes = product["attributes"]
        for term in terms.get(sku, {}).values():
            for dimension in term["priceDimensions"].values():
                for currency, amount in dimension["pricePerUnit"].items():
                    yield StatedPrice(
                        sku=sku,
                        usage_type=str(attributes.get("usagetype", "")),
                        region=str(attributes.get("regionCode", "")),
                        effective_on=str(term["effectiveDate"]),
                        starts_at=str(dimension.get("beginRange", "0")),
                        unit=str(dimension["unit"]),
                        amount=str(amount),
                        currency=str(currency),
                        volume_type=str(attributes.get("volumeType", "")),
                    )
