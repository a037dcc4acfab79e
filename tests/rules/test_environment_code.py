from __future__ import annotations

import pytest


def found(house, name, rule, value="/x"):
    return house.entry("real-time", serving={"environment": {name: value}}).found(rule)


@pytest.mark.parametrize(
    "name",
    [
        "PYTHONPATH",
        "PYTHONSTARTUP",
        "PYTHONHOME",
        "PYTHONUSERBASE",
        "PYTHONWARNINGS",
        "LD_PRELOAD",
        "LD_LIBRARY_PATH",
        "LD_AUDIT",
        "PATH",
        "BASH_ENV",
        "NODE_OPTIONS",
        "JAVA_TOOL_OPTIONS",
        "PERL5OPT",
        "RUBYOPT",
        "OPENSSL_CONF",
        "NCCL_NET_PLUGIN",
        "PIP_INDEX_URL",
        "UV_INDEX_URL",
        "ld_preload",
        "CC",
    ],
)
def test_what_loads_code_is_refused_and_cannot_be_waived(house, name):
    [said] = found(house, name, "MY083")
    assert said.startswith(f"{name} makes the container run other code")
    house.entry(
        "real-time",
        serving={"environment": {name: "/x"}},
        waivers=[{"rule": "MY083", "reason": "we like it", "until": "2099-12-31"}],
    )
    assert {"MY083", "MY045"} <= house.breaks()


@pytest.mark.parametrize(
    "name",
    [
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONFIG_FILE",
        "AWS_PROFILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_ROLE_ARN",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT",
        "AWS_ACCESS_KEY_ID",
        "BOTO_CONFIG",
    ],
)
def test_what_takes_other_credentials_is_refused(house, name):
    [said] = found(house, name, "MY083")
    assert "act as somebody else" in said


@pytest.mark.parametrize(
    "name",
    ["AWS_REGION", "AWS_DEFAULT_REGION", "SM_VLLM_DTYPE", "HF_MODEL_ID", "HF_HUB_OFFLINE", "CUDA_VISIBLE_DEVICES"],
)
def test_an_engines_own_settings_pass(house, name):
    for rule in ("MY083", "MY084", "MY085"):
        assert found(house, name, rule) == []
