"""Models that lie elsewhere: in a bucket, on the hub, in JumpStart's; and what is said when they cannot be had."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

CARD = b"---\nlicense: apache-2.0\n---\n"


@pytest.fixture
def weights_bucket(aws, own_config):
    """A bucket of embedded AWS with one model in it."""
    s3 = aws("s3")
    s3.create_bucket(Bucket="weights-of-add")
    for name, content in {
        "config.json": json.dumps(own_config("llama-3.2-1b")).encode(),
        "model.safetensors.index.json": b'{"metadata": {"total_size": 2471645608}}',
        "README.md": CARD,
    }.items():
        s3.put_object(Bucket="weights-of-add", Key=f"small/model/{name}", Body=content)
    return "weights-of-add"


@pytest.mark.parametrize("address", ["small/model/", "small/model", "small/model/config.json"])
def test_a_model_in_s3_is_read_there_and_weighed_by_its_index(company, weights_bucket, address):
    code, _, err = company.add(f"s3://{weights_bucket}/{address}", "--name", "chat")
    assert (code, err) == (0, "")
    model = company.added("model")
    assert model.weights.s3 == f"s3://{weights_bucket}/small/model/"
    assert model.parameters == 2_471_645_608 // 2
    assert company.run("check")[0] == 0


def test_nothing_at_an_address_is_one_sentence(company, weights_bucket):
    code, _, err = company.add(f"s3://{weights_bucket}/elsewhere/")
    assert code == 1 and f"no config.json in s3://{weights_bucket}/elsewhere/" in err
    code, _, err = company.add("s3://no-bucket-of-that-name/x/")
    assert code == 1 and "there is no bucket no-bucket-of-that-name" in err


def test_aws_that_cannot_be_asked_names_the_way_without_it(company, aws, monkeypatch):
    aws("s3")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    code, _, err = company.add("s3://some-bucket/x/")
    assert code == 1 and err.rstrip().endswith("or download its config.json and give the folder")


@pytest.fixture
def jumpstart(aws, own_config):
    """JumpStart's bucket of the region, as its own client finds it: a list, a specification, a model's files."""
    s3 = aws("s3")
    bucket = "jumpstart-cache-prod-us-east-1"
    s3.create_bucket(Bucket=bucket)

    def put(key: str, content: object) -> None:
        s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(content).encode())

    rows = [
        {"model_id": "huggingface-llm-brand-new", "version": version, "spec_key": f"specs/{version}.json"}
        for version in ("1.2.0", "1.10.0", "1.9.0")
    ]
    put(
        "models_manifest.json", [*rows, {"model_id": "meta-textgeneration-packed", "version": "1.0.0", "spec_key": "p"}]
    )
    put("p", {"hosting_artifact_key": "packed/model.tar.gz"})
    put(
        "specs/1.10.0.json",
        {"version": "1.10.0", "hosting_prepacked_artifact_key": "new/", "hosting_eula_key": "e.txt"},
    )
    put("new/config.json", own_config("mistral-7b-v0.1"))
    return bucket


def test_jumpstart_is_asked_for_the_newest_version_and_its_terms(company, jumpstart):
    code, out, err = company.add("huggingface-llm-brand-new")
    assert (code, err) == (0, "")
    model = company.added("brand-new")
    assert model.weights.s3 == f"s3://{jumpstart}/new/"
    assert (model.licence.acceptance, model.licence.version) == ("explicit", "1.10.0")
    assert model.licence.url.endswith("/e.txt") and "its licence must be accepted" in out
    assert company.add("huggingface-llm-nobody-has")[2].count("JumpStart's list has no model") == 1
    assert "are packed (packed/model.tar.gz)" in company.add("meta-textgeneration-packed")[2]


class Mirror(BaseHTTPRequestHandler):
    """A mirror of the hub with one public repository, and one that is gated."""

    files: dict[str, bytes] = {}
    asked: list[str | None] = []

    def do_GET(self) -> None:
        self.asked.append(self.headers.get("Authorization"))
        gated = self.path.startswith("/owner/gated/") and self.headers.get("Authorization") != "Bearer hf_test"
        content = self.files.get(self.path)
        self.send_response(401 if gated else 200 if content is not None else 404)
        self.end_headers()
        self.wfile.write(b"" if gated else content or b"")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def mirror(monkeypatch, own_config) -> Iterator[type[Mirror]]:
    """The mirror, which HF_ENDPOINT names."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.delenv("HF_TOKEN", raising=False)
    content = json.dumps(own_config("gemma-3-1b")).encode()
    revision = "0123456789abcdef"
    Mirror.asked = []
    Mirror.files = {
        "/owner/Some-Model/resolve/main/config.json": content,
        "/owner/Some-Model/resolve/main/README.md": CARD,
        f"/owner/Some-Model/resolve/{revision}/config.json": content,
        "/owner/gated/resolve/main/config.json": content,
    }
    yield Mirror
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_model_of_the_hub_is_read_there(company, mirror):
    code, _, err = company.add("owner/Some-Model")
    assert (code, err) == (0, "")
    model = company.added("some-model")
    assert (model.weights.hub, model.weights.revision) == ("owner/Some-Model", None)
    assert model.facts.sources[0].startswith("https://huggingface.co/owner/Some-Model")
    assert company.run("check")[0] == 0


def test_a_commit_of_the_hub_is_pinned(company, mirror):
    company.add("owner/Some-Model@0123456789abcdef")
    assert company.added("some-model").weights.revision == "0123456789abcdef"


def test_a_gated_model_needs_a_token_and_the_token_stays_out_of_every_file(company, mirror, monkeypatch):
    code, _, err = company.add("owner/gated")
    assert code == 1 and "it answers 401" in err and "HF_TOKEN" in err
    monkeypatch.setenv("HF_TOKEN", "hf_test")
    assert company.add("owner/gated")[0] == 0
    assert "Bearer hf_test" in mirror.asked
    assert all(b"hf_test" not in (company.folder / name).read_bytes() for name in company.files())


def test_no_such_repository_and_no_hub_are_one_sentence_each(company, mirror, monkeypatch):
    assert "has no config.json (or is no public repository)" in company.add("owner/nothing")[2]
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    code, _, err = company.add("owner/Some-Model")
    assert code == 1 and "download its config.json" in err and len(err.splitlines()) == 1
