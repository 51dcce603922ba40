"""Clients that open a connection and never get on: `python -m clarity_pipeline_tests.panel.slow_clients PORT COUNT SECONDS`.

They come from loopback, half of them from one address and half from sixty, trickle a byte every two seconds, come again when
they are closed, and end after SECONDS. A process of their own, so that they take no turns from the honest ones of a test.
"""

import asyncio
import sys
from itertools import cycle

_WAYS = (
    b"",
    b"GET /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ",
    b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 60000\r\n\r\n",
    b"GET /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
)
_OPENED = 0


async def _slow(port: int, way: bytes, source: str, *, until: float) -> None:
    global _OPENED
    loop = asyncio.get_running_loop()
    while loop.time() < until:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
            _OPENED += 1
            writer.write(way)
            while loop.time() < until and not writer.transport.is_closing():
                await asyncio.sleep(2)
                writer.write(b"x" if way and not way.endswith(b"127.0.0.1\r\n\r\n") else b"")
                await writer.drain()
        except OSError:
            await asyncio.sleep(1)


async def _all(port: int, count: int, seconds: float) -> None:
    until = asyncio.get_running_loop().time() + seconds
    sources = cycle(f"127.0.{number + 1}.1" for number in range(60))
    places = ["127.0.0.1" if number % 2 else next(sources) for number in range(count)]
    tasks = [asyncio.create_task(_slow(port, _WAYS[n // 2 % len(_WAYS)], place, until=until)) for n, place in enumerate(places)]
    await asyncio.wait(tasks, timeout=seconds + 5)
    for task in tasks:
        task.cancel()


if __name__ == "__main__":
    asyncio.run(_all(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
    sys.stdout.write(str(_OPENED))
