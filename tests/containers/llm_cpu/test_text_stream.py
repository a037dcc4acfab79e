from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from containers.llm_cpu.text_stream import TextStream

_BYTES = st.lists(st.text(max_size=12), max_size=12).map("".join).map(str.encode)


def stream(content: bytes, cuts: list[int], stop: tuple[str, ...] = ()) -> tuple[str, bool]:
    """Feeds UTF-8 bytes cut anywhere, as a byte-level tokenizer does; a token is a number that stands for its bytes."""
    edges = [0, *sorted(min(cut, len(content)) for cut in cuts), len(content)]
    tokens = [content[start:end] for start, end in zip(edges, edges[1:], strict=False)]
    text, given_out = TextStream(stop), []
    for position, _ in enumerate(tokens):
        text.window.append(position)
        decoded = b"".join(tokens[index] for index in text.window).decode(errors="replace")
        given_out.append(text.take(decoded, last=position == len(tokens) - 1))
        if text.stopped:
            break
        if text.window_full and not decoded.endswith("\N{REPLACEMENT CHARACTER}"):
            kept = text.shorten_window()
            text.window_shortened(b"".join(tokens[index] for index in kept).decode(errors="replace"))
    return "".join(given_out), text.stopped


@given(content=_BYTES, cuts=st.lists(st.integers(0, 200), max_size=80))
def test_the_pieces_add_up_to_the_text_wherever_tokens_cut_characters(content: bytes, cuts: list[int]) -> None:
    assert stream(content, cuts) == (content.decode(), False)


@given(
    before=st.text(alphabet="ab", max_size=40),
    after=st.text(alphabet="ab", max_size=10),
    cuts=st.lists(st.integers(0, 60), max_size=40),
)
def test_text_ends_before_a_stop_string_however_it_is_cut(before: str, after: str, cuts: list[int]) -> None:
    content = f"{before}#END#{after}"
    assert stream(content.encode(), cuts, ("#END#",)) == (before, True)


@given(content=st.text(alphabet="ab#E", max_size=40), cuts=st.lists(st.integers(0, 60), max_size=40))
def test_what_only_looked_like_a_stop_string_is_given_out_in_the_end(content: str, cuts: list[int]) -> None:
    assert stream(content.encode(), cuts, ("#END#",)) == (content, False)


def test_the_first_of_several_stop_strings_counts() -> None:
    assert stream(b"one two three", [3, 7], ("three", "two")) == ("one ", True)


def test_a_character_is_given_out_when_its_last_byte_has_come() -> None:
    text = TextStream(())
    content = "é".encode()
    assert text.take(content[:1].decode(errors="replace"), last=False) == ""
    assert text.take(content.decode(), last=False) == "é"
