from typing import Any

import pytest

from localaws.cloudformation.api_request import PropertiesError, api_request
from localaws.sagemaker.service_model import load

VARIANT = {"VariantName": "main", "ModelName": "model"}


def endpoint_config(**variant: Any) -> dict[str, Any]:
    properties = {"EndpointConfigName": "config", "ProductionVariants": [{**VARIANT, **variant}]}
    return api_request(load("sagemaker"), "CreateEndpointConfig", properties)


def test_parameters_arrive_as_strings_and_leave_in_the_type_of_the_api() -> None:
    request = endpoint_config(InitialInstanceCount="2", InitialVariantWeight="0.5", EnableSSMAccess="true")
    (variant,) = request["ProductionVariants"]
    assert variant["InitialInstanceCount"] == 2
    assert variant["InitialVariantWeight"] == 0.5
    assert variant["EnableSSMAccess"] is True


def test_a_number_in_an_environment_becomes_the_text_it_is_there() -> None:
    properties = {"ModelName": "m", "PrimaryContainer": {"Image": "i", "Environment": {"SIZE": 4096, "ON": True}}}
    request = api_request(load("sagemaker"), "CreateModel", properties)
    assert request["PrimaryContainer"]["Environment"] == {"SIZE": "4096", "ON": "true"}


@pytest.mark.parametrize(
    ("variant", "sentence"),
    [
        ({"InstanceTyp": "ml.g5.xlarge"}, "#/ProductionVariants/0: extraneous key [InstanceTyp] is not permitted"),
        ({"InitialInstanceCount": "two"}, "InitialInstanceCount: expected type: Integer, found: String"),
        ({"InitialInstanceCount": True}, "InitialInstanceCount: expected type: Integer, found: Boolean"),
        ({"EnableSSMAccess": "yes"}, "EnableSSMAccess: expected type: Boolean, found: String"),
        ({"ServerlessConfig": []}, "ServerlessConfig: expected type: JSONObject, found: JSONArray"),
    ],
)
def test_a_property_that_fits_no_api_member_is_refused_with_its_path(variant: dict[str, Any], sentence: str) -> None:
    with pytest.raises(PropertiesError) as raised:
        endpoint_config(**variant)
    assert sentence in str(raised.value)
