"""`modelyard quotas pull`: embedded AWS's quotas become a file of the catalog that `check` reads."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from modelyard.capacity.quota_need import FOR_ENDPOINT_USAGE
from modelyard.catalog.account_quotas import AccountQuotas
from modelyard.refreshing.quota_pull import pulled_quotas
from modelyard.shell.failure import Failure

FILE = "quotas/000000000000-us-east-1.json"


@pytest.fixture
def service_quotas() -> Any:
    """A client that answers what a test tells it, held against botocore's model of the service."""
    client = boto3.client("service-quotas", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    with Stubber(client) as stub:
        client.stub = stub
        yield client
        stub.assert_no_pending_responses()


def quota(code: str, name: str, value: float, **more: Any) -> dict[str, Any]:
    return {
        "ServiceCode": "sagemaker",
        "QuotaCode": code,
        "QuotaName": name,
        "Value": value,
        "Adjustable": True,
        **more,
    }


def answer(client: Any, operation: str, *pages: list[dict[str, Any]]) -> None:
    for number, page in enumerate(pages):
        more = {"NextToken": f"{number + 1}"} if number + 1 < len(pages) else {}
        expected = {"ServiceCode": "sagemaker", **({"NextToken": f"{number}"} if number else {})}
        headers = {"date": "Fri, 20 Nov 2026 23:59:59 GMT"}
        response = {"Quotas": page, "ResponseMetadata": {"HTTPHeaders": headers}, **more}
        client.stub.add_response(operation, response, expected)


def pulled(client: Any) -> AccountQuotas:
    return pulled_quotas(client, account="111122223333", region="us-east-1")


def test_what_was_granted_and_what_accounts_start_with_stand_side_by_side(service_quotas: Any) -> None:
    g5, g6 = f"ml.g5.2xlarge{FOR_ENDPOINT_USAGE}", f"ml.g6.2xlarge{FOR_ENDPOINT_USAGE}"
    answer(service_quotas, "list_service_quotas", [quota("L-9614C779", g5, 4.0)])
    answer(
        service_quotas,
        "list_aws_default_service_quotas",
        [quota("L-9614C779", g5, 0.0)],
        [quota("L-98BDE811", g6, 0.0), quota("L-7A3DF611", "Number of instances across active endpoints", 4.0)],
    )
    found = pulled(service_quotas)
    by_code = {one.code: (one.applied, one.default, one.have) for one in found.quotas}
    assert by_code == {"L-9614C779": (4, 0, 4), "L-98BDE811": (None, 0, 0), "L-7A3DF611": (None, 4, 4)}
    assert found.pulled_on.isoformat() == "2026-11-20"


def test_what_concerns_no_endpoint_is_left_out(service_quotas: Any) -> None:
    training = quota("L-3F53BF0F", "ml.g5.2xlarge for training job usage", 9.0)
    answer(service_quotas, "list_service_quotas", [training, quota("L-96300102", "Total concurrency", 10.0)])
    answer(service_quotas, "list_aws_default_service_quotas", [training])
    assert [one.code for one in pulled(service_quotas).quotas] == ["L-96300102"]


def test_a_region_without_such_quotas_is_told_and_nothing_is_written(service_quotas: Any) -> None:
    answer(service_quotas, "list_service_quotas", [])
    answer(service_quotas, "list_aws_default_service_quotas", [])
    with pytest.raises(Failure, match="lists nothing about SageMaker endpoints in us-east-1, so nothing was written"):
        pulled(service_quotas)


def test_embedded_aws_s_quotas_become_a_file_of_the_catalog(modelyard: Any, aws: Any, catalog: Any) -> None:
    said = modelyard("quotas", "pull", "--environment", catalog.environment)
    assert (said.code, said.err) == (0, "")
    assert f"wrote {catalog.folder / FILE}: " in said.out
    assert "ml.g5.2xlarge for endpoint usage" in said.out and "batch, chat" in said.out
    written = json.loads((catalog.folder / FILE).read_text())
    names = [row["name"] for row in written["quotas"]]
    assert names == sorted(names) and "ml.g5.2xlarge for endpoint usage" in names
    assert (written["account"], written["region"]) == ("000000000000", "us-east-1")


def test_pulling_again_changes_nothing_and_says_nothing_of_changes(modelyard: Any, aws: Any, catalog: Any) -> None:
    modelyard("quotas", "pull", "--environment", catalog.environment)
    first = (catalog.folder / FILE).read_bytes()
    said = modelyard("quotas", "pull", "--environment", catalog.environment)
    assert (catalog.folder / FILE).read_bytes() == first
    assert "changed: " not in said.out


def test_a_check_then_refuses_what_does_not_fit(modelyard: Any, aws: Any, catalog: Any) -> None:
    modelyard("quotas", "pull", "--environment", catalog.environment)
    path = catalog.folder / FILE
    path.write_text(path.read_text().replace('usage", "applied": 1000', 'usage", "applied": 2'))
    said = modelyard("check", "--environment", catalog.environment)
    assert said.code == 1
    assert 'quota "ml.g5.2xlarge for endpoint usage" (L-9614C779) is 2, but 3 instances are needed by' in said.out
    again = modelyard("quotas", "pull", "--environment", catalog.environment)
    assert "changed: ml.g5.2xlarge for endpoint usage (L-9614C779) 2 -> 1000" in again.out
    assert modelyard("check", "--environment", catalog.environment).code == 0


@pytest.mark.parametrize("broken", ["", "{", "[]", '{"account": 1}', "NaN", "\0", "[" * 100_000])
def test_a_broken_file_is_told_by_its_place_and_mended_by_pulling(
    modelyard: Any, aws: Any, catalog: Any, broken: str
) -> None:
    catalog.write(FILE, {})
    (catalog.folder / FILE).write_text(broken)
    said = modelyard("check", "--environment", catalog.environment)
    assert said.code == 1
    assert f"{FILE}:1:1 MY006 these are no quotas (" in said.out
    assert "write it anew with `modelyard quotas pull`" in said.out
    assert modelyard("quotas", "pull", "--environment", catalog.environment).code == 0
    assert modelyard("check", "--environment", catalog.environment).code == 0


def test_credentials_of_another_account_write_nothing(modelyard: Any, aws: Any, catalog: Any) -> None:
    catalog.write(f"environments/{catalog.environment}.yaml", {"account": "111122223333", "region": "us-east-1"})
    said = modelyard("quotas", "pull", "--environment", catalog.environment)
    assert said.code == 1
    assert "the credentials belong to account 000000000000" in said.err
    assert not (catalog.folder / "quotas").exists()


def test_who_may_not_list_quotas_is_told_which_permission_is_missing(
    modelyard: Any, aws: Any, catalog: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    iam = aws("iam")
    iam.create_user(UserName="reads-no-quotas")
    key = iam.create_access_key(UserName="reads-no-quotas")["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    said = modelyard("quotas", "pull", "--environment", catalog.environment)
    assert said.code == 1
    assert said.err.startswith("modelyard: AWS denied ListServiceQuotas: ")
    assert "servicequotas:ListServiceQuotas" in said.err
