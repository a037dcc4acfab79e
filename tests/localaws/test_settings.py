import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from localaws.settings import Settings, SettingsError, open_listener, prepare_state_dir


class DiskUsage(NamedTuple):
    total: int
    used: int
    free: int


def test_a_taken_port_is_one_sentence_and_exit_code_1(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = subprocess.run(
            [sys.executable, "-m", "localaws", "--port", str(port), "--state-dir", str(tmp_path)],
            capture_output=True,
            text=True,
            timeout=30,
        )
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr == (
        f"embedded AWS: cannot listen on 127.0.0.1:{port} ([Errno 98] Address already in use); "
        "stop what uses that port or choose another with --port\n"
    )


def test_a_state_dir_that_cannot_be_written_is_said_with_its_path(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a folder")
    with pytest.raises(SettingsError, match=f"cannot write to the state directory {in_the_way}/state"):
        prepare_state_dir(in_the_way / "state")


def test_too_little_disk_space_is_said_in_megabytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: DiskUsage(2**40, 2**40, 100 * 2**20))
    with pytest.raises(SettingsError, match="only 100 MB are free .* at least 500 MB are needed"):
        prepare_state_dir(tmp_path)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"account": "12345"}, "account '12345' is not 12 digits"),
        ({"region": "mars"}, "region 'mars' is not an AWS region name"),
        ({"clock_factor": 0.0}, "clock factor 0.0 is not above 0"),
        ({"images": Path("nowhere.yaml")}, "the image table nowhere.yaml does not exist"),
    ],
)
def test_a_value_that_aws_does_not_know_is_refused_before_anything_starts(
    changes: dict[str, object], sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError, match=sentence):
        Settings(port=0, state_dir=tmp_path, **changes).check()  # type: ignore[arg-type]


def test_port_0_is_any_free_port_on_the_loopback_address() -> None:
    with open_listener(0) as listener:
        host, port = listener.getsockname()
    assert host == "127.0.0.1"
    assert port > 0


def test_a_state_dir_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = os.getuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    with pytest.raises(SettingsError, match=f"belongs to user {owner} and not to you"):
        prepare_state_dir(tmp_path)


@pytest.mark.skipif(os.getuid() != 0, reason="only root may make a link that is somebody else's")
@pytest.mark.parametrize("below", ["", "deeper"])
def test_a_state_dir_behind_somebody_elses_link_is_refused(tmp_path: Path, below: str) -> None:
    (tmp_path / "mine").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "mine")
    prepare_state_dir(link / below)
    os.lchown(link, 12345, 12345)
    with pytest.raises(SettingsError, match=f"reached by the link {link}, which user 12345 made"):
        prepare_state_dir(link / below)


def test_a_state_dir_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    assert prepare_state_dir(tmp_path).stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.getuid() != 0, reason="only root may make a folder that is somebody else's")
def test_a_state_dir_in_somebody_elses_folder_where_all_may_make_some_is_refused(tmp_path: Path) -> None:
    everybodys = tmp_path / "everybodys"
    everybodys.mkdir()
    everybodys.chmod(0o1777)
    theirs = everybodys / "theirs"
    theirs.mkdir()
    prepare_state_dir(theirs / "state")
    os.chown(theirs, 12345, 12345)
    for below in ("state", "deep/state"):
        with pytest.raises(SettingsError, match=f"lies in {theirs}, which belongs to user 12345"):
            prepare_state_dir(theirs / below)


def test_a_state_dir_that_everybody_may_replace_is_refused(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    with pytest.raises(SettingsError, match=f"lies in {tmp_path}/open, where every user may put another in its place"):
        prepare_state_dir(tmp_path / "open" / "state")
    assert not (tmp_path / "open" / "state").exists()


@pytest.mark.skipif(os.getuid() != 0, reason="only root may make a file that is somebody else's")
@pytest.mark.parametrize("name", ["home", "s3", "exports", "tmp"])
def test_a_state_dir_that_holds_what_somebody_else_made_is_refused(tmp_path: Path, name: str) -> None:
    prepare_state_dir(tmp_path)
    (tmp_path / "tmp").rmdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / name).symlink_to(tmp_path / "elsewhere")
    os.lchown(tmp_path / name, 12345, 12345)
    with pytest.raises(SettingsError, match=f"{tmp_path}/{name} belongs to user 12345 and not to you"):
        prepare_state_dir(tmp_path)
