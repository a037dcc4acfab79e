from __future__ import annotations

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from containers.llm_cpu.channel import Channel, Closed, FrameReader, encode

_FRAMES = st.lists(st.dictionaries(st.text(), st.text() | st.integers() | st.lists(st.text())), max_size=6)


@given(frames=_FRAMES, cuts=st.lists(st.integers(0, 400), max_size=20))
def test_frames_arrive_whole_however_the_bytes_are_cut(frames: list[dict[str, object]], cuts: list[int]) -> None:
    content = b"".join(encode(frame) for frame in frames)
    edges = [0, *sorted(min(cut, len(content)) for cut in cuts), len(content)]
    reader = FrameReader()
    received = [
        frame
        for start, end in zip(edges, edges[1:], strict=False)
        if start < end
        for frame in reader.feed(content[start:end])
    ]
    assert received == frames


def test_receiving_without_waiting_returns_what_is_there() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        channel = Channel(ours)
        assert channel.receive(wait=False) == []
        theirs.sendall(encode({"a": 1}) + encode({"b": 2}))
        assert channel.receive(wait=True) == [{"a": 1}, {"b": 2}]


def test_a_side_that_has_gone_is_noticed_when_receiving_and_when_sending() -> None:
    ours, theirs = socket.socketpair()
    with ours:
        theirs.close()
        channel = Channel(ours)
        with pytest.raises(Closed):
            channel.receive(wait=True)
        with pytest.raises(Closed):
            channel.send({"a": "x"})
