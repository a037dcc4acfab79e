from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from containers.llm_cpu.stop_strings import StopStrings


def given_out(content: str, cuts: list[int], *strings: str) -> tuple[str, bool]:
    edges = [0, *sorted(min(place, len(content)) for place in cuts), len(content)]
    stops, text = StopStrings(strings), ""
    for start, end in zip(edges, edges[1:], strict=False):
        text += stops.until(content[start:end], last=end == len(content))
        if stops.found:
            break
    return text, stops.found


@given(
    before=st.text("ab", max_size=40), after=st.text("ab", max_size=10), cuts=st.lists(st.integers(0, 60), max_size=40)
)
def test_text_ends_before_a_stop_string_however_it_is_cut(before: str, after: str, cuts: list[int]) -> None:
    assert given_out(f"{before}#END#{after}", cuts, "#END#") == (before, True)


@given(content=st.text("ab#E", max_size=40), cuts=st.lists(st.integers(0, 60), max_size=40))
def test_what_only_looked_like_a_stop_string_is_given_out_in_the_end(content: str, cuts: list[int]) -> None:
    assert given_out(content, cuts, "#END#") == (content, False)


def test_the_first_of_several_stop_strings_counts() -> None:
    assert given_out("one two three", [3, 7], "three", "two") == ("one ", True)


def test_nothing_is_held_back_without_stop_strings() -> None:
    assert StopStrings(()).until("text", last=False) == "text"


@given(
    content=st.text("ab", max_size=60),
    cuts=st.lists(st.integers(0, 60), max_size=20),
    strings=st.lists(st.text("ab", min_size=1, max_size=6), min_size=1, max_size=4),
)
def test_no_stop_string_is_missed_or_given_out_however_they_overlap(
    content: str, cuts: list[int], strings: list[str]
) -> None:
    text, found = given_out(content, cuts, *strings)
    assert found == any(string in content for string in strings)
    assert content.startswith(text) and not any(string in text for string in strings)
    assert found or text == content


def test_text_that_is_all_but_a_long_stop_string_costs_no_more_steps_than_it_has_characters() -> None:
    class Counted(list[int]):
        steps = 0

        def __getitem__(self, place: Any) -> Any:
            self.steps += 1
            return super().__getitem__(place)

    stops = StopStrings(("a" * 4_000 + "b",))
    [search] = stops._searches
    search._shorter = counted = Counted(search._shorter)
    for _ in range(2_000):
        stops.until("aaaaa", last=False)
    stops.until("c", last=True)
    assert counted.steps <= 10_001 and not stops.found
