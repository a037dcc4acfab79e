import asyncio
import threading
from collections.abc import Iterator

import pytest

from localaws.threaded_app import Message, Receive, Scope, Send, ThreadedApp


@pytest.fixture
def threads() -> Iterator[list[ThreadedApp]]:
    started: list[ThreadedApp] = []
    yield started
    for app in started:
        app.close()


def test_messages_pass_one_by_one_while_the_application_still_works(threads: list[ThreadedApp]) -> None:
    go_on = threading.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "first"})
        await asyncio.to_thread(go_on.wait)
        await send({"type": "second"})

    threads.append(ThreadedApp(app, name="test"))
    seen: list[str] = []

    async def front() -> None:
        async def send(message: Message) -> None:
            seen.append(message["type"])
            if message["type"] == "first":
                # Only a message that is not held back until the end can let the application end.
                go_on.set()

        await asyncio.wait_for(threads[0]({}, _nothing, send), timeout=10)

    asyncio.run(front())
    assert seen == ["first", "second"]


def test_an_application_that_blocks_its_thread_leaves_the_front_free(threads: list[ThreadedApp]) -> None:
    blocked, release = threading.Event(), threading.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        blocked.set()
        release.wait(timeout=10)

    threads.append(ThreadedApp(app, name="test"))

    async def front() -> None:
        request = asyncio.create_task(_call(threads[0]))
        await asyncio.to_thread(blocked.wait)
        await asyncio.sleep(0)
        assert not request.done()
        release.set()
        await request

    asyncio.run(front())


def test_an_application_s_error_reaches_whoever_called_it(threads: list[ThreadedApp]) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError("broken")

    threads.append(ThreadedApp(app, name="test"))
    with pytest.raises(RuntimeError, match="broken"):
        asyncio.run(_call(threads[0]))


async def _call(app: ThreadedApp) -> None:
    async def send(message: Message) -> None:
        pass

    await app({}, _nothing, send)


async def _nothing() -> Message:
    return {"type": "http.disconnect"}
