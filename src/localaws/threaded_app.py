"""Run an ASGI application on an event loop of its own, in its own thread.

MiniStack does work on its event loop, and our SageMaker answers by calling MiniStack over HTTP. On one shared loop a
handler that waits for its own answer would wait for ever.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]


class ThreadedApp:
    """An ASGI application whose requests run on another thread's event loop; messages pass one by one, unbuffered."""

    def __init__(self, app: AsgiApp, *, name: str) -> None:
        self._app = app
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        front = asyncio.get_running_loop()

        async def receive_at_front() -> Message:
            return await receive()

        async def send_at_front(message: Message) -> None:
            await send(message)

        async def receive_here() -> Message:
            return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(receive_at_front(), front))

        async def send_here(message: Message) -> None:
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(send_at_front(message), front))

        async def work() -> None:
            await self._app(scope, receive_here, send_here)

        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work(), self._loop))

    def close(self) -> None:
        """Stop the loop; requests still running on it are dropped."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        if not self._loop.is_running():
            self._loop.close()
