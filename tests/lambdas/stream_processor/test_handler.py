"""The handler answers Lambda which record the batch must come again from."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from lambdas.stream_processor import handler

CONTEXT: Any = SimpleNamespace(
    function_name="f", memory_limit_in_mb=1769, invoked_function_arn="arn", aws_request_id="id"
)


@pytest.fixture
def handle(services: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    monkeypatch.setattr(boto3, "client", lambda name, config: services)
    monkeypatch.setenv("MODELYARD_ENVIRONMENT", "prod")
    monkeypatch.setenv("MODELYARD_DELIVERY_STREAM", "requests")
    monkeypatch.setenv("MODELYARD_SIGNALS_BUCKET", "signals")
    monkeypatch.setenv("MODELYARD_VARIANTS", "AllTraffic")
    monkeypatch.setenv("MODELYARD_DELIVERY", "logs")
    handler.logger.setLevel(logging.CRITICAL)
    handler.processor.cache_clear()
    yield handler.handle
    handler.processor.cache_clear()


def test_a_batch_that_is_done_fails_nothing(handle: Any, stream: Any, record: Any, services: Any) -> None:
    assert handle({"Records": stream.of(record(0), record(1))}, CONTEXT) == {"batchItemFailures": []}
    assert len(services.delivered) == 2


def test_a_batch_comes_again_from_the_first_record_that_is_not_done(
    handle: Any, stream: Any, record: Any, services: Any
) -> None:
    services.refuse["put_record_batch"] = 1
    answer = handle({"Records": stream.of(record(0), record(1))}, CONTEXT)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "0"}]}


def test_a_missing_setting_is_named(handle: Any, stream: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MODELYARD_SIGNALS_BUCKET")
    with pytest.raises(KeyError, match="MODELYARD_SIGNALS_BUCKET"):
        handle({"Records": stream.of()}, CONTEXT)
