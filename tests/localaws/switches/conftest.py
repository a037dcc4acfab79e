"""A company's account under load: a catalog of all four kinds, deployed, and callers that never stop asking."""

from __future__ import annotations

import copy
import hashlib
import json
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml

HERE = Path(__file__).parent
TABLE: dict[str, dict[str, dict[str, Any]]] = yaml.safe_load((HERE / "switches.yaml").read_text())
ROOT = HERE.parents[2]
# A minute of bake time, of a cooldown or of an alarm's period takes a second.
CLOCK_FACTOR = 60
MODELYARD = str(Path(sys.executable).with_name("modelyard"))
# Of all callers together, whatever they ask: the machine is to be busy with the switches.
REQUESTS_A_SECOND = 16
LONGEST_DEPLOYMENT_SECONDS = 1500
# How long the answers of accepted asynchronous requests may take to come once nothing is deployed any more.
ANSWER_SECONDS = 120
KINDS = {"talk": "real-time", "papers": "async", "answers": "serverless", "shelf": "multi-model"}


def laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """`above` on top of `below`; null takes a key away."""
    merged = dict(below)
    for key, value in above.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(merged.get(key), Mapping):
            merged[key] = laid_over(merged[key], value)
        else:
            merged[key] = value
    return merged


def switched(table: Mapping[str, Any], key: str, value: Any) -> dict[str, Any]:
    """The table with a key at another value; a value that names the key itself changes the table around it."""
    *outer, last = key.split(".")
    patch = value if isinstance(value, Mapping) and last in value else None
    if patch is not None:
        for part in reversed(outer):
            patch = {part: patch}
        return laid_over(table, patch)
    changed = copy.deepcopy(dict(table))
    around = changed
    for part in outer:
        around = around.setdefault(part, {})
    around[last] = value
    return changed


@dataclass(frozen=True)
class Written:
    """A catalog: its entries by name, its environment, and its organisation."""

    entries: Mapping[str, Mapping[str, Any]]
    environment: Mapping[str, Any]
    organisation: Mapping[str, Any]

    def with_laid_over(self, patches: Mapping[str, Mapping[str, Any]]) -> Written:
        """Patches by section of the table, on top of it."""
        entries = dict(self.entries)
        for section, patch in patches.items():
            for name in touched_by(section):
                entries[name] = laid_over(entries[name], patch)
        environment = laid_over(self.environment, patches.get("environment", {}))
        return Written(entries, environment, laid_over(self.organisation, patches.get("organisation", {})))


def touched_by(section: str) -> list[str]:
    """The entries that a section of the table is about."""
    return list(KINDS) if section == "every" else [name for name, kind in KINDS.items() if kind == section]


def spelt(value: Any, words: Mapping[str, str]) -> Any:
    """A value of the table with its `{words}` written out, wherever they stand."""
    if isinstance(value, Mapping):
        return {key: spelt(inner, words) for key, inner in value.items()}
    if isinstance(value, list):
        return [spelt(inner, words) for inner in value]
    return words.get(value.strip("{}"), value) if isinstance(value, str) else value


class Row:
    """One line of the table, and the catalogs that it leads through."""

    def __init__(self, section: str, key: str, line: Mapping[str, Any], *, base: Written, words: Mapping[str, str]):
        line = spelt(line, words)
        self.name = f"{section}:{key}"
        self.says: str | None = line.get("says")
        given = dict(line.get("given", {}))
        if section == "together":
            self.start = base.with_laid_over(given)
        else:
            around = {} if section == "environment" else {"environment": given.pop("environment", {})}
            self.start = base.with_laid_over({section: given, **around})
        stated = [(f"step {step}", self.start.with_laid_over(step)) for step in line.get("steps", [])]
        self.steps = stated or [(f"{key} at {value}", self._at(section, key, value)) for value in line["values"]]
        self.way = [self.start.with_laid_over({section: patch}) for patch in line.get("way", [])]
        self.touched = touched_by("every" if section == "environment" else section)

    def _at(self, section: str, key: str, value: Any) -> Written:
        entries = dict(self.start.entries)
        for name in touched_by(section):
            entries[name] = switched(entries[name], key, value)
        shared = {"environment": self.start.environment, "organisation": self.start.organisation}
        if section in shared:
            shared[section] = switched(shared[section], key, value)
        return Written(entries, **shared)

    @property
    def there_and_back(self) -> list[tuple[str, Written]]:
        """Each value in turn, and what was before."""
        return [*self.steps, ("as before", self.start)]


def read(catalog: Path) -> Written:
    """What a catalog's files hold."""
    entries = {path.stem: yaml.safe_load(path.read_text()) for path in sorted(catalog.glob("endpoints/*.yaml"))}
    others = [catalog / "environments" / "local.yaml", catalog / "organisation.yaml"]
    return Written(entries, *(yaml.safe_load(path.read_text()) for path in others))


def write(written: Written, catalog: Path) -> None:
    """Make a catalog's files hold this."""
    files = {f"endpoints/{name}": entry for name, entry in written.entries.items()}
    files |= {"environments/local": written.environment, "organisation": written.organisation}
    for name, table in files.items():
        (catalog / f"{name}.yaml").write_text(yaml.safe_dump(dict(table), sort_keys=False))


class Crowd:
    """Rows of entries' keys side by side: each has entries of its own, and all are switched at once."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = {f"{name}-{number}": row for number, row in enumerate(rows) for name in row.touched}
        self.kinds = {entry: KINDS[_without_number(entry)] for entry in self.rows}
        shared = rows[0].start
        assert all(row.start.environment == shared.environment for row in rows)

        def written(step: int) -> Written:
            entries = {}
            for entry, row in self.rows.items():
                steps = [written for _, written in row.steps]
                then = [row.start, *steps][min(step, len(steps))]
                entries[entry] = then.entries[_without_number(entry)]
            return Written(entries, shared.environment, shared.organisation)

        self.start = written(0)
        self.steps = [(f"step {step}", written(step)) for step in range(1, 1 + max(len(row.steps) for row in rows))]


def _without_number(entry: str) -> str:
    return entry.rpartition("-")[0]


class Caller:
    """Asks one endpoint again and again; knows each request that was lost."""

    def __init__(self, company: Company, name: str, *, pause_seconds: float) -> None:
        self.name = name
        self.kind = company.kinds[name]
        self.asked = 0
        self.lost: list[str] = []
        self._company = company
        self._pause_seconds = pause_seconds
        self._endpoint_name = company.endpoint_name(name)
        self._accepted: list[str] = []
        self._answered: set[str] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._ask_on, name=name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ask no more."""
        self._over.set()

    def wait(self) -> None:
        """Wait for the answers of what was accepted."""
        self._thread.join()
        # AWS documents captured requests for these alone.
        if self.kind == "real-time" and self._company.captures_all(self.name):
            self._wait_for_captures()
        s3, deadline = self._company.client("s3"), time.monotonic() + ANSWER_SECONDS
        for location in self._accepted:
            bucket, key = location.removeprefix("s3://").split("/", 1)
            while not s3.list_objects_v2(Bucket=bucket, Prefix=key).get("KeyCount"):
                if time.monotonic() > deadline:
                    self.lost.append(f"no answer at {location}")
                    break
                time.sleep(0.2)

    def _wait_for_captures(self) -> None:
        deadline = time.monotonic() + ANSWER_SECONDS
        while missing := self._answered - self._company.captured(self._endpoint_name):
            if time.monotonic() > deadline:
                self.lost += [f"answered and not captured: {one}" for one in sorted(missing)]
                return
            time.sleep(1)

    def _ask_on(self) -> None:
        runtime, s3 = self._company.client("sagemaker-runtime"), self._company.client("s3")
        asked: dict[str, Any] = {"EndpointName": self._endpoint_name, "ContentType": "application/json"}
        while True:
            self.asked += 1
            try:
                if self.kind == "async":
                    bucket = self._company.bucket("async")
                    key = f"{self._endpoint_name}/input/{self.asked}.json"
                    s3.put_object(Bucket=bucket, Key=key, Body=b"{}")
                    answer = runtime.invoke_endpoint_async(InputLocation=f"s3://{bucket}/{key}", **asked)
                    self._accepted.append(answer["OutputLocation"])
                else:
                    target = {"TargetModel": "tiny-open.tar.gz"} if self.kind == "multi-model" else {}
                    number = f"{self.name}-{uuid4()}"
                    runtime.invoke_endpoint(Body=b"{}", InferenceId=number, **asked, **target)["Body"].read()
                    self._answered.add(number)
            except Exception as error:  # whatever it is, a caller has no answer
                self.lost.append(f"{type(error).__name__}: {error}"[:300])
            if self._over.wait(self._pause_seconds):
                return


class Company:
    """A catalog in a git repository of its own, the account that it is deployed to, and its platform engineer."""

    def __init__(self, aws: Any, folder: Path, kinds: Mapping[str, str]) -> None:
        self._aws = aws
        self.kinds = kinds
        self._clients: dict[str, Any] = {}
        self._folder = folder
        self.catalog = folder / "catalog"
        # What stands, as far as a deployment said so; None after one that failed.
        self.deployed: Written | None = None
        # Everything that stood since callers last came.
        self._stood: list[Written | None] = []
        self._captures: dict[str, set[str]] = {}
        self.deployments = 0
        self.asked: Counter[str] = Counter()
        self.lost: list[str] = []
        shutil.copytree(HERE / "base", self.catalog)
        (folder / "weights").mkdir()
        (folder / "weights" / "model.safetensors").write_bytes(b"weights")
        for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", "base"]):
            self._git(*command)
        self.words = {f"{name}_key": self._key() for name in ("first", "second")}
        for role in ("Frontend", "Backend"):
            self._create_role(role)
        aws.client("cloudwatch").put_metric_alarm(
            AlarmName="somebody-elses-alarm", Namespace="Elsewhere", MetricName="Trouble", Statistic="Sum",
            Period=60, EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold",
        )  # fmt: skip

    def client(self, service: str) -> Any:
        """The administrator's client, one for all threads."""
        if service not in self._clients:
            self._clients[service] = self._aws.client(service)
        return self._clients[service]

    def bucket(self, purpose: str) -> str:
        """A bucket's name, as the foundation has published it."""
        name = f"/modelyard/local/{purpose}-bucket"
        return str(self.client("ssm").get_parameter(Name=name)["Parameter"]["Value"])

    def write(self, written: Written) -> None:
        """Put entries and environment into the catalog."""
        for left in {path.stem for path in self.catalog.glob("endpoints/*.yaml")} - set(written.entries):
            (self.catalog / "endpoints" / f"{left}.yaml").unlink()
        write(written, self.catalog)

    def commit(self) -> str:
        """What stands in the catalog is what is deployed from now on: the last commit that changed something."""
        self._git("add", "--all")
        if self._git("status", "--porcelain"):
            self._git("commit", "--quiet", "--message", "deployed")
        return self._git("rev-parse", "HEAD")

    def reverts(self, commit: str) -> None:
        """Take a deployed change back as a person does."""
        self._git("revert", "--no-edit", commit)

    def deploy(self, *stacks: str) -> subprocess.CompletedProcess[str]:
        """`cdk deploy` with the real CLI, of the whole catalog unless told."""
        self.deployments += 1
        self.deployed = None
        done: subprocess.CompletedProcess[str] = self._aws.cdk(
            "deploy", *(stacks or ("--all",)), "--require-approval", "never", "--concurrency", "4",
            folder=self._folder, catalog=self.catalog, timeout_seconds=LONGEST_DEPLOYMENT_SECONDS,
        )  # fmt: skip
        return done

    def deploys(self, *stacks: str, what: str = "") -> None:
        """The same, and it works: afterwards every stack can be deployed again and every endpoint is in service."""
        done = self.deploy(*stacks)
        assert done.returncode == 0, f"{what}\n{done.stdout}{done.stderr}"
        assert stacks or self.stuck() == [], what
        if not stacks:
            self.deployed = read(self.catalog)
            self._stood.append(self.deployed)
            self.commit()

    def comes_to(self, written: Written, *, what: str) -> None:
        """Deploy this catalog; weights are staged where models, kinds or the key are others than what stands."""
        before = self.deployed
        self.write(written)
        names = [name for name in written.entries if before and _staged(before, name) != _staged(written, name)]
        if names or before is None:
            self.stage(*names)
        self.deploys(what=what)

    def destroy(self, *stacks: str) -> subprocess.CompletedProcess[str]:
        """`cdk destroy` with the real CLI."""
        self.deployed = None
        done: subprocess.CompletedProcess[str] = self._aws.cdk(
            "destroy", *stacks, "--force", folder=self._folder, catalog=self.catalog
        )
        return done

    def bootstrap(self) -> None:
        self._aws.cdk_succeeds("bootstrap", "aws://000000000000/us-east-1", folder=self._folder, catalog=self.catalog)

    def modelyard(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """One of our own commands, on this catalog and account."""
        return subprocess.run(
            [MODELYARD, *arguments, "--catalog", str(self.catalog)],
            cwd=ROOT, env=self._aws.environment(self._folder / "home"), capture_output=True, text=True, timeout=600,
        )  # fmt: skip

    def deploys_by_command(self, *options: str) -> subprocess.CompletedProcess[str]:
        """`modelyard cdk deploy --all`, which looks before it starts the CLI."""
        context = ("-c", "environment=local", "-c", f"catalog={self.catalog}", "--output", str(self._folder / "out"))
        return subprocess.run(
            [MODELYARD, "cdk", "deploy", "--all", *options, *context, "--require-approval", "never"],
            cwd=ROOT, env=self._aws.environment(self._folder / "home"), capture_output=True, text=True, timeout=280,
        )  # fmt: skip

    def stage(self, *entries: str) -> None:
        """Something to be the models' weights, of all entries unless told."""
        done = self.modelyard("stage", *(entries or ("--all",)), "--from", str(self._folder / "weights"))
        assert done.returncode == 0, done.stdout + done.stderr

    def refusals(self) -> dict[str, str]:
        """What `modelyard plan` says of endpoints that AWS refuses to update, by entry."""
        planned = json.loads(self.modelyard("plan", "--base", "HEAD", "--json").stdout)
        [environment] = planned["environments"]
        return {one["name"]: one["refused"] for one in environment["endpoints"] if one["refused"]}

    def captures_all(self, entry: str) -> bool:
        """Whether every request of an endpoint was to be captured, whatever stood since callers last came."""
        captures = [one.entries[entry].get("capture", {}) for one in self._stood if one is not None]
        return bool(captures) and all(one.get("sample_percent") == 100 for one in captures)

    def captured(self, endpoint_name: str) -> set[str]:
        """The InferenceIds of all captured requests of an endpoint, as SageMaker or the processor wrote them."""
        s3, bucket = self.client("s3"), self.bucket("capture")
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            for key in (one["Key"] for one in page.get("Contents", [])):
                if f"/{endpoint_name}/" in key and key not in self._captures:
                    lines = s3.get_object(Bucket=bucket, Key=key)["Body"].read().splitlines()
                    records = [json.loads(line) for line in lines]
                    self._captures[key] = {
                        one.get("inference_id") or one.get("eventMetadata", {}).get("inferenceId") for one in records
                    }
        return set().union(*(ids for key, ids in self._captures.items() if f"/{endpoint_name}/" in key))

    def endpoint_name(self, entry: str) -> str:
        """The name that AWS knows an entry's endpoint by."""
        prefix = read(self.catalog).environment.get("name_prefix")
        return f"{prefix}-{entry}" if prefix else entry

    @contextmanager
    def callers(self) -> Iterator[None]:
        """Callers of every endpoint meanwhile; each of them asks, and no request is lost."""
        self._stood = [self.deployed]
        pause = len(self.kinds) / REQUESTS_A_SECOND
        asking = [Caller(self, name, pause_seconds=pause) for name in self.kinds]
        try:
            yield
        finally:
            for caller in asking:
                caller.stop()
            for caller in asking:
                caller.wait()
            # Counted where a deployment failed as well.
            self.asked += Counter({caller.name: caller.asked for caller in asking})
            lost = [f"{caller.name}: {lost}" for caller in asking for lost in caller.lost]
            self.lost += lost
        assert lost == []
        assert all(caller.asked for caller in asking)

    def end(self) -> None:
        """Its account is over: a hundred endpoints that idle beside the next crowd's cost half of a core."""
        self._aws.process.terminate()
        self._aws.process.wait(timeout=60)

    def operations(self) -> dict[str, Any]:
        """When each stack was last operated on."""
        stacks = self.client("cloudformation").describe_stacks()["Stacks"]
        return {one["StackName"]: (one["StackStatus"], one.get("LastUpdatedTime")) for one in stacks}

    def stuck(self) -> list[str]:
        """Stacks that cannot be deployed again, and endpoints that are not in service."""
        stacks = self.client("cloudformation").describe_stacks()["Stacks"]
        fine = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
        found = [
            f"{one['StackName']} is {one['StackStatus']}"
            for one in stacks
            if one["StackStatus"] not in fine and one["StackName"].startswith("modelyard-")
        ]
        sagemaker = self.client("sagemaker")
        for name in map(self.endpoint_name, self.kinds):
            status = sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"]
            found += [f"{name} is {status}"] if status != "InService" else []
        return found

    def _git(self, *arguments: str) -> str:
        who = ["-c", "user.name=platform", "-c", "user.email=platform@example.com"]
        line = ["git", "-C", str(self.catalog), *who, *arguments]
        return subprocess.run(line, check=True, capture_output=True, text=True).stdout.strip()

    def _key(self) -> str:
        """A key of the company's own, whose policy leaves it to IAM who may use it."""
        administered = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Action": "kms:*"}
        policy = {"Version": "2012-10-17", "Statement": [{**administered, "Resource": "*"}]}
        made = self.client("kms").create_key(Policy=json.dumps(policy))
        return str(made["KeyMetadata"]["Arn"])

    def _create_role(self, name: str) -> None:
        trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        self.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document)


def _staged(written: Written, name: str) -> object:
    """What decides where an entry's weights lie, and under which key."""
    entry, environment = written.entries.get(name, {}), written.environment
    return [entry.get(key) for key in ("kind", "model", "models")] + [environment.get("kms_key_arn")]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What was switched, and what became of the requests meanwhile."""
    reports = [one for state in ("", "passed", "failed", "error") for one in terminalreporter.stats.get(state, [])]
    # What was counted is in the report of the teardown.
    told = [dict(one.user_properties).get("switches", []) for one in reports if one.when == "teardown"]
    lines = sorted((line for lines in told for line in lines), key=lambda line: str(line["row"]))
    if not lines:
        return
    terminalreporter.section("switches")
    heads = ("row", "steps", "requests", "lost", "stuck", "minutes")
    total = {"row": f"{len(lines)} rows"} | {head: sum(one[head] for one in lines) for head in heads[1:]}
    for one in [dict(zip(heads, heads, strict=True)), *lines, total]:
        values = [f"{value:.1f}" if isinstance(value, float) else str(value) for value in map(one.get, heads)]
        terminalreporter.write_line(f"{values[0]:60} " + " ".join(f"{value:>8}" for value in values[1:]))


@pytest.fixture(scope="module")
def connector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A stand-in for what a Flink application packs: it is on Maven Central alone, and a synth reads no more of it."""
    jar = tmp_path_factory.mktemp("connector") / "flink-sql-connector-aws-kinesis-streams-0-1.20.jar"
    jar.write_bytes(b"")
    with pytest.MonkeyPatch.context() as surroundings:
        surroundings.setenv("MODELYARD_FLINK_CONNECTOR", str(jar))
        surroundings.setenv("MODELYARD_FLINK_CONNECTOR_SHA256", hashlib.sha256(b"").hexdigest())
        yield


@pytest.fixture(scope="module")
def new_company(
    tmp_path_factory: pytest.TempPathFactory, start_own: Callable[..., Any], connector: None
) -> Callable[[Written, Mapping[str, str]], Company]:
    """Starts an account and deploys a catalog to it."""

    def made(written: Written, kinds: Mapping[str, str]) -> Company:
        images = ("--images", str(HERE / "images.yaml"))
        aws = start_own("--clock-factor", str(CLOCK_FACTOR), *images)
        company = Company(aws, tmp_path_factory.mktemp("switches"), kinds)
        company.write(written)
        company.bootstrap()
        company.deploys("foundation")
        company.stage()
        company.deploys()
        return company

    return made


@pytest.fixture
def passing_company(
    new_company: Callable[[Written, Mapping[str, str]], Company],
) -> Iterator[Callable[[Written, Mapping[str, str]], Company]]:
    """The same for one test. Whoever counts what it did is asked for after this, so that it counts before the end."""
    made: list[Company] = []

    def new(written: Written, kinds: Mapping[str, str]) -> Company:
        made.append(new_company(written, kinds))
        return made[-1]

    yield new
    for one in made:
        one.end()


@pytest.fixture(scope="module")
def company(new_company: Callable[[Written, Mapping[str, str]], Company], base: Written) -> Company:
    """All four kinds, deployed and staged."""
    return new_company(base, KINDS)


@pytest.fixture
def counted(request: pytest.FixtureRequest) -> Iterator[Callable[..., None]]:
    """Counts what a company does from then on; the table at the end of the run shows it."""
    began = time.monotonic()
    counting: list[Callable[[], list[dict[str, Any]]]] = []

    def count(company: Company, rows: Mapping[str, Row]) -> None:
        deployments, asked, lost = company.deployments, Counter(company.asked), len(company.lost)

        def counts() -> list[dict[str, Any]]:
            minutes, stuck = (time.monotonic() - began) / 60, company.stuck()
            by_row: dict[str, dict[str, Any]] = {}
            for entry, row in rows.items():
                line = by_row.setdefault(row.name, {"row": row.name, "requests": 0, "lost": 0, "stuck": 0})
                line["steps"] = company.deployments - deployments
                line["minutes"] = minutes / len({row.name for row in rows.values()})
                line["requests"] += company.asked[entry] - asked[entry]
                line["lost"] += sum(one.startswith(f"{entry}:") for one in company.lost[lost:])
                line["stuck"] += sum(entry in one for one in stuck)
            return list(by_row.values())

        counting.append(counts)

    yield count
    request.node.user_properties.append(("switches", [line for counts in counting for line in counts()]))


@pytest.fixture(scope="session")
def crowd(rows: Callable[..., Row]) -> Callable[[Sequence[tuple[str, str]]], Crowd]:
    """Lays rows of entries' keys side by side."""

    def made(keys: Sequence[tuple[str, str]]) -> Crowd:
        return Crowd([rows(section, key, words={}) for section, key in keys])

    return made


@pytest.fixture(scope="session")
def base() -> Written:
    """The catalog that every row starts from and ends at."""
    return read(HERE / "base")


@pytest.fixture(scope="session")
def rows(base: Written) -> Callable[..., Row]:
    """Reads a line of the table; `words` stand for what only an account knows, such as the ARNs of keys."""

    def row(section: str, key: str, *, words: Mapping[str, str]) -> Row:
        return Row(section, key, TABLE[section][key], base=base, words=words)

    return row


@pytest.fixture(scope="session")
def write_catalog() -> Callable[[Written, Path], None]:
    return write
