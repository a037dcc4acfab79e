"""The command line: quick to start, and a sentence for whatever goes wrong."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from modelyard.cli.main import run

FOUR_KINDS = Path(__file__).parents[1] / "catalogs" / "four-kinds"
_MODELYARD = [sys.executable, "-c", "from modelyard.cli.main import main; main()"]


def test_help_lists_the_commands(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    listed = capfd.readouterr().out
    for verb in ("cdk", "demo", "invoke", "orphans", "stage"):
        assert f"  {verb} " in listed


def test_help_imports_nothing_slow() -> None:
    program = (
        "import sys; from modelyard.cli.main import run; run(['--help']); "
        "print(sorted({'boto3', 'botocore', 'pydantic', 'rich', 'yaml', 'psutil'} & set(sys.modules)), file=sys.stderr)"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stderr.strip() == "[]"


def test_version_says_which_modelyard(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capfd.readouterr().out.startswith("modelyard 0.")


def test_a_misspelt_command_is_a_sentence_with_the_likely_one(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["stagee"]) == 2
    assert capfd.readouterr().err == (
        "modelyard: No such command 'stagee'. Did you mean 'stage'? (`modelyard --help` lists the commands)\n"
    )


def test_an_error_nobody_foresaw_is_a_sentence_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the moon is down")

    monkeypatch.setattr("modelyard.shell.catalog_files.read", broken)
    assert run(["stage", "--all", "--catalog", str(tmp_path)]) == 1
    said = capfd.readouterr().err
    assert said.startswith("modelyard: this should not have happened (RuntimeError: the moon is down)")
    assert "Traceback" not in said


def test_a_missing_package_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "modelyard.shell.account", None)
    assert run(["orphans", "--catalog", str(tmp_path)]) == 1
    said = capfd.readouterr().err
    assert said.startswith("modelyard: the package modelyard.shell.account is not installed: run `make setup`")


def test_missing_credentials_are_a_sentence(modelyard: object, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    assert callable(modelyard)
    said = modelyard("orphans")
    assert said.code == 1
    assert said.err == (
        "modelyard: no AWS credentials found: sign in (`aws sso login`), or set AWS_PROFILE or AWS_ACCESS_KEY_ID\n"
    )


def test_an_aws_that_does_not_answer_is_a_sentence(modelyard: object, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    assert callable(modelyard)
    said = modelyard("orphans")
    assert said.code == 1
    assert said.err.startswith('modelyard: could not connect to the endpoint URL: "http://127.0.0.1:9/"')
    assert "AWS_ENDPOINT_URL" in said.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stopped_command_says_so_and_ends_with_130(number: signal.Signals, tmp_path: Path) -> None:
    # `cdk` asks the program it is told to use for its version: one that never answers keeps the command waiting.
    started = tmp_path / "started"
    environment = {"MODELYARD_CDK": str(Path(__file__).with_name("never_answers.sh")), "STARTED": str(started)}
    # Whoever runs the tests may ignore a signal, as nohup and shells do, and children inherit that.
    process = subprocess.Popen(
        [*_MODELYARD, "cdk", "ls"],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),
    )
    while not started.exists():
        time.sleep(0.02)
    process.send_signal(number)
    try:
        _, said = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == 130
    assert said == "modelyard: stopped before it was finished\n"


@pytest.mark.parametrize("arguments", [["explain", "MY001"], ["check", "--catalog", str(FOUR_KINDS)]])
def test_a_reader_that_has_gone_is_told_nothing(arguments: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([*_MODELYARD, *arguments], stdout=write, stderr=subprocess.PIPE, text=True, timeout=60)
    os.close(write)
    assert (done.returncode, done.stderr) == (1, "")


def test_a_full_disk_is_one_sentence() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*_MODELYARD, "explain", "MY001"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60
        )
    assert (done.returncode, done.stderr) == (1, "modelyard: no space left on device\n")


def test_a_terminal_of_another_encoding_gets_what_it_can_show() -> None:
    done = subprocess.run(
        [*_MODELYARD, "fit", "chat", "--environment", "local", "--catalog", str(FOUR_KINDS)],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "FITS" in done.stdout
