"""What `modelyard check` is asked about, and what its exit code says."""

from __future__ import annotations

import os

import pytest

NOT_CHECKED = 2


def test_without_arguments_every_file_is_checked_for_every_environment(check, catalog):
    said = check()
    assert (said.code, said.out) == (
        0,
        "no errors, no warnings in environments flink, guarded, local, plain, signals\n",
    )


def test_warnings_leave_the_exit_code_at_zero(check, catalog):
    shelf = catalog / "endpoints" / "shelf.yaml"
    shelf.write_text(shelf.read_text() + "capture: {sample_percent: 5}\n")
    said = check()
    assert said.code == 0
    assert "no errors, 1 warning in" in said.out


def test_errors_set_it_to_one(check, mixed):
    said = check()
    assert said.code == 1
    assert said.out.endswith("1 error, 1 warning, 1 waived in environments flink, guarded, local, plain, signals\n")


def test_a_path_narrows_what_is_told_and_what_the_exit_code_says(check, mixed):
    assert check("catalog/endpoints/chat.yaml").out.count("MY0") == 1
    assert check("catalog/endpoints/shelf.yaml").code == 0
    assert check("catalog/endpoints/shelf.yaml", "catalog/endpoints/chat.yaml").code == 1
    assert check("catalog/models").out.count("MY0") == 0


def test_a_path_names_its_catalog(check, mixed, monkeypatch):
    monkeypatch.chdir(mixed / "endpoints")
    said = check("chat.yaml")
    assert said.code == 1
    assert said.out.startswith("chat.yaml:")


def test_a_folder_that_is_a_catalog_is_checked_whole(check, mixed):
    os.rename("catalog", "company")
    assert check("company").out.count("MY0") == 2


def test_one_environment_can_be_checked(check, mixed):
    assert check("-e", "local").out.endswith("in environment local\n")


def test_all_environments_wins_over_the_variable_of_the_shell(check, mixed, monkeypatch):
    monkeypatch.setenv("MODELYARD_ENVIRONMENT", "local")
    assert check().out.endswith("in environment local\n")
    assert check("--all-environments").out.endswith("in environments flink, guarded, local, plain, signals\n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["-e", "loacl"], "there is no environment loacl in catalog: did you mean local?"),
        (["catalog/endpoints/gone.yaml"], "catalog/endpoints/gone.yaml does not exist"),
        (["/"], "/ lies in no catalog"),
        (["--catalog", "nowhere"], "no environment in nowhere/environments"),
        (["/", "--catalog", "catalog"], "/ does not lie in the catalog catalog"),
        (["--json", "--sarif"], "--json, --sarif and --github exclude each other"),
        (["--frobnicate"], "No such option"),
    ],
)
def test_what_could_not_be_checked_has_an_exit_code_of_its_own(check, catalog, arguments, sentence):
    said = check(*arguments)
    assert (said.code, said.out) == (NOT_CHECKED, "")
    assert sentence in said.err


def test_help_documents_the_exit_codes(check):
    said = " ".join(check("--help").out.split())
    assert "Exit code 0: no errors (there may be warnings). 1: errors. 2: nothing was checked" in said
