from __future__ import annotations

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
