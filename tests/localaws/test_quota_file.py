"""Quotas that embedded AWS is told to play."""

import json
from pathlib import Path
from typing import Any

import pytest

from localaws.quota_file import read_quotas
from localaws.sagemaker.quotas import Quotas
from localaws.settings import SettingsError


def written(folder: Path, content: Any) -> Path:
    file = folder / "quotas.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


def test_what_modelyard_pulls_is_played(tmp_path: Path) -> None:
    quotas = [
        {"name": "ml.g5.xlarge for endpoint usage", "applied": 2, "default": 0},
        {"name": "ml.m5.large for endpoint usage", "applied": None, "default": 4},
        {"name": "ml.c5.large for endpoint usage", "applied": None, "default": None},
        {"name": "Number of instances across active endpoints", "applied": 6.0, "default": 4},
        {"name": "a quota of something else", "applied": 1, "default": 1},
    ]
    read = read_quotas(written(tmp_path, {"quotas": quotas}))
    assert [read.instances_of_type(f"ml.{one}") for one in ("g5.xlarge", "m5.large", "c5.large")] == [2, 4, 1000]
    assert (read.instances_in_all, read.serverless_endpoints) == (6, 1000)


def test_what_service_quotas_lists_is_played(tmp_path: Path) -> None:
    listed = {"Quotas": [{"QuotaName": "Number of serverless endpoints", "Value": 5.0}]}
    assert read_quotas(written(tmp_path, listed)) == Quotas(serverless_endpoints=5)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "is not JSON"),
        ("[]", "no list under `quotas`"),
        ({"quotas": {}}, "no list under `quotas`"),
        ({"quotas": [1]}, "quota 1: 1 is no object"),
        ({"quotas": [{"name": 5}]}, "the name 5 is no text"),
        ({"quotas": [{"name": "n", "applied": -1}]}, "'n' is -1; allowed is a whole number"),
        ({"quotas": [{"name": "n", "applied": 1.5}]}, "'n' is 1.5"),
        ({"quotas": [{"name": "n", "applied": "2"}]}, "'n' is '2'"),
        ({"quotas": [{"name": "n", "applied": True}]}, "'n' is True"),
    ],
)
def test_a_file_that_is_wrong_is_told_in_a_sentence(tmp_path: Path, content: Any, words: str) -> None:
    with pytest.raises(SettingsError) as error:
        read_quotas(written(tmp_path, content))
    assert words in str(error.value)


def test_a_file_that_is_missing_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        read_quotas(tmp_path / "none.json")


def test_embedded_aws_lists_and_enforces_them(start_embedded_aws: Any, tmp_path: Path) -> None:
    file = written(tmp_path, {"quotas": [{"name": "ml.m5.large for endpoint usage", "applied": 0, "default": 0}]})
    running = start_embedded_aws("--quotas", str(file))
    pages = running.client("service-quotas").get_paginator("list_service_quotas").paginate(ServiceCode="sagemaker")
    values = {quota["QuotaName"]: quota["Value"] for page in pages for quota in page["Quotas"]}
    assert values["ml.m5.large for endpoint usage"] == 0
    role = running.create_execution_role("limited")
    with pytest.raises(Exception, match="ml.m5.large for endpoint usage' is 0 Instances"):
        running.create_endpoint("limited", role=role)
