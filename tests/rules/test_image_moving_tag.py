from __future__ import annotations

import pytest


def said(house, image):
    return house.entry("serverless", serving={"image": image}).found("MY052")


@pytest.mark.parametrize("tag", ["latest", "nightly", "main"])
def test_a_tag_that_moves_is_told(house, tag):
    [one] = said(house, f"own/engine:{tag}")
    assert one.startswith(f"the tag {tag} of own/engine moves with each build")


def test_a_version_passes(house):
    assert said(house, "own/engine:1.2-cpu") == []


def test_a_digest_says_which_image_whatever_the_tag(house):
    assert said(house, f"own/engine:latest@sha256:{'0' * 64}") == []


def test_another_tag_of_the_engines_own_repository_is_looked_at(house):
    assert len(house.entry("real-time", serving={"image_tag": "latest"}).found("MY052")) == 1
