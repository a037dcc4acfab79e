"""One model's facts, read alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelyard.catalog.model_file import read_model
from modelyard.catalog.problem import CatalogErrors

CATALOG = Path(__file__).parents[1] / "catalogs" / "shipped"
GOOD = (CATALOG / "models/llama-2-7b.yaml").read_text("utf-8")


def problems(folder: Path, name: str, text: str) -> list[str]:
    (folder / "models").mkdir()
    (folder / "models" / f"{name}.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(CatalogErrors) as refused:
        read_model(folder, name)
    return [str(problem) for problem in refused.value.problems]


def test_a_model_is_read_without_the_rest_of_the_catalog():
    model = read_model(CATALOG, "llama-2-70b")
    assert (model.parameters, model.architecture.kv_heads) == (68_976_648_192, 8)


def test_an_unknown_model_is_told_with_what_was_probably_meant():
    with pytest.raises(CatalogErrors, match="did you mean"):
        read_model(CATALOG, "llama-2-70bb")


def test_a_name_with_a_path_leaves_no_folder(tmp_path):
    (tmp_path / "models").mkdir()
    (tmp_path / "secret.yaml").write_text(GOOD)
    with pytest.raises(CatalogErrors, match="there is no model"):
        read_model(tmp_path, "../secret")


def test_what_is_wrong_is_told_with_its_place(tmp_path):
    (told,) = problems(tmp_path, "it", GOOD.replace("parameters: 6738415616", "parameters: many"))
    assert told.startswith(f"{tmp_path}/models/it.yaml:4:13 MY006 ")


@pytest.mark.parametrize(
    ("added", "words"),
    [
        ("  kv_lora_rank: 512\n", "write both or neither"),
        ("  sliding_window_layers: 4\n", "add sliding_window"),
        ("  sliding_window: 512\n  sliding_window_layers: 33\n", "there are 32 layers"),
    ],
)
def test_halves_of_a_fact_are_refused(tmp_path, added, words):
    (told,) = problems(tmp_path, "it", GOOD.replace("architecture:\n", f"architecture:\n{added}"))
    assert words in told
