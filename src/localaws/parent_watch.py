"""Knows when the process that started this one has ended."""

import asyncio
import os

# Only where the kernel cannot tell us: asking costs a few microseconds.
_LOOK_EVERY_SECONDS = 1.0


async def parent_gone() -> None:
    """Return when the parent has ended: at once where the kernel tells (Linux), within a second elsewhere."""
    parent = os.getppid()
    try:
        descriptor = os.pidfd_open(parent)
    except (AttributeError, OSError):
        while os.getppid() == parent:
            await asyncio.sleep(_LOOK_EVERY_SECONDS)
        return
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(descriptor, ended.set)  # a descriptor of a process is readable when the process has ended
    try:
        # It may have ended, and its id been given away, between the two calls above.
        if os.getppid() == parent:
            await ended.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
