"""`modelyard add`: two files that a check accepts, sized, over nothing that was there."""

from __future__ import annotations

import json
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from modelyard.catalog.instance_lock import FILE_NAME
from modelyard.onboarding.adding.new_files import write_new
from modelyard.shell.failure import Failure

CONFIGS = Path(__file__).parent / "configs"
NAMES = sorted(path.stem for path in CONFIGS.glob("*.json"))


@pytest.mark.parametrize("name", NAMES)
def test_a_check_has_nothing_to_say_of_what_was_added(company, copied, name):
    code, out, err = company.add(copied(name), "--licence", "mit")
    assert (code, err) == (0, "")
    said = "next: `modelyard stage {0} --environment here`, then `modelyard cdk deploy -c environment=here {0}`"
    (entry,) = (company.folder / "endpoints").glob("*.yaml")
    assert f"`modelyard check` has nothing to say; {said.format(entry.stem)}" in out
    assert company.run("check")[:2] == (0, "no errors, no warnings in environment here\n")
    assert len(company.files()) == 4


@pytest.mark.parametrize("name", NAMES)
def test_a_licence_that_nobody_states_is_all_that_a_check_misses(company, copied, name):
    company.add(copied(name))
    code, out, _ = company.run("check")
    findings = re.findall(r" (MY\d{3}) ", out)
    assert (code, findings) == (1, ["MY038"])
    assert "# Nobody here says under which licence it may be used" in entry_text(company)


def entry_text(company):
    [path] = (company.folder / "endpoints").iterdir()
    return path.read_text("utf-8")


def test_the_instance_is_the_one_that_recommend_puts_first(company, copied):
    company.add(copied("llama-3.1-8b"), "--licence", "mit", "--max-context", "4096", "--concurrency", "2")
    entry = company.entry("llama-3-1-8b")["serving"]
    code, out, _ = company.run("recommend", "llama-3-1-8b", "--json")
    assert code == 0
    assert entry["instance"] == next(row for row in json.loads(out)["fits"] if row["engine"] == "vllm")["instance"]
    assert (entry["max_context_tokens"], entry["max_concurrency"]) == (4096, 2)


def test_files_say_where_each_number_comes_from(company, copied):
    company.add(copied("qwen3-8b-awq"), "--licence", "mit")
    model = (company.folder / "models" / "qwen3-8b-awq.yaml").read_text("utf-8")
    assert "# dtype: awq, 4 bits.\n" in model and "# parameters: counted from these shapes.\n" in model
    assert "config.json with SHA-256" in model
    text = entry_text(company)
    assert "The cheapest of" in text and " an hour" in text and "# the model goes up to 40960" in text


def test_a_model_that_is_shipped_is_copied_and_one_that_is_there_gets_another_endpoint(company):
    assert company.add("Qwen/Qwen3-8B", "--name", "first")[0] == 0
    shipped = company.files()
    assert "models/qwen3-8b.yaml" in shipped
    code, out, _ = company.add("qwen3-8b", "--name", "second", "--kind", "async")
    assert code == 0 and "models" not in out
    assert company.entry("second")["scaling"]["instances"]["min"] == 0
    assert company.run("check")[0] == 0


def test_a_shipped_model_with_weights_in_a_folder_still_names_that_folder(company):
    company.add("smollm2-135m-instruct")
    folder = company.folder / company.added("smollm2-135m-instruct").weights.folder
    assert ".venv-engine" in str(folder.resolve()) and str(company.root) not in str(folder.resolve())


def test_a_jumpstart_id_means_the_model_that_we_know(company):
    code, out, _ = company.add("meta-textgeneration-llama-2-7b-f", "--name", "chat")
    assert code == 0 and "its licence must be accepted" in out
    assert company.entry("chat")["model"] == "llama-2-7b-chat"


@pytest.mark.parametrize("kind", ["async", "serverless", "multi-model", "real-time"])
def test_every_kind_gets_an_entry_that_a_check_accepts(company, copied, kind):
    own = ("--image", "own/engine:1.0-cpu") if kind in ("serverless", "multi-model") else ()
    code, _, err = company.add(copied("smollm2-135m-bnb-4bit"), "--licence", "mit", "--kind", kind, *own)
    assert (code, err) == (0, "")
    assert company.entry("smollm2-135m-bnb-4bit")["kind"] == kind
    assert company.run("check")[0] == 0


def test_several_models_are_put_where_aws_lets_them_share(company, copied):
    folder = copied("smollm2-135m-bnb-4bit")
    code, _, err = company.add(folder, "--licence", "mit", "--kind", "multi-model", "--image", "own/engine:1-cu130")
    assert code == 1 and "no instance in us-east-1 runs the image" in err
    company.add(folder, "--licence", "mit", "--kind", "multi-model", "--image", "own/sagemaker-tritonserver:1-cu130")
    assert company.entry("smollm2-135m-bnb-4bit")["serving"]["instance"] in ("ml.g4dn.xlarge", "ml.g5.xlarge")
    assert "MY030" not in company.run("check")[1]


@pytest.mark.parametrize("kind", ["real-time", "async"])
def test_a_burstable_instance_keeps_one_count(company, copied, kind):
    image = ("--image", "own/engine:1-cpu", "--instance", "ml.t2.large", "--kind", kind)
    assert company.add(copied("smollm2-135m-bnb-4bit"), "--licence", "mit", *image)[0] == 0
    assert company.entry("smollm2-135m-bnb-4bit")["scaling"] == {"instances": {"min": 1, "max": 1}}
    assert "MY028" not in company.run("check")[1]


def test_weights_at_hand_count_themselves(company, own_config):
    tensor = {"dtype": "BF16", "shape": [1000, 1000], "data_offsets": [0, 2_000_000]}
    header = json.dumps({"__metadata__": {}, "model.embed_tokens.weight": tensor}).encode()
    weights = struct.pack("<Q", len(header)) + header
    config = {**own_config("llama-3.2-1b"), "model_type": "brand_new"}
    folder = company.model_folder("own-model", config__json=config, model__safetensors=weights)
    company.add(folder, "--licence", "mit")
    assert company.added("own-model").parameters == 1_000_000
    assert company.added("own-model").weights.folder == "../own-model"


def test_an_index_gives_the_bytes_of_a_quantised_checkpoint(company, own_config):
    index = {"metadata": {"total_size": 5_576_718_336}, "weight_map": {}}
    folder = company.model_folder(
        config__json=own_config("qwen2.5-7b-gptq-int4"), model__safetensors__index__json=index
    )
    company.add(folder, "--licence", "mit")
    model = company.added("some-model")
    assert (model.checkpoint_bytes, model.parameters) == (5_576_718_336, 7_615_616_512)


def test_an_index_that_contradicts_the_shapes_is_told_and_not_believed(company, own_config):
    index = {"metadata": {"total_size": 4 * 8_030_261_248}}
    folder = company.model_folder(config__json=own_config("llama-3.1-8b"), model__safetensors__index__json=index)
    company.add(folder, "--licence", "mit")
    assert company.added("some-model").parameters == 8_030_261_248
    assert "look which is right" in (company.folder / "models" / "some-model.yaml").read_text("utf-8")


@pytest.mark.parametrize("broken", [b"", b"\x00" * 8, b"{", struct.pack("<Q", 10**15), b"\xff" * 100])
def test_broken_weights_say_nothing_and_break_nothing(company, own_config, broken):
    folder = company.model_folder(
        config__json=own_config("llama-3.2-1b"), model__safetensors=broken, model__safetensors__index__json=broken
    )
    assert company.add(folder, "--licence", "mit")[0] == 0
    assert company.added("some-model").parameters == 1_235_814_400


def test_a_model_card_states_its_licence(company, own_config):
    card = b"---\nlicense: apache-2.0\ntags: [a]\n---\n# A model\n"
    company.add(company.model_folder(config__json=own_config("gpt2"), README__md=card))
    assert company.added("some-model").licence.name == "apache-2.0"
    assert company.run("check")[0] == 0


def test_a_licence_of_its_own_asks_for_acceptance(company, own_config):
    card = b"---\nlicense: other\nlicense_name: house-terms\nlicense_link: https://example.com/terms\n---\n"
    _, out, _ = company.add(company.model_folder(config__json=own_config("gpt2"), README__md=card))
    licence = company.added("some-model").licence
    assert (licence.name, licence.acceptance, licence.url) == ("house-terms", "explicit", "https://example.com/terms")
    assert "read https://example.com/terms" in out


@pytest.mark.parametrize("card", [b"", b"---\n", b"---\n: : :\n---\n", b"---\nlicense: [a]\n---\n", b"\xff\xfe---"])
def test_a_card_without_a_licence_states_none(company, own_config, card):
    company.add(company.model_folder(config__json=own_config("gpt2"), README__md=card))
    assert company.added("some-model").licence.name == "unknown"


@pytest.mark.parametrize(
    ("files", "task"),
    [
        ({}, "text-generation"),
        ({"tokenizer_config__json": {"chat_template": "{{ messages }}"}}, "chat"),
        ({"chat_template__jinja": b"{{ messages }}"}, "chat"),
        ({"modules__json": b"[]"}, "embedding"),
        ({"tokenizer_config__json": b"{"}, "text-generation"),
    ],
)
def test_what_a_model_is_for_is_read_from_what_it_brings(company, own_config, files, task):
    company.add(company.model_folder(config__json=own_config("qwen3-8b-awq"), **files))
    assert company.added("some-model").task == task


def test_a_dry_run_prints_both_files_and_writes_none(company, copied):
    code, out, err = company.add(copied("gpt2"), "--dry-run")
    assert code == 0 and "nothing was written" in err
    assert "kind: real-time" in out and "family: gpt2" in out
    assert len(company.files()) == 2


def test_nothing_is_overwritten_and_nothing_half_written(company, copied):
    folder = copied("gpt2")
    (company.folder / "models" / "gpt2.yaml").write_text("mine\n", encoding="utf-8")
    code, _, err = company.add(folder)
    assert code == 1 and "models/gpt2.yaml is there already" in err
    assert (company.folder / "models" / "gpt2.yaml").read_text("utf-8") == "mine\n"
    assert list((company.folder / "endpoints").iterdir()) == []


def test_a_file_that_appears_meanwhile_takes_the_others_back(tmp_path):
    first, second = tmp_path / "a" / "one.yaml", tmp_path / "b" / "two.yaml"
    (tmp_path / "b").write_text("a file where a folder must be", encoding="utf-8")
    with pytest.raises(OSError):
        write_new({first: "1", second: "2"}, advice={first: "", second: ""})
    assert list((tmp_path / "a").iterdir()) == []


def test_one_that_is_there_is_refused_before_anything_is_written(tmp_path):
    first, second = tmp_path / "one.yaml", tmp_path / "two.yaml"
    second.write_text("mine", encoding="utf-8")
    with pytest.raises(Failure, match="stays as it is: another name"):
        write_new({first: "1", second: "2"}, advice={first: "", second: "another name"})
    assert not first.exists()


@pytest.mark.parametrize("address", ["s3://b/x/", "s3://My_Bucket/x/", "s3:///x/", "s3://"])
def test_weights_in_no_bucket_are_one_sentence(company, copied, address):
    code, _, err = company.add(copied("phi-4"), "--weights", address)
    assert code == 1
    assert "names no bucket and prefix: write s3://bucket/prefix/" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["qwen3-88b"], "did you mean qwen3-8b?"),
        ([""], "an empty word is no file"),
        (["nothing.json"], "there is nothing at nothing.json"),
        (["./nowhere"], "there is nothing at ./nowhere"),
        (["s3://x"], "names no bucket"),
        (["qwen3-8b", "--team", "crow"], "did you mean crew?"),
        (["qwen3-8b", "--kind", "realtime"], "did you mean real-time?"),
        (["qwen3-8b", "--kind", "serverless"], "a serverless endpoint has no GPU"),
        (["qwen3-8b", "--kind", "multi-model"], "add --image"),
        (["qwen3-8b", "--engine", "vlm"], "--engine is vlm, allowed are vllm"),
        (["qwen3-8b", "--engine", "custom"], "add --image repository:tag"),
        (["qwen3-8b", "--engine", "tei", "--kind", "serverless"], "serverless ends at 6"),
        (["qwen3-8b", "--max-context", "999999"], "made for 40960 tokens"),
        (["qwen3-8b", "--max-context", "40960", "--concurrency", "5000"], "nothing holds qwen3-8b"),
        (["qwen3-8b", "--instance", "ml.g5.xlarg"], "did you mean ml.g5.xlarge?"),
        (["qwen3-32b", "--instance", "ml.g5.xlarge"], "does not fit ml.g5.xlarge"),
        (["qwen3-8b", "--instance", "ml.m5.xlarge"], "publishes no image for cpu"),
        (["qwen3-8b", "--name", "A B"], "cannot name an endpoint"),
        (["qwen3-8b", "--name", "x" * 64], "cannot name an endpoint"),
        (["qwen3-8b", "--model-name", "mine"], "whose facts are written down already"),
        (["qwen3-8b", "--task", "chats"], "did you mean chat?"),
        (["qwen3-8b", "--licence-url", "https://example.com"], "say which one with --licence"),
        (["qwen3-8b", "--licence", " "], "--licence is empty"),
        (["qwen3-8b", "--environment", "there"], "there is no environment there"),
        (["qwen3-8b", "--concurrency", "0"], "greater than or equal to 1"),
    ],
)
def test_a_wrong_wish_is_one_sentence_and_writes_nothing(company, arguments, said):
    code, _, err = company.add(*arguments)
    assert code != 0
    assert said in err
    assert "Traceback" not in err and len(company.files()) == 2


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe{\x00}\x00",
        b"\x00",
        b"[" * 100_000,
        b'{"_class_name": "UNet2DModel"}',
        b"{}",
    ],
    ids=["empty", "cut-off", "list", "null", "utf-16", "nul", "deep", "diffusion", "no-key"],
)
def test_what_is_no_configuration_is_one_sentence(company, content):
    code, _, err = company.add(company.model_folder(config__json=content))
    assert code == 1 and err.startswith("modelyard: ") and len(err.splitlines()) == 1
    assert len(company.files()) == 2


def test_weights_without_a_configuration_are_told_what_is_missing(company):
    weights = Path(company.model_folder("weights", model__gguf=b"GGUF")) / "model.gguf"
    assert "model.gguf is no config.json" in company.add(str(weights))[2]
    assert "no config.json in the folder weights" in company.add(str(weights.parent))[2]


def test_several_teams_and_regions_have_to_be_chosen_from(company):
    (company.folder / "organisation.yaml").write_text(
        "teams: {crew: {cost_center: C, owner: o}, other: {cost_center: C, owner: o}}\n", encoding="utf-8"
    )
    assert "--team with one of crew, other" in company.add("qwen3-8b")[2]
    (company.folder / "environments" / "there.yaml").write_text(
        'account: "000000000000"\nregion: us-west-2\n', encoding="utf-8"
    )
    assert "which region?" in company.add("qwen3-8b", "--team", "crew")[2]


def test_a_region_without_prices_takes_an_instance_that_is_named(company):
    (company.folder / "environments" / "here.yaml").write_text(
        'account: "000000000000"\nregion: eu-west-1\n', encoding="utf-8"
    )
    code, _, err = company.add("qwen3-8b")
    assert code == 1 and "choose one with --instance" in err
    assert company.add("qwen3-8b", "--instance", "ml.g5.12xlarge")[0] == 0
    assert "nobody states a price" in entry_text(company)
    assert company.run("check")[0] == 0


def test_what_was_added_can_leave_its_instance_to_the_lock(company):
    company.add("qwen3-8b")
    path = company.folder / "endpoints" / "qwen3-8b.yaml"
    chosen = company.entry("qwen3-8b")["serving"]["instance"]
    path.write_text(path.read_text("utf-8").replace(f"instance: {chosen}", "instance: auto"), encoding="utf-8")
    assert company.run("lock")[0] == 0
    locked = json.loads((company.folder / FILE_NAME).read_text("utf-8"))["environments"]["here"]["qwen3-8b"]
    assert locked["instance"] == [chosen]
    assert company.run("check")[0] == 0


def test_an_open_instance_is_locked_at_once(company, copied):
    code, out, _ = company.add(copied("llama-3.1-8b"), "--licence", "mit", "--instance", "auto")
    assert code == 0 and "locked its instance in " in out
    assert company.entry("llama-3-1-8b")["serving"]["instance"] == "auto"
    assert company.run("check")[0] == 0


def test_an_instance_that_cannot_be_locked_everywhere_is_told(company, copied):
    (company.folder / "environments" / "there.yaml").write_text(
        'account: "111122223333"\nregion: eu-west-1\n', encoding="utf-8"
    )
    arguments = ("--licence", "mit", "--instance", "auto", "--environment")
    assert company.add(copied("llama-3.1-8b"), *arguments, "here")[0] == 0
    code, out, _ = company.run("check", "--all-environments")
    assert code == 1 and "MY009" in out and "--environment there" in out


def test_a_local_model_needs_neither_aws_nor_the_cdk(company, copied):
    program = (
        "import sys; from modelyard.cli.main import run; code = run(sys.argv[1:]); "
        "heavy = {'boto3', 'botocore', 'jsii', 'aws_cdk', 'urllib3'} & set(sys.modules); print(heavy or 'light'); "
        "sys.exit(code)"
    )
    arguments = ["add", copied("gpt2"), "--licence", "mit", "--catalog", str(company.folder)]
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "light")
