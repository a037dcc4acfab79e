"""Records are written when the environment asks for them and says in whose name."""

from __future__ import annotations

import pytest

from containers.request_records.settings import RecordSettingRefused, RecordSettings, read_record_settings

NAMES = {"MODELYARD_ENDPOINT": "chat", "MODELYARD_VARIANT": "AllTraffic"}


@pytest.mark.parametrize("environment", [{}, NAMES, {**NAMES, "MODELYARD_REQUEST_RECORDS": "false"}])
def test_records_are_off_unless_asked_for(environment: dict[str, str]) -> None:
    assert read_record_settings(environment, engine="vllm") is None


def test_records_carry_the_names_that_the_container_was_told() -> None:
    environment = {**NAMES, "MODELYARD_REQUEST_RECORDS": "True", "MODELYARD_MODEL": "llama"}
    expected = RecordSettings(endpoint="chat", variant="AllTraffic", engine="vllm", model="llama")
    assert read_record_settings(environment, engine="vllm") == expected


def test_a_missing_name_and_a_value_that_means_nothing_are_refused() -> None:
    with pytest.raises(RecordSettingRefused, match="MODELYARD_VARIANT is missing"):
        read_record_settings({"MODELYARD_REQUEST_RECORDS": "true", "MODELYARD_ENDPOINT": "chat"}, engine="vllm")
    with pytest.raises(RecordSettingRefused, match="it must be true or false"):
        read_record_settings({**NAMES, "MODELYARD_REQUEST_RECORDS": "yes"}, engine="vllm")


def test_records_go_into_a_stream_that_is_named_by_its_arn_and_by_nothing_else() -> None:
    asked = {**NAMES, "MODELYARD_REQUEST_RECORDS": "true"}
    arn = "arn:aws-us-gov:kinesis:us-gov-west-1:111122223333:stream/modelyard-prod-RecordStream-x1"
    settings = read_record_settings({**asked, "MODELYARD_RECORD_STREAM_ARN": arn}, engine="vllm")
    assert settings is not None and settings.stream_arn == arn
    with pytest.raises(RecordSettingRefused, match="it must be the ARN of a Kinesis data stream"):
        read_record_settings({**asked, "MODELYARD_RECORD_STREAM_ARN": "records"}, engine="vllm")
