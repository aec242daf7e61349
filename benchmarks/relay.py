"""A TCP relay that makes a server as far away as is asked, where the kernel has no netem.

`python -m benchmarks.relay ADDRESS PORT MILLISECONDS` prints the port that it listens on, on the loopback address.
"""

import asyncio
import sys
from contextlib import suppress

HOST = "127.0.0.1"
CHUNK = 64 * 1024
UnderWay = asyncio.Queue[tuple[float, bytes]]  # when it arrives, and what; nothing is the end


async def relayed(address: str, port: int, round_trip: float) -> asyncio.Server:
    """A server that passes on what comes, each way half a round trip later (in seconds).

    The client's connect takes no time here, so the server is reached as late as the last packet of a handshake of
    TCP would be: after a round trip and a half. What the client has sent by then comes with it.
    """

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        coming: UnderWay = asyncio.Queue()
        going: UnderWay = asyncio.Queue()
        sending = asyncio.create_task(_read(reader, going, round_trip / 2))
        await asyncio.sleep(1.5 * round_trip)
        try:
            answers, there = await asyncio.open_connection(address, port)
        except OSError:
            writer.transport.abort()
            return
        await asyncio.gather(
            sending, _delivered(going, there), _read(answers, coming, round_trip / 2), _delivered(coming, writer)
        )
        there.close()
        writer.close()

    return await asyncio.start_server(connected, HOST, 0, backlog=1000)


async def _read(reader: asyncio.StreamReader, under_way: UnderWay, seconds: float) -> None:
    chunk = b" "
    while chunk:
        try:
            chunk = await reader.read(CHUNK)
        except OSError:
            chunk = b""
        under_way.put_nowait((asyncio.get_running_loop().time() + seconds, chunk))


async def _delivered(under_way: UnderWay, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while True:
            due, chunk = await under_way.get()
            await asyncio.sleep(due - asyncio.get_running_loop().time())
            if not chunk:
                break
            writer.write(chunk)
            await writer.drain()
        writer.write_eof()


async def _main(address: str, port: str, milliseconds: str) -> None:
    server = await relayed(address, int(port), float(milliseconds) / 1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
