"""`modelyard fit`: the verdict, its terms, and every way to ask."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modelyard.cli.main import run

SHIPPED = Path(__file__).parents[1] / "catalogs" / "shipped"
Ask = Callable[..., tuple[int, str, str]]


@pytest.fixture
def fit(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Asks about the project's own catalog."""
    monkeypatch.delenv("MODELYARD_ENVIRONMENT", raising=False)

    def ask(*arguments: str) -> tuple[int, str, str]:
        code = run(["fit", *arguments, "--catalog", str(SHIPPED)])
        captured = capfd.readouterr()
        return code, captured.out, captured.err

    return ask


def test_an_entry_is_told_term_by_term(fit: Ask) -> None:
    code, out, _ = fit("support-chat", "-e", "prod")
    assert code == 0
    assert "llama-3.1-8b-instruct on ml.g6e.2xlarge (1 x L40S, 44.42 GiB on the GPU)" in out
    rows = {line[2:17].strip(): line for line in out.splitlines() if " GiB  " in line}
    assert {"weights", "KV cache", "activations", "runtime", "engine reserve", "free"} <= rows.keys()
    assert "14.96 GiB" in rows["weights"] and "8,030,261,248 parameters as bfloat16" in rows["weights"]
    assert "16.00 GiB" in rows["KV cache"]
    assert rows["KV cache"].count("█") > rows["weights"].count("█") > rows["engine reserve"].count("█")
    assert "FITS, " in out and "next smaller: ml." in out and "next larger: ml." in out


def test_the_bars_of_all_terms_are_as_long_as_the_device(fit: Ask) -> None:
    _, out, _ = fit("support-chat", "-e", "prod")
    whole = sum(line.count("█") for line in out.splitlines())
    assert 24 <= whole <= 28


def test_json_says_the_same_in_bytes(fit: Ask) -> None:
    code, out, _ = fit("support-chat", "-e", "prod", "--json")
    (told,) = json.loads(out)
    assert code == 0 and told["fits"] is True
    assert told["needed_bytes"] == sum(term["bytes"] for term in told["terms"]) <= told["device_bytes"]
    assert {term["name"]: term["bytes"] for term in told["terms"]}["KV cache"] == 16 << 30
    assert told["longest_context_tokens"] > 8192 and told["most_sequences"] > 16


def test_what_does_not_fit_ends_with_one_and_says_what_would(fit: Ask) -> None:
    code, out, _ = fit("support-chat", "-e", "prod", "--concurrency", "40")
    assert code == 1
    assert "DOES NOT FIT" in out and "missing on the GPU" in out
    assert "only 24 sequences of full length run at once" in out


def test_every_instance_of_an_entry_is_sized(fit: Ask) -> None:
    _, out, _ = fit("document-summaries", "-e", "prod")
    assert "on ml.g6e.2xlarge (" in out and "on ml.g6e.4xlarge (" in out


def test_every_model_of_a_shared_endpoint_is_sized(fit: Ask) -> None:
    _, out, _ = fit("house-models", "-e", "prod")
    assert "smollm2-135m-instruct on ml.c5.2xlarge" in out and "all-minilm-l6-v2 on ml.c5.2xlarge" in out
    assert out.splitlines()[-1].startswith("2 models together: ") and out.rstrip().endswith("they stay loaded")


def test_a_serverless_entry_is_sized_by_its_memory(fit: Ask) -> None:
    code, out, _ = fit("faq-answers", "-e", "prod")
    assert code == 0
    assert "serverless with 3072 MB" in out and "next smaller: serverless with 2048 MB fits" in out


def test_a_model_needs_no_entry(fit: Ask) -> None:
    where = ("--model", "llama-2-70b", "--instance", "ml.g5.48xlarge")
    code, out, _ = fit(*where, "--tensor-parallel-degree", "8")
    assert code == 0
    assert "split 8 ways" in out
    assert fit(*where) == (code, out, "")
    assert fit(*where, "--tensor-parallel-degree", "4")[0] == 1


def test_another_format_of_the_weights_may_fit(fit: Ask) -> None:
    where = ("--model", "llama-2-13b", "--instance", "ml.g5.2xlarge")
    assert fit(*where)[0] == 1
    assert fit(*where, "--dtype", "int4")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Name an entry of the catalog, or a model with --model"),
        (("support-chat", "--model", "llama-2-7b"), "Name an entry of the catalog, or a model with --model"),
        (("--model", "llama-2-7c", "--instance", "ml.g5.xlarge"), "did you mean llama-2-7b"),
        (("--model", "llama-2-7b"), "Say --instance"),
        (("--model", "llama-2-7b", "--instance", "ml.g5.2xlrge"), "did you mean ml.g5.2xlarge"),
        (("--model", "llama-2-7b", "--instance", "ml.c5.2xlarge"), "publishes no image for cpu"),
        (("--model", "llama-2-7b", "--instance", "ml.g5.xlarge", "--dtype", "fp7"), "--dtype is fp7, allowed are"),
        (("--model", "llama-2-7b", "--instance", "ml.g5.xlarge", "--engine", "vlm"), "--engine is vlm, allowed are"),
        (("--model", "llama-2-7b", "--instance", "ml.g5.xlarge", "--region", "us-east-9"), "no region us-east-9"),
        (("support-chat", "-e", "prod", "--engine", "tgi"), "go with --model"),
        (("support-chat",), "which environment?"),
        (("suport-chat", "-e", "prod"), "did you mean support-chat"),
        (("faq-answers", "-e", "prod", "--instance", "ml.g5.xlarge"), "runs on no instance"),
    ],
)
def test_a_question_without_an_answer_is_one_sentence(fit: Ask, arguments: tuple[str, ...], words: str) -> None:
    code, _, err = fit(*arguments)
    assert code == 1
    assert words in err and "Traceback" not in err


def test_a_setting_that_the_engine_would_refuse_is_told(modelyard: Any, catalog: Any) -> None:
    catalog.write(
        "endpoints/chat.yaml",
        {
            "kind": "real-time",
            "team": "support",
            "model": "small",
            "serving": {
                "engine": "vllm",
                "instance": "ml.g5.2xlarge",
                "environment": {"SM_VLLM_GPU_MEMORY_UTILIZATION": "90"},
            },
            "scaling": {"instances": {"min": 1, "max": 1}},
        },
    )
    said = modelyard("fit", "chat")
    assert said.code == 1
    assert "is '90'" in said.err and "write a number above 0, at most 1" in said.err


def test_time_limits_are_told_with_the_steps_that_make_them(fit: Ask) -> None:
    _, out, _ = fit("support-chat", "-e", "prod")
    assert "download_timeout_seconds: " in out and "startup_timeout_seconds: " in out
    assert "16.1 GB at 300 MB/s onto the local disk" in out
    told = json.loads(fit("support-chat", "-e", "prod", "--json")[1])[0]["start"]
    steps = told["download_timeout"]["steps"]
    assert sum(step["seconds"] for step in steps) == pytest.approx(
        told["download_timeout"]["expected_seconds"], abs=0.2
    )
    assert json.loads(fit("faq-answers", "-e", "prod", "--json")[1])[0]["start"] is None
