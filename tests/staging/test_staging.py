"""`modelyard stage` against a real S3 API: forms, repetition, interruption, sources."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modelyard.staging.archive import write_archive
from modelyard.staging.upload import MIB, upload
from modelyard.staging.weights import local_weights

Clients = Callable[[str], Any]


def keys(s3: Any, bucket: str, prefix: str = "") -> list[str]:
    return sorted(item["Key"] for item in s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", []))


def body(s3: Any, bucket: str, key: str) -> bytes:
    return bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())


def calls(s3: Any, operation: str) -> list[dict[str, Any]]:
    """Every call of one operation from now on, as it is sent."""
    seen: list[dict[str, Any]] = []
    s3.meta.events.register(f"provide-client-params.s3.{operation}", lambda params, **_: seen.append(dict(params)))
    return seen


@pytest.mark.parametrize("endpoint", ["chat", "batch"])
def test_a_real_time_or_async_endpoint_gets_its_files_as_they_are(
    endpoint: str, modelyard: Any, aws: Clients, bucket: str
) -> None:
    said = modelyard("stage", endpoint)
    assert said.code == 0, said.err
    s3 = aws("s3")
    assert keys(s3, bucket) == [f"{endpoint}/small/config.json", f"{endpoint}/small/model.safetensors"]
    assert body(s3, bucket, f"{endpoint}/small/model.safetensors") == b"small" * 1000


def test_serverless_and_multi_model_endpoints_get_one_archive_per_model(
    modelyard: Any, aws: Clients, bucket: str
) -> None:
    said = modelyard("stage", "seldom", "many")
    assert said.code == 0, said.err
    s3 = aws("s3")
    assert keys(s3, bucket) == ["many/other.tar.gz", "many/small.tar.gz", "seldom/small.tar.gz"]
    with tarfile.open(fileobj=io.BytesIO(body(s3, bucket, "many/other.tar.gz"))) as archive:
        assert archive.getnames() == ["config.json", "model.safetensors"]
        content = archive.extractfile("model.safetensors")
        assert content is not None and content.read() == b"other" * 1000


def test_staging_again_sends_nothing(modelyard: Any, aws: Clients, bucket: str) -> None:
    modelyard("stage", "--all")
    s3 = aws("s3")
    before = {key: s3.head_object(Bucket=bucket, Key=key)["LastModified"] for key in keys(s3, bucket)}
    said = modelyard("stage", "--all")
    assert said.code == 0
    assert said.err.count("already there") == 5
    assert "uploaded" not in said.err
    assert {key: s3.head_object(Bucket=bucket, Key=key)["LastModified"] for key in keys(s3, bucket)} == before


@pytest.mark.parametrize("endpoint", ["chat", "seldom", "many"])
def test_weights_under_another_key_are_encrypted_anew_and_not_sent_again(
    endpoint: str, modelyard: Any, aws: Clients, bucket: str, another_key: Callable[[], str]
) -> None:
    modelyard("stage", endpoint)
    s3 = aws("s3")
    before = {key: body(s3, bucket, key) for key in keys(s3, bucket)}
    arn = another_key()
    said = modelyard("stage", endpoint)
    assert said.code == 0, said.err
    assert "uploaded" not in said.err
    assert said.err.count("encrypted anew with the environment's key") == (2 if endpoint == "many" else 1)
    assert {s3.head_object(Bucket=bucket, Key=key)["SSEKMSKeyId"] for key in before} == {arn}
    assert {key: body(s3, bucket, key) for key in keys(s3, bucket)} == before
    again = modelyard("stage", endpoint)
    assert "already there" in again.err and "anew" not in again.err


def test_a_large_file_is_known_again_after_its_key_was_switched(
    modelyard: Any, aws: Clients, bucket: str, catalog: Any, another_key: Callable[[], str]
) -> None:
    large = os.urandom(40 * MIB)
    (catalog.folder / "weights/small/model.safetensors").write_bytes(large)
    modelyard("stage", "chat")
    arn = another_key()
    modelyard("stage", "chat")
    s3 = aws("s3")
    key = "chat/small/model.safetensors"
    assert s3.head_object(Bucket=bucket, Key=key)["SSEKMSKeyId"] == arn
    assert body(s3, bucket, key) == large
    assert "2 files already there" in modelyard("stage", "chat").err
    assert not s3.list_multipart_uploads(Bucket=bucket).get("Uploads")


def test_weights_under_a_key_that_is_gone_are_sent_again(
    modelyard: Any, aws: Clients, bucket: str, another_key: Callable[[], str]
) -> None:
    modelyard("stage", "chat")
    s3 = aws("s3")
    former = s3.head_object(Bucket=bucket, Key="chat/small/config.json")["SSEKMSKeyId"]
    arn = another_key()
    aws("kms").disable_key(KeyId=former)
    said = modelyard("stage", "chat")
    assert said.code == 0, said.err
    assert "2 files uploaded" in said.err
    assert {s3.head_object(Bucket=bucket, Key=key)["SSEKMSKeyId"] for key in keys(s3, bucket)} == {arn}


def test_a_file_that_changed_but_kept_its_size_is_sent_again(
    modelyard: Any, aws: Clients, bucket: str, catalog: Any
) -> None:
    modelyard("stage", "chat")
    (catalog.folder / "weights/small/model.safetensors").write_bytes(b"SMALL" * 1000)
    said = modelyard("stage", "chat")
    assert "2 files (1 already there, 1 uploaded)" in said.err
    assert body(aws("s3"), bucket, "chat/small/model.safetensors") == b"SMALL" * 1000


def test_what_an_earlier_version_of_the_model_left_is_removed(
    modelyard: Any, aws: Clients, bucket: str, catalog: Any
) -> None:
    modelyard("stage", "chat")
    weights = catalog.folder / "weights/small"
    (weights / "model.safetensors").rename(weights / "model-00001.safetensors")
    said = modelyard("stage", "chat")
    assert "removed s3://" in said.err
    assert keys(aws("s3"), bucket) == ["chat/small/config.json", "chat/small/model-00001.safetensors"]


def test_hidden_files_and_folders_are_left_out(modelyard: Any, aws: Clients, bucket: str, catalog: Any) -> None:
    hidden = catalog.folder / "weights/small/.cache"
    hidden.mkdir()
    (hidden / "lock").write_text("x")
    (catalog.folder / "weights/small/.gitattributes").write_text("x")
    modelyard("stage", "chat")
    assert keys(aws("s3"), bucket) == ["chat/small/config.json", "chat/small/model.safetensors"]


def test_an_interrupted_upload_continues_with_the_parts_that_are_missing(
    aws: Clients, bucket: str, tmp_path: Path
) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(os.urandom(40 * MIB))
    s3 = aws("s3")
    sent = calls(s3, "UploadPart")

    def stop_after_the_first(portion: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        upload(s3, path, bucket=bucket, key="chat/model.gguf", on_bytes=stop_after_the_first)
    assert keys(s3, bucket) == []
    # One part is taken away again, as if the line had gone before it was sent.
    begun = s3.list_multipart_uploads(Bucket=bucket)["Uploads"][0]["UploadId"]
    parts = s3.list_parts(Bucket=bucket, Key="chat/model.gguf", UploadId=begun)["Parts"]
    assert parts
    first_run = len(sent)

    moved: list[int] = []
    outcome = upload(s3, path, bucket=bucket, key="chat/model.gguf", on_bytes=moved.append)
    assert outcome == "continued"
    assert len(sent) - first_run == 3 - len(parts)
    assert sum(moved) == 40 * MIB
    assert hashlib.sha256(body(s3, bucket, "chat/model.gguf")).digest() == hashlib.sha256(path.read_bytes()).digest()
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


def test_an_unfinished_upload_of_other_bytes_does_not_spoil_the_object(
    aws: Clients, bucket: str, tmp_path: Path
) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(os.urandom(20 * MIB))
    s3 = aws("s3")
    begun = s3.create_multipart_upload(Bucket=bucket, Key="chat/model.gguf", ChecksumAlgorithm="SHA256")
    for number in (1, 2, 3):
        s3.upload_part(
            Bucket=bucket,
            Key="chat/model.gguf",
            UploadId=begun["UploadId"],
            PartNumber=number,
            Body=os.urandom(16 * MIB),
            ChecksumAlgorithm="SHA256",
        )
    upload(s3, path, bucket=bucket, key="chat/model.gguf", on_bytes=lambda portion: None)
    assert body(s3, bucket, "chat/model.gguf") == path.read_bytes()


def test_the_same_files_give_the_same_archive_whatever_their_times(tmp_path: Path) -> None:
    archives = []
    for number, stamp in enumerate((1_000_000_000, 1_700_000_000)):
        folder = tmp_path / str(number)
        (folder / "sub").mkdir(parents=True)
        names = ["b.json", "a.bin", "sub/c.txt"]
        for name in names if number else reversed(names):
            (folder / name).write_bytes(name.encode() * 100)
            os.utime(folder / name, (stamp, stamp))
        archive = tmp_path / f"{number}.tar.gz"
        write_archive(local_weights(folder, said_by="the test"), archive, on_bytes=lambda portion: None)
        archives.append(archive.read_bytes())
    assert archives[0] == archives[1]


def test_an_archive_that_could_not_be_finished_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights/model.bin").write_bytes(b"x" * 100)

    def interrupt(portion: int) -> None:
        raise KeyboardInterrupt

    weights = local_weights(tmp_path / "weights", said_by="the test")
    with pytest.raises(KeyboardInterrupt):
        write_archive(weights, tmp_path / "model.tar.gz", on_bytes=interrupt)
    assert [path.name for path in tmp_path.iterdir()] == ["weights"]


def test_a_folder_of_the_operator_stands_in_for_the_models_own_weights(
    modelyard: Any, aws: Clients, bucket: str, tmp_path: Path
) -> None:
    (tmp_path / "tiny.gguf").write_bytes(b"tiny")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/encoder.bin").write_bytes(b"encoder")
    said = modelyard(
        "stage", "chat", "many", "--from", str(tmp_path / "tiny.gguf"), "--from", f"other={tmp_path / 'elsewhere'}"
    )
    assert said.code == 0, said.err
    assert f"chat/small: 1 file uploaded, s3://{bucket}/chat/small/, {tmp_path}/tiny.gguf standing in for small" in (
        said.err
    )
    s3 = aws("s3")
    assert body(s3, bucket, "chat/small/tiny.gguf") == b"tiny"
    with tarfile.open(fileobj=io.BytesIO(body(s3, bucket, "many/other.tar.gz"))) as archive:
        assert archive.getnames() == ["encoder.bin"]


def test_a_stand_in_for_a_model_that_is_not_served_is_refused(modelyard: Any, bucket: str, tmp_path: Path) -> None:
    said = modelyard("stage", "chat", "--from", f"othr={tmp_path}")
    assert said.code == 1
    assert said.err == "modelyard: --from names model othr, which these endpoints do not serve: they serve small\n"


def test_weights_in_a_bucket_are_copied_inside_s3(modelyard: Any, aws: Clients, bucket: str, catalog: Any) -> None:
    s3 = aws("s3")
    source = f"company-{catalog.environment}"
    s3.create_bucket(Bucket=source)
    s3.put_object(Bucket=source, Key="llm/small/model.bin", Body=b"weights")
    s3.put_object(Bucket=source, Key="llm/small/sub/config.json", Body=b"{}")
    s3.put_object(Bucket=source, Key="llm/smaller/model.bin", Body=b"another model")
    catalog.write_model("small", {"s3": f"s3://{source}/llm/small"})
    said = modelyard("stage", "chat")
    assert said.code == 0, said.err
    assert keys(s3, bucket) == ["chat/small/model.bin", "chat/small/sub/config.json"]
    assert body(s3, bucket, "chat/small/model.bin") == b"weights"
    assert "2 files already there" in modelyard("stage", "chat").err
    s3.put_object(Bucket=source, Key="llm/small/model.bin", Body=b"WEIGHTS")
    assert "2 files (1 uploaded, 1 already there)" in modelyard("stage", "chat").err
    assert body(s3, bucket, "chat/small/model.bin") == b"WEIGHTS"


def test_graphs_that_were_compiled_are_staged_instead_of_the_models_weights(
    modelyard: Any, aws: Clients, bucket: str, catalog: Any
) -> None:
    (catalog.folder / "graphs").mkdir()
    (catalog.folder / "graphs" / "model.neff").write_bytes(b"compiled")
    shape = {"sequence_length": 2048, "batch_size": 4, "tensor_parallel_degree": 2}
    serving = {"engine": "neuron", "instance": "ml.inf2.8xlarge", "volume_gib": 64}
    catalog.write(
        "endpoints/chat.yaml",
        {
            "kind": "real-time",
            "team": "support",
            "model": "small",
            "serving": {**serving, "compiled": {**shape, "artefacts": {"folder": "graphs"}}},
            "scaling": {"instances": {"min": 1, "max": 1}},
        },
    )
    said = modelyard("stage", "chat")
    assert said.code == 0, said.err
    assert keys(aws("s3"), bucket, "chat/") == ["chat/small/model.neff"]


def test_weights_in_a_bucket_become_an_archive_where_the_kind_needs_one(
    modelyard: Any, aws: Clients, bucket: str, catalog: Any
) -> None:
    s3 = aws("s3")
    source = f"company-{catalog.environment}"
    s3.create_bucket(Bucket=source)
    s3.put_object(Bucket=source, Key="small/sub/model.bin", Body=b"weights")
    catalog.write_model("small", {"s3": f"s3://{source}/small/"})
    assert modelyard("stage", "seldom").code == 0
    with tarfile.open(fileobj=io.BytesIO(body(s3, bucket, "seldom/small.tar.gz"))) as archive:
        assert archive.getnames() == ["sub/model.bin"]


def test_a_prefix_without_objects_is_a_sentence(modelyard: Any, aws: Clients, bucket: str, catalog: Any) -> None:
    catalog.write_model("small", {"s3": f"s3://{bucket}/nothing/here/"})
    said = modelyard("stage", "chat")
    assert said.code == 1
    assert said.err == (
        f"modelyard: no objects under s3://{bucket}/nothing/here/: check the prefix in the model's `weights`\n"
    )


def test_weights_on_the_hub_need_its_package_or_a_folder(modelyard: Any, bucket: str, catalog: Any) -> None:
    catalog.write_model("small", {"hub": "example/small"})
    said = modelyard("stage", "chat")
    assert said.code == 1
    assert "example/small lies on the Hugging Face hub" in said.err
    assert "--from FOLDER" in said.err
    assert "Traceback" not in said.err


def test_a_missing_weights_folder_is_a_sentence(modelyard: Any, bucket: str, catalog: Any) -> None:
    catalog.write_model("small", {"folder": "weights/gone"})
    said = modelyard("stage", "chat")
    assert said.code == 1
    assert "weights/gone, which models/small.yaml names" in said.err


def test_without_a_foundation_staging_says_what_to_deploy_first(modelyard: Any, aws: Clients, catalog: Any) -> None:
    said = modelyard("stage", "chat")
    assert said.code == 1
    assert f"modelyard cdk deploy -c environment={catalog.environment} foundation" in said.err


def test_credentials_of_another_account_are_refused(modelyard: Any, aws: Clients, catalog: Any) -> None:
    catalog.write(f"environments/{catalog.environment}.yaml", {"account": "111122223333", "region": "us-east-1"})
    said = modelyard("stage", "chat")
    assert said.code == 1
    assert said.err == (
        f"modelyard: the credentials belong to account 000000000000, but environment {catalog.environment} is account "
        "111122223333: use another profile or another --environment\n"
    )


def test_an_endpoint_that_nobody_knows_is_refused_with_the_likely_one(modelyard: Any, catalog: Any) -> None:
    said = modelyard("stage", "chatt")
    assert said.code == 1
    assert said.err.startswith("modelyard: no endpoint chatt in the catalog: did you mean chat?")


def test_problems_of_the_catalog_are_told_before_anything_is_staged(modelyard: Any, catalog: Any) -> None:
    catalog.write("endpoints/broken.yaml", {"kind": "real-time", "temperature": 1})
    said = modelyard("stage", "chat")
    assert said.code == 1
    assert "endpoints/broken.yaml:" in said.err
    assert "nothing was done" in said.err
