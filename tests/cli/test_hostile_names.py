"""Names and files that somebody else chose: nothing is written elsewhere, read elsewhere, or waited for."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modelyard.staging.weights import local_weights

Clients = Callable[[str], Any]


def source_with(s3: Any, name: str, *keys: str) -> str:
    s3.create_bucket(Bucket=name)
    for key in ("models/small/config.json", *keys):
        s3.put_object(Bucket=name, Key=key, Body=b"{}")
    return f"s3://{name}/models/small/"


@pytest.mark.parametrize("endpoint", ["chat", "seldom"])
@pytest.mark.parametrize(
    ("key", "what"),
    [
        ("models/small/../../../../../../tmp/escaped.bin", "the part .."),
        ("models/small//tmp/escaped.bin", "a / at its beginning"),
        ("models/small/a//b.bin", "an empty part"),
        ("models/small/./b.bin", "the part ."),
        ("models/small/a\\b.bin", "a backslash"),
        ("models/small/a\x1b[2Jb.bin", "U+001B"),
        ("models/small/config.json/b.bin", "config.json is a file and the folder of config.json/b.bin"),
        ("models/small/" + "d/" * 40 + "b.bin", "41 parts"),
    ],
)
def test_a_key_of_a_source_bucket_that_is_no_path_ends_the_staging_before_anything_is_copied(
    modelyard: Any, aws: Clients, bucket: str, catalog: Any, endpoint: str, key: str, what: str
) -> None:
    s3 = aws("s3")
    address = source_with(s3, f"hostile-{catalog.environment}", key)
    catalog.write_model("small", {"s3": address})
    said = modelyard("stage", endpoint)
    assert said.code == 1 and what in said.err, said.err
    assert said.err.isprintable() or set(said.err) - {"\n"} <= {char for char in said.err if char.isprintable()} | {
        "\n"
    }
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    assert not Path("/tmp/escaped.bin").exists()


def secret_outside(catalog: Any) -> Path:
    outside = catalog.folder.parent / "home" / ".ssh"
    outside.mkdir(parents=True)
    (outside / "id_ed25519").write_text("secret")
    (catalog.folder / ".git").mkdir()
    return Path(outside)


@pytest.mark.parametrize(
    "named",
    ["../home/.ssh", "../home/.ssh/id_ed25519", "weights/../../home/.ssh", "/etc", "weights/link", "weights/with"],
)
def test_a_folder_outside_of_the_repository_is_not_uploaded_because_a_file_names_it(
    modelyard: Any, aws: Clients, bucket: str, catalog: Any, named: str
) -> None:
    outside = secret_outside(catalog)
    (catalog.folder / "weights" / "link").symlink_to(outside)
    (catalog.folder / "weights" / "with").mkdir()
    (catalog.folder / "weights" / "with" / "model.bin").symlink_to(outside / "id_ed25519")
    catalog.write_model("small", {"folder": named})
    said = modelyard("stage", "chat")
    assert said.code == 1 and "leads out of the repository" in said.err and "--from FOLDER" in said.err
    assert "Contents" not in aws("s3").list_objects_v2(Bucket=bucket)


def test_who_runs_it_may_name_a_folder_outside(modelyard: Any, aws: Clients, bucket: str, catalog: Any) -> None:
    (catalog.folder / ".git").mkdir()
    elsewhere = catalog.folder.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "model.safetensors").write_bytes(b"x")
    said = modelyard("stage", "chat", "--from", str(elsewhere))
    assert said.code == 0, said.err
    listed = aws("s3").list_objects_v2(Bucket=bucket)["Contents"]
    assert [item["Key"] for item in listed] == ["chat/small/model.safetensors"]


def test_the_catalog_of_a_subfolder_may_name_a_folder_of_its_repository(
    modelyard: Any, bucket: str, catalog: Any
) -> None:
    (catalog.folder.parent / ".git").mkdir()
    beside = catalog.folder.parent / "weights"
    beside.mkdir()
    (beside / "model.safetensors").write_bytes(b"x")
    catalog.write_model("small", {"folder": "../weights"})
    said = modelyard("stage", "chat")
    assert said.code == 0, said.err


@pytest.mark.parametrize("named", [".env", ".git", ".git/config"])
def test_hidden_files_of_the_repository_are_no_weights(modelyard: Any, bucket: str, catalog: Any, named: str) -> None:
    (catalog.folder / ".git").mkdir()
    (catalog.folder / ".git" / "config").write_text("token")
    (catalog.folder / ".env").write_text("token")
    catalog.write_model("small", {"folder": named})
    said = modelyard("stage", "chat")
    assert said.code == 1 and "hidden files are no weights" in said.err


def test_a_pipe_among_weights_is_told_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "model.bin")
    with pytest.raises(Exception, match="is a pipe, and weights are plain files"):
        local_weights(tmp_path, said_by="--from")
    with pytest.raises(Exception, match="is a pipe"):
        local_weights(tmp_path / "model.bin", said_by="--from")


def test_a_device_among_weights_is_told_and_not_read(tmp_path: Path) -> None:
    (tmp_path / "model.bin").symlink_to("/dev/zero")
    with pytest.raises(Exception, match="is a device"):
        local_weights(tmp_path, said_by="--from")


def test_links_that_lead_in_circles_end(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).symlink_to(tmp_path)
    (tmp_path / "model.bin").write_bytes(b"x")
    with pytest.raises(Exception, match="is a link to a folder that it lies in"):
        local_weights(tmp_path, said_by="--from")


def test_folders_that_share_folders_are_not_walked_a_million_times(tmp_path: Path) -> None:
    for depth in range(24):
        below = tmp_path / f"level{depth}"
        below.mkdir()
        for name in ("a", "b"):
            (below / name).symlink_to(tmp_path / f"level{depth + 1}")
    (tmp_path / "level24").mkdir()
    with pytest.raises(Exception, match="has more than 2,000 folders"):
        local_weights(tmp_path / "level0", said_by="--from")


def test_a_download_of_the_hub_may_link_to_its_blobs(tmp_path: Path) -> None:
    blobs, snapshot = tmp_path / "blobs", tmp_path / "snapshots" / "main"
    blobs.mkdir()
    snapshot.mkdir(parents=True)
    (blobs / "abc").write_bytes(b"xyz")
    (snapshot / "model.safetensors").symlink_to("../../blobs/abc")
    [file] = local_weights(snapshot, said_by="the hub").files
    assert (file.name, file.size_bytes) == ("model.safetensors", 3)


def test_an_archive_holds_names_below_its_root_only(modelyard: Any, aws: Clients, bucket: str, catalog: Any) -> None:
    inner = catalog.folder / "weights" / "small" / "tokenizer"
    inner.mkdir()
    (inner / "vocab.txt").write_text("a")
    assert modelyard("stage", "seldom").code == 0
    stored = aws("s3").get_object(Bucket=bucket, Key="seldom/small.tar.gz")["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(stored)) as archive:
        assert archive.getnames() == ["config.json", "model.safetensors", "tokenizer/vocab.txt"]
        assert all(member.isreg() for member in archive)


@pytest.mark.parametrize("shelf", ["endpoints", "models"])
def test_nothing_is_written_to_a_shelf_that_leads_out_of_the_repository(tmp_path: Path, shelf: str) -> None:
    from modelyard.onboarding.adding.new_files import write_new

    (tmp_path / "catalog" / ".git").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "catalog" / shelf).symlink_to(tmp_path / "elsewhere")
    path = tmp_path / "catalog" / shelf / "x.yaml"
    with pytest.raises(Exception, match="nothing is written to"):
        write_new({path: "kind: async\n"}, advice={path: ""})
    assert list((tmp_path / "elsewhere").iterdir()) == []
