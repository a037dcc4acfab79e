"""Model data from a bucket to a container's folder."""

import gzip
import io
import re
import tarfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from localaws.sagemaker import s3_uri
from localaws.sagemaker.artifacts import ArtifactError, ArtifactStore, DownloadAborted
from localaws.sagemaker.records import ModelRecord
from localaws.sagemaker.s3_uri import S3Uri
from localaws.sagemaker.scope import Scope


@pytest.fixture
def store(administrators_roles: Any, tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(folder=tmp_path / "artifacts", roles=administrators_roles)


def model(**container: Any) -> ModelRecord:
    request = {"ModelName": "m", "ExecutionRoleArn": "role", "PrimaryContainer": {"Image": "i", **container}}
    return ModelRecord(Scope("000000000000", "us-east-1"), "m", request, datetime(2026, 1, 1, tzinfo=UTC))


def prefix(uri: str) -> dict[str, Any]:
    source = {"S3Uri": uri, "S3DataType": "S3Prefix", "CompressionType": "None"}
    return {"ModelDataSource": {"S3DataSource": source}}


def fetch(store: ArtifactStore, record: ModelRecord, into: Path) -> None:
    store.fetch_container(record, record.containers[0], position=1, into=into, is_aborted=lambda: False)


def test_the_same_weights_under_two_keys_are_kept_once(workbench: Any, store: ArtifactStore, tmp_path: Path) -> None:
    for key in ("one/weights.bin", "two/weights.bin"):
        workbench.put(key, b"weights")
    for key in ("one", "two"):
        fetch(store, model(**prefix(f"s3://{workbench.bucket}/{key}/")), tmp_path / key)
    files = [tmp_path / key / "weights.bin" for key in ("one", "two")]
    assert files[0].read_bytes() == b"weights"
    assert files[0].samefile(files[1])


def test_changed_data_is_downloaded_anew(workbench: Any, store: ArtifactStore, tmp_path: Path) -> None:
    record = model(**prefix(f"s3://{workbench.bucket}/model/"))
    for text in (b"old", b"new"):
        workbench.put("model/weights.bin", text)
        fetch(store, record, tmp_path / text.decode())
    assert [(tmp_path / text / "weights.bin").read_text() for text in ("old", "new")] == ["old", "new"]


def test_model_data_is_read_only(workbench: Any, store: ArtifactStore, tmp_path: Path) -> None:
    workbench.put("model/weights.bin", b"weights")
    fetch(store, model(**prefix(f"s3://{workbench.bucket}/model/")), tmp_path / "model")
    assert (tmp_path / "model" / "weights.bin").stat().st_mode & 0o777 == 0o400


@pytest.mark.parametrize("name", ["../outside", "/outside"])
def test_an_archive_cannot_write_outside_its_folder(
    workbench: Any, store: ArtifactStore, tmp_path: Path, name: str
) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        info = tarfile.TarInfo(name)
        info.size = 4
        tar.addfile(info, io.BytesIO(b"evil"))
    workbench.put("model.tar.gz", buffer.getvalue())
    record = model(ModelDataUrl=f"s3://{workbench.bucket}/model.tar.gz")
    if name.startswith("/"):
        fetch(store, record, tmp_path / "model")  # the leading slash is taken off, as tar itself does
        assert (tmp_path / "model" / "outside").read_bytes() == b"evil"
    else:
        with pytest.raises(ArtifactError, match='Failed to extract model data archive for container "container_1"'):
            fetch(store, record, tmp_path / "model")
        assert not list(tmp_path.rglob("outside"))


def _archive(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for info, content in members:
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def _link(name: str, target: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = tarfile.SYMTYPE, target
    return info


def _device(name: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = tarfile.CHRTYPE
    return info


def test_an_archive_is_unpacked_by_a_python_without_extraction_filters(
    workbench: Any, store: ArtifactStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(tarfile, "data_filter", raising=False)  # they came with Python 3.11.4; Debian 12 has 3.11.2
    monkeypatch.delattr(tarfile.TarFile, "extractall")
    workbench.put("model.tar.gz", _archive((tarfile.TarInfo("code/run.py"), b"run"), (tarfile.TarInfo("w.gguf"), b"w")))
    fetch(store, model(ModelDataUrl=f"s3://{workbench.bucket}/model.tar.gz"), tmp_path / "model")
    assert (tmp_path / "model" / "code" / "run.py").read_bytes() == b"run"
    assert (tmp_path / "model" / "w.gguf").read_bytes() == b"w"


def test_a_link_in_an_archive_becomes_the_file_it_names(workbench: Any, store: ArtifactStore, tmp_path: Path) -> None:
    workbench.put("model.tar.gz", _archive((tarfile.TarInfo("w.gguf"), b"w"), (_link("model.gguf", "w.gguf"), b"")))
    fetch(store, model(ModelDataUrl=f"s3://{workbench.bucket}/model.tar.gz"), tmp_path / "model")
    assert (tmp_path / "model" / "model.gguf").read_bytes() == b"w"


@pytest.mark.parametrize(
    ("member", "reason"),
    [
        (_link("model.gguf", "/etc/hostname"), "links to /etc/hostname, which is not in the archive"),
        (_link("model.gguf", "../secrets"), "links to ../secrets, which is not in the archive"),
        (_device("null"), "null is neither a file nor a folder"),
    ],
)
def test_an_archive_brings_nothing_but_its_own_files(
    workbench: Any, store: ArtifactStore, tmp_path: Path, member: tarfile.TarInfo, reason: str
) -> None:
    workbench.put("model.tar.gz", _archive((member, b"")))
    with pytest.raises(ArtifactError, match=re.escape(reason)):
        fetch(store, model(ModelDataUrl=f"s3://{workbench.bucket}/model.tar.gz"), tmp_path / "model")


def test_a_cut_archive_is_no_archive(workbench: Any, store: ArtifactStore, tmp_path: Path) -> None:
    workbench.put("model.tar.gz", gzip.compress(b"x" * 10_000)[:-20])
    with pytest.raises(ArtifactError, match="is a valid tar.gz archive"):
        fetch(store, model(ModelDataUrl=f"s3://{workbench.bucket}/model.tar.gz"), tmp_path / "model")


def test_an_object_key_cannot_lead_outside_the_model_folder(
    workbench: Any, store: ArtifactStore, tmp_path: Path
) -> None:
    workbench.put("model/../../outside", b"evil")
    with pytest.raises(ArtifactError, match="leads out of the model folder"):
        fetch(store, model(**prefix(f"s3://{workbench.bucket}/model/")), tmp_path / "model")


@pytest.mark.parametrize("key", ["a//b", "a/./b", "n" * 300])
def test_an_object_key_with_a_part_that_is_no_file_name_is_refused(
    workbench: Any, store: ArtifactStore, tmp_path: Path, key: str
) -> None:
    workbench.put(f"model/{key}", b"x")
    with pytest.raises(ArtifactError, match="has a part that is no valid file name"):
        fetch(store, model(**prefix(f"s3://{workbench.bucket}/model/")), tmp_path / "model")


def test_a_key_that_is_the_folder_of_another_is_refused(workbench: Any, store: ArtifactStore, tmp_path: Path) -> None:
    for key in ("model/a", "model/a/b"):
        workbench.put(key, b"x")
    with pytest.raises(ArtifactError, match="cannot be a file of the model folder"):
        fetch(store, model(**prefix(f"s3://{workbench.bucket}/model/")), tmp_path / "model")


def test_a_refused_archive_leaves_nothing_behind(workbench: Any, store: ArtifactStore, tmp_path: Path) -> None:
    workbench.put("model.tar.gz", _archive((tarfile.TarInfo("w.gguf"), b"w"), (_device("null"), b"")))
    with pytest.raises(ArtifactError):
        fetch(store, model(ModelDataUrl=f"s3://{workbench.bucket}/model.tar.gz"), tmp_path / "model")
    assert not list(tmp_path.rglob("w.gguf"))


def test_an_aborted_download_leaves_nothing(workbench: Any, store: ArtifactStore, tmp_path: Path) -> None:
    workbench.put("model/weights.bin", b"weights")
    record = model(**prefix(f"s3://{workbench.bucket}/model/"))
    with pytest.raises(DownloadAborted):
        store.fetch_container(
            record, record.containers[0], position=1, into=tmp_path / "model", is_aborted=lambda: True
        )
    assert not list((tmp_path / "model").iterdir())


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("s3://bucket/a/b", S3Uri("bucket", "a/b")),
        ("s3://bucket", S3Uri("bucket", "")),
        ("https://s3.eu-west-1.amazonaws.com/bucket/a/b", S3Uri("bucket", "a/b")),
    ],
)
def test_s3_addresses_come_in_two_spellings(text: str, address: S3Uri) -> None:
    assert s3_uri.parse(text) == address


def test_parts_of_an_address_are_joined_by_one_slash() -> None:
    assert str(S3Uri("b", "out/").joined("/today/", "a.out")) == "s3://b/out/today/a.out"
    assert str(S3Uri("b", "").joined("", "a.out")) == "s3://b/a.out"
    with pytest.raises(ValueError, match="is no S3 address"):
        s3_uri.parse("ftp://bucket/key")
