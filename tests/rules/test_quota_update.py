PLENTY = {"L-9614C779": 100, "L-C1B9A48D": 100, "L-7A3DF611": 100, "L-ED8DEE9B": 100}


def scaled(house, name, most, **changes):
    target = {"target_concurrency_per_instance": 4}
    return house.entry("real-time", name, scaling={"instances": {"min": 1, "max": most}, **target}, **changes)


def granted(house, number):
    return house.quotas({**PLENTY, "L-9614C779": number}).found("MY054")


def test_without_pulled_quotas_nothing_is_said(house):
    assert scaled(house, "chat", 50).found("MY054") == []


def test_no_room_for_the_second_fleet_of_the_largest_warns(house):
    scaled(house, "chat", 3)
    scaled(house, "small", 1)
    (said,) = granted(house, 6)
    assert said == (
        'quota "ml.g5.2xlarge for endpoint usage" (L-9614C779) is 6, but 7 instances are needed while the largest of '
        "chat, small is updated: aws service-quotas request-service-quota-increase --service-code sagemaker "
        "--quota-code L-9614C779 --desired-value 7 --region us-east-1"
    )


def test_room_for_one_at_a_time_warns_of_all_at_once(house):
    scaled(house, "chat", 3)
    scaled(house, "small", 1)
    (said,) = granted(house, 7)
    assert "is 7, but 8 instances are needed while chat, small are updated at once: " in said
    assert "--desired-value 8 " in said


def test_room_for_all_says_nothing(house):
    scaled(house, "chat", 3)
    scaled(house, "small", 1)
    assert granted(house, 8) == []


def test_a_fallback_without_quota_warns(house):
    scaled(house, "chat", 2, serving={"instance": ["ml.g5.2xlarge", "ml.g5.4xlarge"]})
    (said,) = house.quotas({**PLENTY, "L-C1B9A48D": 0}).found("MY054")
    assert "ml.g5.4xlarge" in said
    assert "is 0, but 2 instances are needed by chat once instance lists fall back on it:" in said


def test_what_does_not_even_fit_is_told_once(house):
    scaled(house, "chat", 3)
    assert granted(house, 2) == []
    assert len(house.found("MY053")) == 1


def test_serverless_concurrency_stands_beside_itself_too(house):
    house.entry("serverless", "one", serving={"max_concurrency": 8})
    (said,) = house.quotas({"L-99AD19BF": 1, "L-96300102": 10}).found("MY054")
    assert "(L-96300102) is 10, but 16 invocations are needed while one is updated:" in said


def test_a_quota_that_the_pulled_list_lacks_is_asked_for(house):
    scaled(house, "chat", 1)
    (said,) = house.quotas({key: 100 for key in PLENTY if key != "L-9614C779"}).found("MY054")
    assert said == (
        "the quotas pulled on 2026-11-21 do not say how much there is of ml.g5.2xlarge for endpoint usage: "
        "pull them again with `modelyard quotas pull`"
    )
