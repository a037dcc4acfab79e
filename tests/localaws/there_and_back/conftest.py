"""A company with one real-time and one asynchronous endpoint, whose operator types what the documentation says."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
FOUR_KINDS = ROOT / "tests" / "catalogs" / "four-kinds"
ACCOUNT = "000000000000"
MODELYARD = str(Path(sys.executable).with_name("modelyard"))
_SERVING = {"engine": "custom", "image": "tiny:1", "instance": "ml.m5.large"}
ENTRIES = {
    "talk": {
        "kind": "real-time",
        "scaling": {"instances": {"min": 1, "max": 1}},
        "capture": {"sample_percent": 100, "keep_days": 7},
        "rollout": {"strategy": "all-at-once", "turn_back_on_errors": False},
    },
    "papers": {
        "kind": "async",
        "scaling": {"instances": {"min": 1, "max": 1}},
        "queue": {"max_concurrent_per_instance": 4, "notify": True},
        "rollout": {"strategy": "all-at-once", "turn_back_on_errors": False},
    },
}
# The endpoint of docs/examples/extending.
ENTRIES["support-chat"] = ENTRIES["talk"]


class SmallCompany:
    """A catalog, the account it is deployed to, and the operator who types the commands."""

    def __init__(self, aws: Any, folder: Path, *entries: str) -> None:
        self.aws = aws
        self.entries = entries
        self._folder = folder
        self.catalog = folder / "catalog"
        for part in ("models/tiny-open.yaml", "organisation.yaml"):
            (self.catalog / part).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(FOUR_KINDS / part, self.catalog / part)
        model = yaml.safe_load((self.catalog / "models/tiny-open.yaml").read_text())
        model["weights"] = {"folder": "weights"}
        (self.catalog / "models/tiny-open.yaml").write_text(yaml.safe_dump(model))
        (self.catalog / "weights").mkdir()
        (self.catalog / "weights" / "model.bin").write_bytes(b"weights")
        for part in ("endpoints", "environments"):
            (self.catalog / part).mkdir(exist_ok=True)
        for name in entries:
            whole = {**ENTRIES[name], "team": "beta", "model": "tiny-open", "serving": _SERVING}
            (self.catalog / "endpoints" / f"{name}.yaml").write_text(yaml.safe_dump(whole))
        self.write_environment()

    def write_environment(self, **keys: Any) -> None:
        """Say this in the environment's file, and nothing else."""
        said = {"account": ACCOUNT, "region": "us-east-1", **keys}
        (self.catalog / "environments" / "local.yaml").write_text(yaml.safe_dump(said))

    def modelyard(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command as the operator does."""
        return subprocess.run(
            [MODELYARD, *arguments],
            env=self.aws.environment(self._folder / "home"),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=280,
        )

    def cdk(self, verb: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the CDK through it."""
        context = ("-c", "environment=local", "-c", f"catalog={self.catalog}", "--output", self.out)
        answers = ("--require-approval", "never") if verb == "deploy" else ("--force",) if verb == "destroy" else ()
        return self.modelyard("cdk", verb, *context, *answers, *arguments)

    @property
    def out(self) -> str:
        """Where the CDK writes templates."""
        return str(self._folder / "out")

    def cdk_of(self, assembly: Path, verb: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the CDK on templates that are written already."""
        return self.modelyard("cdk", verb, "--app", str(assembly), "--require-approval", "never", *arguments)

    def deploy(self, *stacks: str) -> None:
        """Deploy what must succeed."""
        done = self.cdk("deploy", *(stacks or ("--all", "--change-foundation")))
        assert done.returncode == 0, done.stdout + done.stderr

    def deploy_plainly(self, *stacks: str) -> None:
        """The same by the CDK CLI itself, of all stacks unless told."""
        words = ("deploy", *(stacks or ("--all",)), "--require-approval", "never")
        self.aws.cdk_succeeds(*words, folder=self._folder, catalog=self.catalog)

    def stage(self) -> None:
        """Bring the weights to the bucket."""
        done = self.modelyard("stage", *self.entries, "--catalog", str(self.catalog), "--environment", "local")
        assert done.returncode == 0, done.stderr

    def published(self, what: str) -> str:
        """A value of the foundation."""
        found = self.aws.client("ssm").get_parameter(Name=f"/modelyard/local/{what}")
        return str(found["Parameter"]["Value"])

    def new_key(self) -> str:
        """A key of the company's own, with the policy that KMS gives where nobody says another."""
        return str(self.aws.client("kms").create_key()["KeyMetadata"]["Arn"])

    def outputs(self, stack: str) -> dict[str, str]:
        """What a stack tells."""
        found = self.aws.client("cloudformation").describe_stacks(StackName=f"modelyard-local-{stack}")["Stacks"][0]
        return {one["OutputKey"]: one["OutputValue"] for one in found["Outputs"]}

    def bootstrap(self) -> None:
        """Once for the account."""
        done = self.cdk("bootstrap", f"aws://{ACCOUNT}/us-east-1")
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def new_company(tmp_path_factory: pytest.TempPathFactory, start_own: Callable[..., Any]) -> Callable[..., SmallCompany]:
    """A company with some of the two endpoints and an account that is bootstrapped, and nothing deployed."""

    def made(*entries: str) -> SmallCompany:
        # A minute of an alarm or of a cooldown takes a second.
        company = SmallCompany(start_own("--clock-factor", "60"), tmp_path_factory.mktemp("company"), *entries)
        company.bootstrap()
        return company

    return made
