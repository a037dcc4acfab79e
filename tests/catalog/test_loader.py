from __future__ import annotations

from pathlib import Path

import pytest

from modelyard.catalog.loader import load
from modelyard.catalog.problem import CatalogErrors


def problems(folder, environment="local"):
    with pytest.raises(CatalogErrors) as errors:
        load(folder, environment)
    return [str(problem) for problem in errors.value.problems]


def test_an_entry_is_resolved_with_everything_it_refers_to(folder):
    catalog = load(folder, "local")
    chat = catalog.entries["chat"]
    assert chat.endpoint.kind == "real-time"
    assert list(chat.models) == ["tiny-chat"]
    assert chat.models["tiny-chat"].architecture.attention_heads == 12
    assert (chat.team.cost_center, chat.owner) == ("CC-1", "chat-crew")
    assert catalog.entries["summaries"].owner == "beta-ml"
    assert catalog.entries["shelf"].model_label == "tiny-open+tiny-embedding"


def test_entries_come_in_the_order_of_their_names(folder):
    assert list(load(folder, "local").entries) == ["answers", "chat", "chat-neuron", "shelf", "summaries"]


def test_the_prefix_becomes_part_of_an_endpoints_name(folder):
    assert load(folder, "local").entries["chat"].endpoint_name == "chat"
    assert load(folder, "guarded").entries["chat"].endpoint_name == "guarded-chat"


def test_one_instance_type_and_a_list_of_them_read_the_same(folder):
    entries = load(folder, "local").entries
    assert entries["chat"].endpoint.serving.instances == ("ml.g5.2xlarge",)
    assert entries["summaries"].endpoint.serving.instances == ("ml.g5.2xlarge", "ml.g5.4xlarge")


class TestLayers:
    def test_defaults_apply_below_an_entry_and_overrides_above_it(self, folder):
        guarded, plain = load(folder, "guarded").entries, load(folder, "plain").entries
        assert (guarded["answers"].endpoint.log_keep_days, plain["answers"].endpoint.log_keep_days) == (90, 30)
        assert guarded["chat"].endpoint.scaling.instances.min == 2
        assert guarded["chat"].endpoint.scaling.instances.max == 3
        assert guarded["chat"].endpoint.callers == ("ChatFrontend",)
        assert plain["chat"].endpoint.callers == ("ChatBackend",)

    def test_a_kinds_defaults_apply_to_that_kind_alone(self, folder):
        entries = load(folder, "guarded").entries
        assert entries["chat"].endpoint.slo.latency_p99_seconds == 12.5
        assert entries["summaries"].endpoint.slo.latency_p99_seconds == 30

    def test_defaults_may_supply_what_entries_need(self, folder):
        self.environment(folder, "defaults: {serverless: {serving: {memory_mb: 4096}}}")
        self.replace(folder, "answers", "  memory_mb: 3072\n", "")
        assert load(folder, "local").entries["answers"].endpoint.serving.memory_mb == 4096

    def test_null_unsets_a_table_of_the_layer_below(self, folder):
        self.environment(folder, "overrides: {chat: {capture: null}}")
        assert load(folder, "local").entries["chat"].endpoint.capture is None

    def test_a_mistake_in_a_default_is_told_once_and_where_it_stands(self, folder):
        self.environment(folder, "defaults: {every: {log_keep_days: 8}}")
        assert problems(folder) == [
            "catalog/environments/local.yaml:3:35 MY006 log_keep_days is 8, allowed are 1, 3, 5, 7, 14, 30, 60, 90, "
            "120, 150, 180, 365, 400, 545, 731, 1096, 1827"
        ]

    def test_a_mistake_in_a_default_that_no_entry_uses_is_told_too(self, folder):
        (folder / "endpoints" / "summaries.yaml").unlink()
        self.environment(folder, "defaults: {async: {queue: {notfy: true}}}")
        assert problems(folder) == [
            "catalog/environments/local.yaml:3:28 MY004 unknown key notfy in queue: did you mean notify?"
        ]

    def test_a_mistake_in_an_override_is_told_where_it_stands(self, folder):
        self.environment(folder, "overrides:\n  chat:\n    scaling: {instances: {max: 0}}")
        assert problems(folder) == [
            "catalog/environments/local.yaml:5:32 MY006 scaling.instances.max is 0, must be at least 1"
        ]

    def test_what_is_missing_is_told_in_the_entrys_own_file(self, folder):
        self.environment(folder, "overrides: {chat: {serving: {max_concurrency: 3}}}")
        self.replace(folder, "chat", "  engine: vllm\n", "")
        said = "serving.engine is missing (what serves the model; custom is an image of your own): add it"
        assert problems(folder) == [f"catalog/endpoints/chat.yaml:6:1 MY005 {said}"]

    def test_an_override_of_an_entry_that_does_not_exist_is_refused(self, folder):
        self.environment(folder, "overrides: {chta: {log_keep_days: 7}}")
        assert problems(folder) == [
            "catalog/environments/local.yaml:3:13 MY007 overrides names chta, which is no entry of endpoints/: "
            "did you mean chat?"
        ]

    @staticmethod
    def environment(folder, text):
        with (folder / "environments" / "local.yaml").open("a", encoding="utf-8") as file:
            file.write(text + "\n")

    @staticmethod
    def replace(folder, entry, old, new):
        path = folder / "endpoints" / f"{entry}.yaml"
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")


class TestRecordsThatContainersPut:
    def test_they_need_containers_with_a_network(self, folder):
        self.guarded(folder, "signals: {stream: on-demand, delivery: put-records}")
        (found,) = problems(folder, "guarded")
        assert found.startswith("catalog/environments/guarded.yaml:")
        assert found.endswith(
            "signals.delivery is put-records, but network.isolate leaves containers no way to Kinesis, not even "
            "through a VPC endpoint: write delivery: logs, or isolate: false with a way to Kinesis in the subnets"
        )

    def test_isolation_without_a_vpc_takes_their_network_as_well(self, folder):
        with (folder / "environments" / "local.yaml").open("a", encoding="utf-8") as file:
            file.write("isolate: true\nsignals: {stream: on-demand, delivery: put-records}\n")
        (found,) = problems(folder, "local")
        assert "but isolate leaves containers no way to Kinesis" in found

    def test_isolation_is_said_once(self, folder):
        self.guarded(folder, "isolate: true")
        path = folder / "environments" / "guarded.yaml"
        path.write_text(path.read_text("utf-8").replace("network:\n", "network:\n  isolate: true\n"), "utf-8")
        (found,) = problems(folder, "guarded")
        assert found.endswith("isolate and network.isolate say the same thing: write one of them")

    def test_in_a_network_that_does_not_isolate_they_pass(self, folder):
        self.guarded(folder, "signals: {stream: on-demand, delivery: put-records}")
        path = folder / "environments" / "guarded.yaml"
        path.write_text(path.read_text("utf-8").replace("network:\n", "network:\n  isolate: false\n"), "utf-8")
        signals = load(folder, "guarded").environment.signals
        assert signals is not None and signals.delivery == "put-records"

    @staticmethod
    def guarded(folder, text):
        with (folder / "environments" / "guarded.yaml").open("a", encoding="utf-8") as file:
            file.write(text + "\n")


class TestKeys:
    def test_some_key_encrypts(self, folder):
        path = folder / "environments" / "guarded.yaml"
        text = path.read_text("utf-8") + "foundation_key: false\n"
        path.write_text(text, "utf-8")
        assert load(folder, "guarded").environment.foundation_key is False
        path.write_text("".join(line for line in text.splitlines(True) if not line.startswith("kms_key_arn")), "utf-8")
        (found,) = problems(folder, "guarded")
        assert found.endswith("foundation_key is false, and nothing else encrypts: name a key in kms_key_arn")


class TestWhatIsNotThere:
    def test_a_missing_environment_is_one_line_with_those_that_exist(self, folder):
        assert problems(folder, "loca") == [
            "catalog/environments/loca.yaml:1:1 MY007 there is no environment loca: did you mean local?; "
            "those that exist: flink, guarded, local, plain, signals"
        ]

    def test_a_missing_catalog_is_one_line(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        assert problems(Path("nowhere")) == ["nowhere:1:1 MY001 there is no catalog folder here: check its path"]

    def test_the_last_entry_may_go_and_its_folder_with_it(self, folder):
        for path in (folder / "endpoints").iterdir():
            path.unlink()
        assert not load(folder, "plain").entries
        (folder / "endpoints").rmdir()
        assert not load(folder, "plain").entries

    def test_a_missing_shelf_is_one_line(self, folder):
        (folder / "models").rename(folder.parent / "models")
        assert "catalog/models:1:1 MY001 the catalog has no readable folder models/: create it" in problems(folder)

    def test_a_missing_organisation_is_one_line(self, folder):
        (folder / "organisation.yaml").unlink()
        assert problems(folder) == [
            "catalog/organisation.yaml:1:1 MY001 the file cannot be read (no such file or directory): "
            "check that it exists and may be read"
        ]


class TestNamesOfFiles:
    @pytest.mark.parametrize("name", ["chat.yml", "README.md", "chat"])
    def test_only_yaml_files_belong_onto_a_shelf(self, folder, name):
        (folder / "endpoints" / name).write_text("", encoding="utf-8")
        assert problems(folder) == [
            f"catalog/endpoints/{name}:1:1 MY008 only <name>.yaml files belong into endpoints/: rename or move it"
        ]

    def test_what_is_called_like_a_file_and_is_none_says_what_it_is(self, folder):
        (folder / "endpoints" / "loop.yaml").symlink_to("loop.yaml")
        (folder / "endpoints" / "sub.yaml").mkdir()
        assert problems(folder) == [
            "catalog/endpoints/loop.yaml:1:1 MY008 loop.yaml is no file that can be read, but a link that leads to "
            "none: put a file there, or remove it",
            "catalog/endpoints/sub.yaml:1:1 MY008 sub.yaml is no file that can be read, but a folder: put a file "
            "there, or remove it",
        ]

    def test_a_long_wrong_name_is_cut(self, folder):
        TestLayers.replace(folder, "chat", "tiny-chat", "a" * 60_000)
        assert all(len(problem) < 300 for problem in problems(folder))

    @pytest.mark.parametrize("name", ["Chat", "my_chat", "chat-", "a--b", "chat.1"])
    def test_an_entrys_name_must_be_a_name_on_aws(self, folder, name):
        (folder / "endpoints" / f"{name}.yaml").write_text("", encoding="utf-8")
        assert problems(folder) == [
            f"catalog/endpoints/{name}.yaml:1:1 MY008 the file's name names what it describes, so it takes "
            "lower-case letters, digits and single hyphens between them"
        ]

    def test_a_models_name_may_carry_a_version(self, folder):
        (folder / "models" / "tiny-chat.yaml").rename(folder / "models" / "tiny-3.1-chat.yaml")
        for name in ("chat", "chat-neuron"):
            TestLayers.replace(folder, name, "tiny-chat", "tiny-3.1-chat")
        assert list(load(folder, "local").entries["chat"].models) == ["tiny-3.1-chat"]

    def test_hidden_files_of_editors_are_left_alone(self, folder):
        (folder / "endpoints" / ".chat.yaml.swp").write_bytes(b"\0")
        assert len(load(folder, "local").entries) == 5


def test_all_problems_of_all_files_come_at_once(folder):
    TestLayers.replace(folder, "chat", "team: alpha", "team: alfa")
    TestLayers.replace(folder, "answers", "model: tiny-open", "model: tinyopen")
    (folder / "models" / "tiny-embedding.yaml").write_text("family: [", encoding="utf-8")
    (folder / "environments" / "plain.yaml").write_text("account: 1\nregion: us-east-1\n", encoding="utf-8")
    assert [line.split(" ")[0] for line in problems(folder)] == [
        "catalog/endpoints/answers.yaml:3:8",
        "catalog/endpoints/chat.yaml:2:7",
        "catalog/environments/plain.yaml:1:10",
        "catalog/models/tiny-embedding.yaml:2:1",
    ]


def test_weights_lie_in_one_place(folder):
    model = folder / "models" / "tiny-open.yaml"
    text = model.read_text("utf-8")
    model.write_text(text.replace("{folder:", "{hub: a/b, folder:"), encoding="utf-8")
    [said] = problems(folder)
    assert "MY004 unknown key folder in weights" in said
    model.write_text(text[: text.index("weights:")] + "weights: {}\n" + text[text.index("facts:") :], encoding="utf-8")
    [said] = problems(folder)
    assert said.endswith("MY006 weights names no place: give one of hub, s3 and folder")


def test_unknown_names_are_told_beside_other_mistakes_of_the_same_entry(folder):
    TestLayers.replace(folder, "chat", "team: alpha", "team: alfa")
    TestLayers.replace(folder, "chat", "  engine: vllm", "  engine: vlm")
    assert [line.split(" ")[1] for line in problems(folder)] == ["MY007", "MY006"]


def test_an_unreadable_environment_hides_no_mistake_and_invents_none(folder):
    (folder / "environments" / "local.yaml").write_text("defaults: {serverless: {serving: {memory_mb: 4096}}", "utf-8")
    TestLayers.replace(folder, "answers", "  memory_mb: 3072\n", "")
    TestLayers.replace(folder, "chat", "  engine: vllm", "  engine: vlm")
    assert [line.split(":")[0] for line in problems(folder)] == [
        "catalog/endpoints/chat.yaml",
        "catalog/environments/local.yaml",
    ]
