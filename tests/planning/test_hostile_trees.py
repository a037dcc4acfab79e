"""A commit whose trees nobody's git would write: one sentence, nothing outside the plan's own folder."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelyard.planning import catalog_tree
from modelyard.planning.base import Base, extract
from modelyard.shell.failure import Failure

EXAMPLES = int(os.environ.get("MODELYARD_FUZZ_EXAMPLES", "10"))
names = st.lists(
    st.sampled_from([b"..", b".", b"", b"a", b"b.yaml", b"chat.yaml", b"/", b"\\", b"\n", b"\xff", b".git", b"\x1b["]),
    min_size=1,
    max_size=4,
).map(b"".join).filter(lambda name: b"\0" not in name and name != b"")  # fmt: skip
modes = st.sampled_from(["100644", "100755", "120000", "160000", "40000"])


def made_object(repository, kind: str, content: bytes) -> str:
    """Write an object as it is, however wrong; its name."""
    run = subprocess.run(
        ["git", "hash-object", "-w", "-t", kind, "--literally", "--stdin"],
        cwd=repository.folder, input=content, capture_output=True, check=True,
    )  # fmt: skip
    return run.stdout.decode().strip()


def tree(repository, *entries: tuple[str, bytes, str]) -> str:
    """A tree of entries (mode, name, object) in the order given."""
    content = b"".join(b"%s %s\0%s" % (mode.encode(), name, bytes.fromhex(one)) for mode, name, one in entries)
    return made_object(repository, "tree", content)


def commit(repository, shelf: str) -> str:
    """A commit whose catalog has a shelf `endpoints` that is this tree, beside what the catalog has now."""
    blob = made_object(repository, "blob", b"teams: {}\n")
    shelves = [
        ("40000", name.encode(), repository.git("rev-parse", f"HEAD:catalog/{name}"))
        for name in ("environments", "models")
    ]
    catalog = tree(repository, ("40000", b"endpoints", shelf), *shelves, ("100644", b"organisation.yaml", blob))
    root = tree(repository, ("40000", b"catalog", catalog))
    return repository.git("commit-tree", root, "-m", "crafted")


def refused(plan, base: str) -> str:
    said = plan("--base", base)
    assert (said.code, said.out) == (2, "")
    assert said.err.count("\n") == 1 and len(said.err) < 600 and "Traceback" not in said.err
    return str(said.err)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        (b"..", "the part .."),
        (b".", "the part ."),
        (b"../../../escaped.yaml", "the part .."),
        (b"/tmp/escaped.yaml", "an empty part"),
        (b"a//b.yaml", "an empty part"),
        (b"a/b.yaml", "a slash in it"),
        (b"endpoints/b.yaml", "a slash in it"),
        (b"a\\b.yaml", "a backslash"),
        (b"a\nb.yaml", "U+000A"),
        (b"\x1b[2Jb.yaml", "U+001B"),
        (b"a\xffb.yaml", "no UTF-8"),
        (b"a/" * 40 + b"b", "42 parts"),
        (b"x" * 300, "more than 255 bytes"),
        (b"\xe2\x80\xaeb.yaml", "U+202E"),
    ],
)
def test_an_entry_whose_name_is_no_path_below_the_catalog_is_refused(repository, plan, tmp_path, name, what):
    before = sorted(tmp_path.rglob("*escaped*"))
    blob = made_object(repository, "blob", b"kind: real-time\n")
    said = refused(plan, commit(repository, tree(repository, ("100644", name, blob))))
    assert what in said and "choose another --base" in said
    assert sorted(tmp_path.rglob("*escaped*")) == before and not Path("/tmp/escaped.yaml").exists()


@pytest.mark.parametrize(("mode", "what"), [("120000", "is a symbolic link"), ("160000", "is a submodule")])
def test_an_entry_that_is_no_file_is_refused(repository, plan, mode, what):
    blob = made_object(repository, "blob", b"/etc/passwd")
    assert what in refused(plan, commit(repository, tree(repository, (mode, b"chat.yaml", blob))))


@pytest.mark.parametrize("mode", ["120000", "160000"])
def test_a_shelf_that_is_a_link_or_a_submodule_is_refused(repository, plan, mode):
    blob = made_object(repository, "blob", b"/etc")
    catalog = tree(repository, (mode, b"endpoints", blob))
    said = refused(plan, repository.git("commit-tree", tree(repository, ("40000", b"catalog", catalog)), "-m", "x"))
    assert "catalog/endpoints is a" in said


def test_two_entries_of_one_name_are_refused(repository, plan):
    blob = made_object(repository, "blob", b"kind: real-time\n")
    twice = tree(repository, ("100644", b"a.yaml", blob), ("100644", b"a.yaml", blob))
    assert "stands twice" in refused(plan, commit(repository, twice))


def test_a_folder_on_a_shelf_is_not_walked_however_deep_it_is(repository, plan):
    inner = tree(repository, ("100644", b"a.yaml", made_object(repository, "blob", b"x")))
    for _ in range(300):
        inner = tree(repository, ("40000", b"d", inner))
    said = plan("--base", commit(repository, inner))
    assert "Traceback" not in said.err and "should not have happened" not in said.err


def test_more_files_than_a_catalog_has_are_not_even_listed(repository, plan, monkeypatch):
    blob = made_object(repository, "blob", b"kind: real-time\n")
    many = tree(repository, *(("100644", b"n%07d.yaml" % number, blob) for number in range(60_000)))
    heard: list[int] = []
    popen = subprocess.Popen

    class Counted(popen):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            if "ls-tree" in arguments[0]:
                stream = self.stdout
                read = stream.read
                self.stdout = type("Heard", (), {"close": stream.close, "read": lambda _, size: counted(read(size))})()

    def counted(chunk: bytes) -> bytes:
        heard.append(len(chunk))
        return chunk

    base = commit(repository, many)
    monkeypatch.setattr(catalog_tree.subprocess, "Popen", Counted)
    assert "more than 20,000 files" in refused(plan, base)
    assert 0 < sum(heard) < 3_000_000


def test_a_blob_larger_than_any_file_of_a_catalog_is_never_read(repository, plan):
    blob = made_object(repository, "blob", b"x" * (catalog_tree._MOST_FILE_BYTES + 1))
    said = refused(plan, commit(repository, tree(repository, ("100644", b"chat.yaml", blob))))
    assert "has 16,777,217 bytes, at most 16,777,216 are read" in said


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(modes, names), min_size=1, max_size=4))
def test_any_tree_is_written_down_below_the_folder_or_refused_in_one_sentence(repository, tmp_path, entries):
    blob = made_object(repository, "blob", b"kind: real-time\n")
    below = tree(repository, ("100644", b"x.yaml", blob))
    shelf = tree(repository, *((mode, name, below if mode == "40000" else blob) for mode, name in entries))
    into = tmp_path / "into" / str(uuid4())
    into.mkdir(parents=True)
    base = Base(name="x", commit=commit(repository, shelf), prefix="catalog/", repository=repository.folder)
    outside = sorted(tmp_path.glob("*"))
    try:
        extract(base, into)
    except Failure as refused:
        assert refused.sentence.isprintable() and refused.exit_code == 2
    assert sorted(tmp_path.glob("*")) == outside
    assert all(path.parent.name in ("endpoints", "models", "environments", into.name) for path in into.rglob("*.yaml"))
