"""What a model on disk is called where nobody says, and that `modelyard add` says so."""

from __future__ import annotations

import pytest


def models(company):
    return sorted(path.stem for path in (company.folder / "models").iterdir())


@pytest.fixture
def at(company, own_config):
    """Writes a config.json into a folder; `_name_or_path` where one is given."""

    def write(folder, name_or_path=None, file="config.json"):
        config = dict(own_config("llama-3.2-1b"))
        if name_or_path is not None:
            config["_name_or_path"] = name_or_path
        return company.model_folder(folder, **{file.replace(".", "__"): config})

    return write


@pytest.mark.parametrize(
    ("folder", "stated", "arguments", "named", "after"),
    [
        ("Own-Model-7B", None, [], "own-model-7b", "its folder"),
        ("Own-Model-7B", "Qwen/Qwen3-8B", ["--name", "triage"], "own-model-7b", "its folder"),
        ("checkpoint-500", None, ["--name", "triage"], "triage", "the endpoint"),
        ("checkpoint-500", "Qwen/Qwen3-8B", [], "qwen3-8b", "_name_or_path in its config.json"),
        ("model", "/fsx/out/run-3", [], "model", "its folder"),
        ("models--Acme--Chat-7B/snapshots/0a1b2c3d4e5f", None, ["--name", "triage"], "chat-7b", "the repository"),
    ],
)
def test_a_folder_names_its_model_unless_the_name_says_nothing(company, at, folder, stated, arguments, named, after):
    code, out, err = company.add(at(folder, stated), "--licence", "mit", *arguments)
    assert (code, err) == (0, "")
    assert models(company) == [named]
    assert f"the model is called {named} after {after}" in out and "--model-name says another name" in out


def test_a_configuration_that_is_pointed_at_is_named_as_the_endpoint(company, at):
    code, out, _ = company.add(f"{at('Own-Model-7B')}/config.json", "--licence", "mit", "--name", "triage")
    assert code == 0 and models(company) == ["triage"]
    assert company.entry("triage")["model"] == "triage"
    assert "the model is called triage after the endpoint" in out


def test_a_file_of_its_own_name_keeps_it(company, at):
    folder = at("folder", file="own-variant.json")
    company.add(f"{folder}/own-variant.json", "--licence", "mit", "--name", "triage")
    assert models(company) == ["own-variant"]


def test_a_name_that_is_stated_wins_and_needs_no_word(company, at):
    code, out, _ = company.add(f"{at('model')}/config.json", "--licence", "mit", "--model-name", "own-7b")
    assert code == 0 and models(company) == ["own-7b"]
    assert "is called" not in out
