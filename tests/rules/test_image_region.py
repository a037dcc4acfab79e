from __future__ import annotations

ECR = "dkr.ecr.{}.amazonaws.com/own/engine:1-cu130"


def image(house, name, **environment):
    house.environment("here", **environment)
    return house.entry("real-time", serving={"engine": "custom", "image": name}).found("MY048")


def test_an_image_of_another_region_is_refused(house):
    assert image(house, f"111122223333.{ECR.format('eu-west-1')}") == [
        "the image lies in eu-west-1, but the endpoint runs in us-east-1 and SageMaker pulls from there only: "
        "replicate it and write image: own/engine:1-cu130"
    ]


def test_an_image_of_another_owner_may_have_a_registry_in_the_region(house):
    [said] = image(house, f"763104351884.{ECR.format('eu-west-1')}")
    assert said.endswith(
        "name the registry of 763104351884 in us-east-1 if the image is there too, or replicate it and write image: "
        "own/engine:1-cu130"
    )


def test_an_image_of_the_region_passes_whoever_owns_it(house):
    assert image(house, f"999988887777.{ECR.format('us-east-1')}") == []


def test_a_short_name_means_the_environments_own_region(house):
    assert image(house, "own/engine:1-cu130", region="eu-west-1") == []
