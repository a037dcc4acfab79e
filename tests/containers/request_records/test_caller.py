"""Of a caller is known what SageMaker passes on, and nothing is guessed."""

from __future__ import annotations

import pytest

from containers.request_records.caller import Caller, read_caller


def test_a_caller_who_says_nothing_is_unknown() -> None:
    assert read_caller([(b"content-type", b"application/json")]) == Caller()


def test_ids_team_model_and_adapter_come_from_sagemakers_headers() -> None:
    headers = [
        (b"x-amzn-sagemaker-inference-id", b"order-77"),
        (b"x-amzn-sagemaker-custom-attributes", b"team=support, request_id=4f1c"),
        (b"x-amzn-sagemaker-target-model", b"smollm2.tar.gz"),
        (b"x-amzn-sagemaker-adapter-identifier", b"pirate"),
    ]
    assert read_caller(headers) == Caller(
        inference_id="order-77", request_id="4f1c", team="support", target_model="smollm2", adapter="pirate"
    )


@pytest.mark.parametrize("attributes", ["trace", "c000b4f9-df62-4c85-a0bf-7c525f9104a4", "", "team=", "team", "=x"])
def test_attributes_of_another_form_say_nothing(attributes: str) -> None:
    assert read_caller([(b"x-amzn-sagemaker-custom-attributes", attributes.encode())]) == Caller()


def test_a_value_longer_than_the_records_schema_allows_is_left_out() -> None:
    attributes = f"team={'x' * 257};request_id={'y' * 256}".encode()
    caller = read_caller([(b"x-amzn-sagemaker-custom-attributes", attributes)])
    assert (caller.team, caller.request_id) == (None, "y" * 256)


@pytest.mark.parametrize("value", ["t\u00e9am", "\x00", "a\nb", "a\tb", "\x7f", "\xa0"])
def test_a_value_that_invoke_endpoint_would_not_take_is_left_out(value: str) -> None:
    assert read_caller([(b"x-amzn-sagemaker-inference-id", value.encode("latin-1"))]) == Caller()


def test_a_header_longer_than_invoke_endpoint_takes_is_not_taken_apart() -> None:
    attributes = b"team=support;" + b"a=b;" * 300
    assert read_caller([(b"x-amzn-sagemaker-custom-attributes", attributes)]) == Caller()
