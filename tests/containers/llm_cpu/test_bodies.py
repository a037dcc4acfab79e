from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from starlette.requests import Request

from containers.llm_cpu.bodies import Bodies
from containers.llm_cpu.errors import CallerGone, QueueFull, RequestRefused


def request(parts: Sequence[bytes | None], **headers: str) -> Request:
    """A request whose body comes in these parts; None is a caller who hangs up."""
    coming = iter(parts)

    async def receive() -> dict[str, Any]:
        part = next(coming)
        await asyncio.sleep(0)
        if part is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": part, "more_body": part != b""}

    named = [(name.encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "headers": named}, receive)


async def read(bodies: Bodies, parts: Sequence[bytes | None], largest_bytes: int = 10, **headers: str) -> bytes:
    async with bodies.of(request(parts, **headers), largest_bytes=largest_bytes) as body:
        return body


def test_a_body_is_refused_at_the_part_that_makes_it_too_large() -> None:
    bodies = Bodies()
    assert asyncio.run(read(bodies, [b"12345", b"67890", b""])) == b"1234567890"
    with pytest.raises(RequestRefused, match="larger than 10 bytes") as refused:
        asyncio.run(read(bodies, [b"12345", b"678901"]))
    assert (refused.value.status, bodies.held_bytes) == (413, 0)


def test_a_body_that_is_announced_too_large_is_not_read_at_all() -> None:
    with pytest.raises(RequestRefused, match="larger than 10 bytes"):
        asyncio.run(read(Bodies(), [], **{"content-length": "11"}))


def test_a_caller_who_hangs_up_in_the_middle_of_a_body_is_gone_and_holds_nothing() -> None:
    bodies = Bodies(most_coming=1)
    for _ in range(3):
        with pytest.raises(CallerGone):
            asyncio.run(read(bodies, [b"1", None]))
    assert bodies.held_bytes == 0


def test_bodies_together_are_bounded_until_they_are_answered() -> None:
    bodies = Bodies(most_bytes=15)

    async def scene() -> None:
        async with bodies.of(request([b"1234567890", b""]), largest_bytes=10):
            with pytest.raises(QueueFull, match="hold 15 bytes"):
                await read(bodies, [b"123456", b""])
            assert await read(bodies, [b"12345", b""]) == b"12345"
        assert await read(bodies, [b"1234567890", b""]) == b"1234567890"

    asyncio.run(scene())
    assert bodies.held_bytes == 0


def test_bodies_that_are_still_coming_are_bounded_in_number() -> None:
    bodies = Bodies(most_coming=2)

    async def scene() -> list[object]:
        return list(await asyncio.gather(*(read(bodies, [b"1", b"2", b""]) for _ in range(3)), return_exceptions=True))

    *answered, refused = asyncio.run(scene())
    assert answered == [b"12", b"12"]
    assert isinstance(refused, QueueFull)
