import pytest

PLENTY = {"L-9614C779": 100, "L-C1B9A48D": 100, "L-7A3DF611": 100, "L-ED8DEE9B": 100}
SERVERLESS = {"L-99AD19BF": 100, "L-96300102": 1000}


def scaled(house, name, most, **changes):
    target = {"target_concurrency_per_instance": 4}
    return house.entry("real-time", name, scaling={"instances": {"min": 1, "max": most}, **target}, **changes)


def test_without_pulled_quotas_nothing_is_said(house):
    assert scaled(house, "chat", 50).found("MY053") == []


def test_endpoints_of_one_type_count_together(house):
    scaled(house, "chat", 3)
    house.entry("async", "batch", scaling={"instances": {"max": 2}})
    (said,) = house.quotas({**PLENTY, "L-9614C779": 4}).found("MY053")
    assert said == (
        'quota "ml.g5.2xlarge for endpoint usage" (L-9614C779) is 4, but 5 instances are needed by chat, batch: '
        "aws service-quotas request-service-quota-increase --service-code sagemaker --quota-code L-9614C779 "
        "--desired-value 8 --region us-east-1"
    )


@pytest.mark.parametrize("granted", [5, 100])
def test_what_is_granted_exactly_is_enough(house, granted):
    scaled(house, "chat", 5)
    assert house.quotas({**PLENTY, "L-9614C779": granted}).found("MY053") == []


def test_every_type_counts_in_the_total_of_the_account(house):
    scaled(house, "chat", 3)
    scaled(house, "other", 3, serving={"instance": "ml.g5.4xlarge"})
    (said,) = house.quotas({**PLENTY, "L-7A3DF611": 5}).found("MY053")
    assert said.startswith('quota "Number of instances across active endpoints" (L-7A3DF611) is 5, but 6 instances are')


def test_one_endpoint_may_have_only_so_many(house):
    scaled(house, "chat", 5)
    scaled(house, "small", 1)
    (said,) = house.quotas({**PLENTY, "L-ED8DEE9B": 4}).found("MY053")
    assert "(L-ED8DEE9B) is 4, but 5 instances are needed by chat:" in said


def test_an_environment_of_the_same_account_and_region_counts_too(house):
    house.environment("staging", name_prefix="staging")
    house.environment("elsewhere", region="eu-west-1")
    scaled(house, "chat", 2)
    (said,) = house.quotas({**PLENTY, "L-9614C779": 3}).found("MY053")
    assert "is 3, but 4 instances are needed by chat, staging-chat:" in said


def test_serverless_concurrency_and_endpoints_count(house):
    for name in ("one", "two"):
        house.entry("serverless", name, serving={"max_concurrency": 8})
    endpoints, concurrency = house.quotas({"L-99AD19BF": 1, "L-96300102": 10}).found("MY053")
    assert "(L-99AD19BF) is 1, but 2 endpoints are needed by one, two:" in endpoints
    assert "(L-96300102) is 10, but 16 invocations are needed by one, two:" in concurrency


def test_what_aws_grants_to_nobody_is_not_asked_for(house):
    scaled(house, "chat", 5)
    house.quotas({**PLENTY, "L-ED8DEE9B": 4}, adjustable=False)
    (said,) = house.found("MY053")
    assert said.endswith("AWS grants no more of it to anybody, so lower the maxima")


def test_a_fallback_that_may_never_be_needed_is_no_error(house):
    scaled(house, "chat", 2, serving={"instance": ["ml.g5.2xlarge", "ml.g5.4xlarge"]})
    assert house.quotas({**PLENTY, "L-C1B9A48D": 0}).found("MY053") == []


def test_what_new_accounts_start_with_is_no_longer_guessed(house):
    house.entry("serverless", "one", serving={"max_concurrency": 50})
    assert house.found("MY024") != []
    assert house.quotas(SERVERLESS).found("MY024") == []
