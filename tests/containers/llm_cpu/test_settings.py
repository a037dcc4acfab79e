from __future__ import annotations

import pytest

from containers.llm_cpu.settings import SettingRefused, read_settings


def test_without_any_variable_the_server_listens_as_sagemaker_expects() -> None:
    settings = read_settings({})
    assert (settings.bind_host, settings.port, str(settings.model_dir)) == ("0.0.0.0", 8080, "/opt/ml/model")
    assert not settings.multi_model


def test_sagemaker_chooses_the_port_and_the_multi_model_mode() -> None:
    settings = read_settings({"SAGEMAKER_BIND_TO_PORT": "9123", "SAGEMAKER_MULTI_MODEL": "true"})
    assert settings.port == 9123
    assert settings.multi_model


def test_an_empty_variable_counts_as_absent() -> None:
    assert read_settings({"MODELYARD_ENGINE_THREADS": ""}).engine_threads is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SAGEMAKER_BIND_TO_PORT", "http"),
        ("SAGEMAKER_BIND_TO_PORT", "70000"),
        ("MODELYARD_ENGINE_THREADS", "0"),
        ("MODELYARD_MAX_WAITING_REQUESTS", "-1"),
        ("SAGEMAKER_MULTI_MODEL", "yes"),
    ],
)
def test_a_variable_that_means_nothing_is_named_with_its_value(name: str, value: str) -> None:
    with pytest.raises(SettingRefused, match=f"{name} is '{value}'; it must be"):
        read_settings({name: value})


def test_draining_always_ends_before_sagemaker_kills() -> None:
    assert read_settings({}).drain_seconds < 30
    with pytest.raises(SettingRefused, match="MODELYARD_DRAIN_SECONDS"):
        read_settings({"MODELYARD_DRAIN_SECONDS": "30"})
