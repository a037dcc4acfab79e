"""Which commit a plan compares with, and that the working tree stays as it is."""

from __future__ import annotations

import subprocess

import pytest


def changed(said) -> dict[str, str]:
    [environment] = said.json()["environments"]
    return {one["name"]: one["action"] for one in environment["endpoints"] if one["action"] != "unchanged"}


def test_on_main_the_plan_tells_what_is_not_committed_yet(repository, plan):
    repository.edit("endpoints/chat.yaml", "max: 3", "max: 4")
    said = plan("-e", "local", "--json")
    assert said.json()["base"]["name"].startswith("HEAD (")
    assert changed(said) == {"chat": "updated"}


def test_on_a_branch_the_plan_tells_everything_since_it_left_main(repository, plan):
    repository.git("checkout", "--quiet", "-b", "mine")
    repository.edit("endpoints/chat.yaml", "max: 3", "max: 4")
    repository.commit()
    repository.git("checkout", "--quiet", "main")
    repository.edit("endpoints/shelf.yaml", "max: 2", "max: 9")
    repository.commit("somebody else's")
    repository.git("checkout", "--quiet", "mine")
    repository.edit("endpoints/answers.yaml", "max_concurrency: 2", "max_concurrency: 3")
    said = plan("-e", "local", "--json")
    assert said.json()["base"]["name"].startswith("main (")
    assert changed(said) == {"chat": "updated", "answers": "updated"}
    assert changed(plan("-e", "local", "--json", "--base", "main")) == {
        "chat": "updated", "answers": "updated", "shelf": "updated"
    }  # fmt: skip


def test_nothing_changed_says_so_and_how_to_compare_with_another_commit(repository, plan):
    said = plan("-e", "local")
    assert said.code == 0
    assert "5 unchanged" in said.out and "--base compares with another commit" in said.out


def test_the_working_tree_and_the_index_stay_as_they_are(repository, plan):
    repository.edit("endpoints/chat.yaml", "max: 3", "max: 4")
    (repository.folder / "untracked").write_text("x")
    index = (repository.folder / ".git" / "index").read_bytes()
    before = repository.git("status", "--porcelain=v2")
    plan("-e", "local")
    assert (repository.folder / ".git" / "index").read_bytes() == index
    assert repository.git("status", "--porcelain=v2") == before


@pytest.mark.parametrize("ref", ["nosuch", "-x", "HEAD~7", "HEAD:catalog"])
def test_an_unknown_ref_is_one_sentence(repository, plan, ref):
    said = plan(f"--base={ref}")
    assert (said.code, said.out) == (2, "")
    assert (
        said.err == f"modelyard: git knows no commit {ref}: give --base a branch, a tag or a commit that exists here\n"
    )


def test_a_ref_that_a_shallow_clone_lacks_is_told_with_its_fix(repository, plan, tmp_path, monkeypatch):
    repository.edit("endpoints/chat.yaml", "max: 3", "max: 4")
    repository.commit()
    shallow = tmp_path / "shallow"
    source = f"file://{repository.folder}"
    subprocess.run(["git", "clone", "--quiet", "--depth", "1", source, shallow], check=True, capture_output=True)
    monkeypatch.chdir(shallow)
    said = plan("--base", "HEAD~1")
    assert said.code == 2 and "git fetch --unshallow" in said.err and said.err.count("\n") == 1


def test_outside_a_repository_there_is_nothing_to_compare_with(plan, repository, tmp_path, monkeypatch):
    (repository.folder / ".git").rename(tmp_path / "elsewhere")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    said = plan()
    assert said.code == 2 and "lies in no git repository" in said.err and said.err.count("\n") == 1


def test_a_repository_without_a_commit_is_told(plan, repository, tmp_path):
    (repository.folder / ".git").rename(tmp_path / "elsewhere")
    repository.git("init", "--quiet")
    said = plan()
    assert said.code == 2 and "no commit yet" in said.err


def test_a_catalog_that_the_base_does_not_have_is_new_as_a_whole(repository, plan):
    repository.git("mv", "catalog", "models-of-ours")
    said = plan("-e", "local", "--json", "--catalog", "models-of-ours")
    assert set(changed(said).values()) == {"added"}
    assert "has no catalog in this place" in said.json()["notes"][0]


def test_a_broken_base_is_told_with_the_line_in_that_commit(repository, plan):
    repository.edit("endpoints/chat.yaml", "kind: real-time", "kind: realtime")
    repository.commit("broken")
    repository.edit("endpoints/chat.yaml", "kind: realtime", "kind: real-time")
    said = plan("-e", "local")
    assert said.code == 1
    assert "so there is nothing to compare with: give another --base" in said.err
    assert "HEAD:catalog/endpoints/chat.yaml:1:7 MY006 kind is realtime" in said.err


def test_a_broken_catalog_is_told_with_its_lines(repository, plan):
    repository.edit("endpoints/chat.yaml", "ml.g5.2xlarge", "ml.g5.3xlarge")
    said = plan("-e", "local")
    assert said.code == 1 and "catalog/endpoints/chat.yaml:8:13 MY" in said.err


def test_a_catalog_may_be_the_whole_repository_and_have_any_name(repository, plan, tmp_path, monkeypatch):
    whole = tmp_path / "models of ours"
    (repository.folder / "catalog").rename(whole)
    mine = type(repository)(whole)
    mine.git("init", "--quiet", "--initial-branch", "main")
    mine.commit("all")
    chat = whole / "endpoints" / "chat.yaml"
    chat.write_text(chat.read_text("utf-8").replace("max: 3", "max: 4"), encoding="utf-8")
    assert changed(plan("-e", "local", "--json", "--catalog", str(whole))) == {"chat": "updated"}
    monkeypatch.chdir(whole / "endpoints")
    assert changed(plan("-e", "local", "--json", "--catalog", "..")) == {"chat": "updated"}


def test_a_hook_may_ask_for_a_plan(repository, plan, monkeypatch):
    repository.edit("endpoints/chat.yaml", "max: 3", "max: 4")
    monkeypatch.setenv("GIT_DIR", ".git")
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index")
    assert changed(plan("-e", "local", "--json")) == {"chat": "updated"}


def test_a_file_of_the_base_that_is_a_link_is_told(repository, plan):
    (repository.folder / "catalog" / "endpoints" / "linked.yaml").symlink_to("chat.yaml")
    repository.commit("a link")
    said = plan("-e", "local")
    assert said.code == 2 and "HEAD:catalog/endpoints/linked.yaml is a symbolic link" in said.err


def test_a_key_that_went_away_is_found_where_it_stood(repository, plan):
    repository.edit("endpoints/chat.yaml", "owner: chat-crew\n", "")
    [environment] = plan("-e", "local", "--json").json()["environments"]
    [endpoint] = [one for one in environment["endpoints"] if one["changes"]]
    assert endpoint["changes"] == [
        {"scope": "entry", "key": "owner", "before": "chat-crew", "after": None,
         "place": "HEAD:catalog/endpoints/chat.yaml:3:1"}
    ]  # fmt: skip
