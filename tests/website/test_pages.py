"""The site has a page for each rule, command and key, made from the code, and no link of it leads nowhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from modelyard.catalog.document import read_document
from modelyard.catalog.json_schema import editor_schemas
from modelyard.cli.commands.explain import explain
from modelyard.cli.main import VERBS, application
from modelyard.pricing.usage_schema import FILE_NAME, usage_schema
from modelyard.rules.catalogue import explained_rules
from website.__main__ import main
from website.exit_codes import codes_of
from website.keys import FILES, keys_of
from website.links import anchors, broken_links
from website.page import ROOT, code, prose, table
from website.site import pages
from website.written import sources

SCHEMAS = {**editor_schemas(), FILE_NAME: usage_schema()}


def test_no_link_leads_nowhere() -> None:
    assert list(broken_links({path: page.text for path, page in pages().items()})) == []


def test_a_link_that_leads_nowhere_is_found() -> None:
    texts = {"a.md": "# A\n\n`[x](y)` [b](b.md#two) [c](c.md) [d](#a)\n\n```\n[e](e.md)\n```\n", "b.md": "# One"}
    assert list(broken_links(texts)) == ["a.md: b.md#two", "a.md: c.md"]


def test_headings_are_named_as_github_names_them() -> None:
    text = '# `modelyard/llm-cpu`: small, on CPU\n## A\n### A\n## Its age <a id="age"></a>\n'
    assert anchors(text) == {"modelyardllm-cpu-small-on-cpu", "a", "a-1", "its-age", "age"}


@pytest.mark.parametrize("rule", explained_rules())
def test_a_rules_page_says_what_explain_says(rule: str, capsys: pytest.CaptureFixture[str]) -> None:
    explain(rule)
    text = pages()[f"reference/rules/{rule}.md"].text
    said, examples = capsys.readouterr().out.split("\nfails:\n")
    assert said.startswith(f"{rule} (")
    for line in said.splitlines()[2:]:
        label, _, words = line.partition(":")
        assert label in ("why", "source", "fix", "waiver")
        stated = words.strip().removeprefix("it ")
        assert stated in text or prose(stated) in text, line
    for line in examples.splitlines():
        assert line.removeprefix("    ") in text or line.startswith("    # ... and") or line == "passes:"


def test_the_table_of_rules_leads_to_every_page() -> None:
    table_of_rules = pages()["docs/rules.md"].text
    for rule in explained_rules():
        assert f"[{rule}](../reference/rules/{rule}.md)" in table_of_rules


@pytest.mark.parametrize("verb", VERBS)
def test_a_commands_page_has_its_usage_its_options_and_its_exit_codes(verb: str) -> None:
    import typer

    text = pages()[f"reference/commands/{verb}.md"].text
    command: Any = typer.main.get_command(application).commands[verb]  # type: ignore[attr-defined]
    for one in [command, *getattr(command, "commands", {}).values()]:
        for option in one.params:
            assert all(name in text for name in option.opts if name.startswith("-"))
    assert f"modelyard {verb} [OPTIONS]" in text
    for number, meaning in codes_of(verb).items():
        assert f"| {number} | {prose(meaning)} |" in text


def test_a_page_shows_what_a_command_of_two_words_takes() -> None:
    assert "## modelyard prices refresh" in pages()["reference/commands/prices.md"].text


@pytest.mark.parametrize("file", FILES)
def test_every_property_of_a_schema_is_a_key_with_a_page(file: str) -> None:
    schema = json.loads(SCHEMAS[f"{file}.schema.json"])
    tables = {name: table for name, table in schema["$defs"].items() if file != "environment" or name in _own(file)}
    named = {key for table in [schema, *tables.values()] for key in table.get("properties", {})}
    assert named and named <= {key.path.rpartition(".")[2] for key in keys_of(file)}
    for key in keys_of(file):
        text = pages()[f"reference/keys/{file}/{key.page}"].text
        assert all(f"| type | {form.type} |" in text for form in key.forms.values())
    assert len({key.page for key in keys_of(file)}) == len(keys_of(file))


def _own(file: str) -> set[str]:
    """The tables of an environment's file which are not those of an entry."""
    return set(json.loads(SCHEMAS[f"{file}.schema.json"])["$defs"]) - set(
        json.loads(SCHEMAS["endpoint.schema.json"])["$defs"]
    )


@pytest.mark.parametrize("path", sorted((ROOT / "catalog").glob("endpoints/*.yaml")), ids=lambda path: path.stem)
def test_every_key_that_an_entry_has_is_found_with_its_kind(path: Path) -> None:
    document = read_document(path, [])
    assert document is not None
    entry: Any = document.values
    known = {key.path: key for key in keys_of("endpoint")}

    def look(table: dict[str, Any], above: str) -> None:
        for name, value in table.items():
            assert entry["kind"] in known[above + name].forms
            if isinstance(value, dict) and above + name != "serving.environment":
                look(value, f"{above}{name}.")

    look(entry, "")


def test_a_key_says_its_type_its_default_what_is_allowed_and_which_kinds_have_it() -> None:
    text = pages()["reference/keys/endpoint/serving.max_concurrency.md"].text
    assert "| kinds | real-time, async, multi-model |" in text and "| kinds | serverless |" in text
    assert "| default | unset |" in text and "| default | `5` |" in text
    assert "| allowed | at least 1 |" in text and "| allowed | at least 1, at most 200 |" in text


@pytest.mark.parametrize("file", FILES)
def test_every_key_says_what_it_is_for(file: str) -> None:
    silent = [key.path for key in keys_of(file) if not any(form.description for form in key.forms.values())]
    assert not silent


def test_a_pattern_is_told_in_words() -> None:
    text = pages()["reference/keys/endpoint/serving.instance.md"].text
    assert "a hosting instance type such as ml.g6e.2xlarge (`^ml" in text


def test_a_key_that_defaults_may_give_is_told_from_one_that_the_entry_must_have() -> None:
    found = {key.path: key.forms["real-time"] for key in keys_of("endpoint") if "real-time" in key.forms}
    assert found["team"].required and found["team"].shared
    assert found["kind"].required and not found["kind"].shared
    assert found["waivers[].rule"].required and not found["waivers[].rule"].shared


def test_written_pages_are_pages_of_the_site_and_the_readme_is_the_first() -> None:
    assert {source if source != "README.md" else "index.md" for source in sources()} <= set(pages())
    assert "{toctree}" in pages()["index.md"].text


def test_what_a_text_holds_is_no_markup() -> None:
    assert prose("a <b> `c <d>` [e](f) *g*") == r"a \<b\> `c <d>` \[e\](f) \*g\*"
    assert prose("a ` alone") == r"a \` alone"
    assert code("a`b") == "`` a`b ``"
    assert table(("x",), [("a|b",)]).endswith(r"| a\|b |")


def test_pages_of_what_has_gone_go_too(tmp_path: Path) -> None:
    left = tmp_path / "site" / "reference" / "rules" / "MY999.md"
    left.parent.mkdir(parents=True)
    left.write_text("# A rule that has gone\n")
    main(tmp_path / "site")
    assert not left.exists()
    assert {path.relative_to(tmp_path / "site").as_posix() for path in (tmp_path / "site").rglob("*.md")} == set(
        pages()
    )
