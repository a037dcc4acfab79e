"""What a command prints in CI is never a command to CI."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelyard.shell.workflow_commands import _Guarded, disarmed

MODELYARD = Path(sys.executable).with_name("modelyard")


def obeyed(text: str) -> list[str]:
    """The lines in which a runner of GitHub or Azure Pipelines finds a command."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [line for line in lines if line.lstrip().startswith("::") or "##[" in line or "##vso[" in line]


@pytest.mark.parametrize(
    "line",
    [
        "::error ::x",
        "  ::set-output name=a::b",
        "\t::stop-commands::x",
        "a ##[error]x",
        "##vso[task.x]y",
        "::",
        "\u00a0::a",
    ],
)
def test_a_line_that_would_be_a_command_is_parted(line):
    assert obeyed(line) and not obeyed(disarmed(line))


@pytest.mark.parametrize("line", ["catalog/a.yaml:1:2 MY006 a::b", "a: b", "## [x]", "# x"])
def test_any_other_line_stays_as_it_is(line):
    assert disarmed(line) == line


@given(pieces=st.lists(st.text(alphabet="a: #[v\r\nso", max_size=6), max_size=8))
def test_no_way_to_write_in_pieces_makes_a_command(pieces):
    stream = io.StringIO(newline="")
    guarded = _Guarded(stream)
    for piece in pieces:
        guarded.write(piece)
    said = stream.getvalue()
    assert not obeyed(said)
    assert said.replace("\u200b", "") == "".join(pieces)


HOSTILE_NAME = "x\n::error ::pwned\n##[error]y%0A::warning ::z.yaml"


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A catalog with files whose names spell commands."""
    for folder in ("endpoints", "models", "environments"):
        (tmp_path / "catalog" / folder).mkdir(parents=True)
        (tmp_path / "catalog" / folder / HOSTILE_NAME).write_text("kind: '::error ::pwned'\n")
    (tmp_path / "catalog" / "organisation.yaml").write_text('? "\\n::error ::pwned"\n: 1\n')
    return tmp_path


@pytest.mark.parametrize(
    "arguments",
    [
        ["check"], ["check", "--github"], ["check", "--sarif"], ["check", "--json"], ["check", "-e", "\n::error ::x"],
        ["plan"], ["plan", "--markdown"], ["fit", "\n::error ::x"], ["check", "no/such\n::error ::x"],
        ["\n::error ::x"],
    ],
)  # fmt: skip
def test_no_name_or_value_of_a_request_is_obeyed(hostile, arguments):
    for command in (["init", "-q"], ["add", "."], ["-c", "user.name=t", "-c", "user.email=t@e", "commit", "-qm", "x"]):
        subprocess.run(["git", *command], cwd=hostile, check=True)
    done = subprocess.run(
        [MODELYARD, *arguments],
        cwd=hostile, env={**os.environ, "GITHUB_ACTIONS": "true"}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode in (1, 2), done.stderr
    told = obeyed(f"{done.stdout}\n{done.stderr}")
    # Findings are commands on purpose: every one is ours, and names a line of a file.
    assert all(line.startswith("::error file=catalog/") for line in told), told
    assert bool(told) == ("--github" in arguments)


def test_a_file_that_output_goes_to_gets_every_byte(tmp_path):
    with (tmp_path / "out").open("w") as out:
        program = "from modelyard.shell.workflow_commands import guard; guard(); print('::error ::x')"
        subprocess.run(
            [sys.executable, "-c", program], stdout=out, env={**os.environ, "GITHUB_ACTIONS": "true"}, check=True
        )
    assert (tmp_path / "out").read_text() == "::error ::x\n"
