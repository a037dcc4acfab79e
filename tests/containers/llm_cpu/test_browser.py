"""A web page is nobody's client; SageMaker, which sends none of a browser's headers, always is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from containers.llm_cpu.multi_model import MultiModel
from containers.llm_cpu.settings import Settings
from containers.llm_cpu.single_model import SingleModel

Build = Callable[..., Any]
PATHS = [("GET", "/ping"), ("GET", "/metrics"), ("POST", "/invocations"), ("POST", "/models"), ("OPTIONS", "/models")]


@pytest.fixture
def statuses(connected: Build, settings_with: Callable[..., Settings], scripted: Build, gguf_folder: Path) -> Build:
    """Of both kinds of server, for every path."""

    def run(headers: dict[str, str], **environment: str) -> set[int]:
        settings = settings_with(**environment)
        servers = [
            SingleModel(settings, lambda folder: scripted(), pytest.fail),
            MultiModel(settings, lambda folder: scripted()),
        ]

        async def ask() -> set[int]:
            found = set()
            for server in servers:
                async with connected(server.application()) as client:
                    for method, path in PATHS:
                        found.add((await client.request(method, path, headers=headers)).status_code)
            return found

        return asyncio.run(ask())

    return run


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:8080"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Mode": "no-cors"},
    ],
)
def test_nothing_is_answered_to_a_web_page(statuses: Build, headers: dict[str, str]) -> None:
    assert statuses(headers) == {403}
    assert statuses({**headers, "Host": "127.0.0.1:8080"}, MODELYARD_BIND_HOST="127.0.0.1") == {403}


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "[::2]:80", ""])
def test_on_loopback_another_name_is_refused_as_dns_rebinding_brings_it(statuses: Build, host: str) -> None:
    assert statuses({"Host": host}, MODELYARD_BIND_HOST="127.0.0.1") == {403}


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8080", "localhost:8080", "LOCALHOST", "[::1]:8080"])
def test_on_loopback_the_machines_own_names_are_answered(statuses: Build, host: str) -> None:
    assert 403 not in statuses({"Host": host}, MODELYARD_BIND_HOST="127.0.0.1")


def test_in_a_container_any_name_is_answered_since_sagemaker_chooses_it(statuses: Build) -> None:
    assert 403 not in statuses({"Host": "model.aws.local:8080", "X-Amzn-SageMaker-Custom-Attributes": "team=a"})
