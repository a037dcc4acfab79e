import pytest
from botocore.exceptions import ClientError
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from localaws.errors import AwsError
from localaws.sagemaker.quotas import Quotas
from localaws.service_quotas.service import ServiceQuotas

PLACE = {"region": "eu-west-1", "account": "111111111111"}
SAGEMAKER = {"ServiceCode": "sagemaker"}


def listed(quotas, operation="ListServiceQuotas", **request):
    return ServiceQuotas(quotas=quotas).call(operation, {**SAGEMAKER, **request}, **PLACE)


def refused(request, operation="ListServiceQuotas"):
    with pytest.raises(AwsError) as raised:
        ServiceQuotas(quotas=Quotas()).call(operation, request, **PLACE)
    return raised.value.code


@pytest.mark.parametrize("operation", ["ListServiceQuotas", "ListAWSDefaultServiceQuotas"])
def test_every_quota_has_the_form_that_botocore_knows(operation):
    shape = ServiceModel(Loader().load_service_model("service-quotas", "service-2")).operation_model(operation)
    page = listed(Quotas(), operation)
    assert ParamValidator().validate(page, shape.output_shape).generate_report() == ""
    assert page["Quotas"][0].keys() <= shape.output_shape.members["Quotas"].member.members.keys()


def test_what_sagemaker_enforces_is_listed_under_aws_s_name_and_code():
    (quota,) = listed(Quotas(instances_by_type={"ml.g5.2xlarge": 3}), QuotaCode="L-9614C779")["Quotas"]
    assert (quota["QuotaName"], quota["Value"]) == ("ml.g5.2xlarge for endpoint usage", 3.0)
    assert quota["QuotaArn"] == "arn:aws:servicequotas:eu-west-1:111111111111:sagemaker/L-9614C779"


def test_pages_follow_each_other_until_all_is_told():
    codes, token = [], None
    while True:
        page = listed(Quotas(), MaxResults=7, **({"NextToken": token} if token else {}))
        assert len(page["Quotas"]) <= 7
        codes += [quota["QuotaCode"] for quota in page["Quotas"]]
        token = page.get("NextToken")
        if token is None:
            break
    assert codes == sorted(set(codes))
    assert {"L-7A3DF611", "L-ED8DEE9B", "L-99AD19BF", "L-96300102"} <= set(codes)


def test_what_aws_refuses_is_refused():
    assert refused({"ServiceCode": "lambda"}) == "NoSuchResourceException"
    assert refused({}) == "ValidationException"
    assert refused({**SAGEMAKER, "NextToken": "bm8="}) == "InvalidPaginationTokenException"
    assert refused({**SAGEMAKER, "MaxResults": 101}) == "ValidationException"
    assert refused(SAGEMAKER, "RequestServiceQuotaIncrease") == "UnknownOperationException"


def test_boto3_reads_every_page_over_http(embedded_aws):
    pages = embedded_aws.client("service-quotas").get_paginator("list_service_quotas").paginate(ServiceCode="sagemaker")
    quotas = {quota["QuotaName"]: quota["Value"] for page in pages for quota in page["Quotas"]}
    assert quotas["ml.g6e.2xlarge for endpoint usage"] == 1000.0
    assert len(quotas) > 100


def test_who_may_not_list_is_denied_as_aws_words_it(embedded_aws):
    iam, name = embedded_aws.client("iam"), "lists-no-quotas"
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    with pytest.raises(ClientError, match="not authorized to perform: servicequotas:ListServiceQuotas") as denied:
        embedded_aws.client("service-quotas", credentials=key).list_service_quotas(ServiceCode="sagemaker")
    assert denied.value.response["Error"]["Code"] == "AccessDeniedException"
