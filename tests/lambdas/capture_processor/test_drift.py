"""Divergences by their definitions, and the heuristics whose shares are watched."""

from __future__ import annotations

import math
import random
from collections import Counter

import pytest

from lambdas.capture_processor.distribution import divergence, length_bin
from lambdas.capture_processor.language import language_of
from lambdas.capture_processor.refusal import refuses


def test_divergences_are_those_of_the_formulas():
    # Half a count on each of two bins: 30.5/41 and 10.5/41 now, 10.5/21 and 10.5/21 then.
    found = divergence({"a": 30, "b": 10}, {"a": 10, "b": 10})
    p, q = (30.5 / 41, 10.5 / 41), (0.5, 0.5)
    forth = sum(one * math.log(one / other) for one, other in zip(p, q, strict=True))
    back = sum(other * math.log(other / one) for one, other in zip(p, q, strict=True))
    assert found.kl == pytest.approx(forth)
    assert found.psi == pytest.approx(forth + back)


def test_equal_distributions_do_not_diverge_and_empty_ones_say_nothing():
    found = divergence({"a": 5, "b": 7}, {"a": 5, "b": 7})
    assert (found.psi, found.kl) == (0, 0)
    assert divergence({}, {"a": 1}) is None
    assert divergence({"a": 1}, {}) is None


def test_a_bin_that_only_one_side_has_diverges_without_bound_but_finitely():
    less, more = divergence({"a": 10}, {"b": 10}), divergence({"a": 1000}, {"b": 1000})
    assert 1 < less.psi < more.psi < math.inf


def test_without_drift_windows_of_500_stay_below_a_tenth_of_the_customary_threshold_mostly():
    source = random.Random(11)

    def sample(size: int) -> Counter[str]:
        return Counter(length_bin(int(source.lognormvariate(6, 1.2))) for _ in range(size))

    then = sample(1000)
    found = sorted(divergence(sample(500), then).psi for _ in range(200))
    # 0.1 is where PSI is customarily looked at; (bins - 1) (1/500 + 1/1000) is what chance alone makes of it.
    assert found[100] < 12 * (1 / 500 + 1 / 1000)
    assert found[190] < 0.1


@pytest.mark.parametrize(
    ("characters", "start"), [(0, "0"), (1, "1"), (63, "1"), (64, "64"), (65535, "32768"), (10**7, "65536")]
)
def test_a_length_lies_in_the_bin_that_starts_at_or_below_it(characters, start):
    assert length_bin(characters) == start


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("What is the capital of France and how do I get there?", "en"),
        ("Wie komme ich von hier zum Bahnhof und was kostet das?", "de"),
        ("Quelle est la capitale de la France et comment y aller avec le train?", "fr"),
        ("¿Cuál es la capital de España y cómo llego con el tren?", "es"),
        ("Qual é a capital do Brasil e como você não sabe?", "pt"),
        ("Perché il treno è in ritardo e che cosa si può fare?", "it"),
        ("Wat is de hoofdstad van Nederland en hoe kom ik daar met het openbaar vervoer?", "nl"),
        ("日本の首都はどこですか", "ja"),
        ("中国的首都在哪里", "zh"),
        ("Какая столица России?", "ru"),
        ("ما هي عاصمة مصر", "ar"),
        ("대한민국의 수도는 어디입니까", "ko"),
        ("भारत की राजधानी क्या है", "hi"),
        ("12345 + 67890", "und"),
        ("", "und"),
        ("Lorem", "und"),
    ],
)
def test_the_language_of_a_sentence_is_guessed(text, language):
    assert language_of(text) == language


@pytest.mark.parametrize(
    "answer", ["I’m sorry, but I can’t do that.", "\nAs an AI, I cannot help with it.", "抱歉，我无法回答"]
)
def test_refusals_open_an_answer(answer):
    assert refuses(answer)


@pytest.mark.parametrize("answer", ["Sure, here it is.", "", "x" * 300 + " I cannot help with that"])
def test_other_answers_are_none(answer):
    assert not refuses(answer)
