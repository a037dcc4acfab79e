"""The offer in JSON form: what is no such document is refused."""

from __future__ import annotations

from typing import Any

import pytest

from modelyard.pricing.price_list import PriceListError
from modelyard.pricing.price_list_json import read_json


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"formatVersion": "v2.0"}, "has form 'v2.0', only v1.0 is understood"),
        ({"offerCode": "AmazonEC2"}, "this is the price list of AmazonEC2, not of AmazonSageMaker"),
        ({"publicationDate": "soon"}, "published on 'soon', which is no day"),
        ({"terms": {}}, "no offer file of the AWS price list"),
        ({"products": []}, "no offer file of the AWS price list"),
        ({"products": {"A": {}}}, "no offer file of the AWS price list"),
    ],
)
def test_another_document_is_refused(offers: Any, about: dict[str, Any], said: str) -> None:
    with pytest.raises(PriceListError, match=said):
        read_json({**offers.document([]), **about})


def test_what_is_sold_without_a_price_on_demand_is_passed_over(offers: Any) -> None:
    document = offers.document([offers.row("USE1-Host:ml.g5.xlarge", "1.4", sku="A")])
    document["products"]["B"] = document["products"]["A"] | {"sku": "B"}
    assert [price.sku for price in read_json(document).prices.values()] == ["A"]
