"""Whole TLS sessions: any certificate, old versions, renegotiation, and what goes wrong."""

import shutil

import pytest

from tests.wire.scripted import HOST, Step, hasty, hears, leaving, reset, run, scripted, silence
from tests.wire.servers.identities import identity
from tests.wire.servers.processes import running
from tlsfleet.endpoints import Endpoint
from tlsfleet.wire.channel import opened
from tlsfleet.wire.faults import Fault, FaultKind
from tlsfleet.wire.session import handshake

OPENSSL = pytest.mark.skipif(not shutil.which("openssl"), reason="there is no openssl here")


def test_application_data_goes_both_ways() -> None:
    async def test() -> None:
        pongs = b"pong" * 10_000
        async with (
            scripted(hears(b"ping"), pongs, tls=True) as served,
            opened(served.endpoint(), hasty()) as channel,
        ):
            session = await handshake(channel, "server.test")
            assert session.version == "TLSv1.3"
            await session.send(b"ping")
            got = b""
            while len(got) < len(pongs):
                got += await session.receive()
            assert got == pongs
            assert session.sent[:3] == b"\x16\x03\x01"
            assert session.received[:3] == b"\x16\x03\x03"
            await session.close()
            await session.close()

    run(test())


def test_the_end_of_a_session_is_a_fault() -> None:
    async def test() -> None:
        async with scripted(close, tls=True) as served, opened(served.endpoint(), hasty()) as channel:
            session = await handshake(channel, None, versions=("TLSv1.2", "TLSv1.2"))
            assert session.version == "TLSv1.2"
            with pytest.raises(Fault) as caught:
                await session.receive()
            assert caught.value.kind is FaultKind.CLOSED

    run(test())


async def close(talk: object) -> None:
    talk.writer.close()  # type: ignore[attr-defined]


NO_TLS: dict[str, tuple[Step, FaultKind]] = {
    "plaintext": (b"HTTP/1.1 400 Bad Request\r\n\r\n", FaultKind.GARBAGE),
    "alert": (b"\x15\x03\x03\0\x02\x02\x46", FaultKind.CLOSED),
    "silence": (silence, FaultKind.TIMEOUT),
    "closing": (leaving, FaultKind.CLOSED),
    "resetting": (reset, FaultKind.RESET),
}


@pytest.mark.parametrize(("step", "kind"), NO_TLS.values(), ids=NO_TLS)
def test_a_server_without_tls_is_a_fault(step: Step, kind: FaultKind) -> None:
    async def test() -> None:
        async with scripted(hears(b"\x16"), step) as served, opened(served.endpoint(), hasty()) as channel:
            with pytest.raises(Fault) as caught:
                await handshake(channel, "server.test")
            assert caught.value.kind is kind
            assert caught.value.text.isprintable()

    run(test())


@OPENSSL
@pytest.mark.parametrize("version", ["TLSv1.0", "TLSv1.2"])
@pytest.mark.parametrize("taken", [True, False])
def test_renegotiation(taken: bool, version: str) -> None:
    own = identity("rsa")
    files = ["-key", str(own.key_file), "-cert", str(own.certificate_file)]
    options = ["-cipher", "ALL:@SECLEVEL=0", *(["-client_renegotiation"] if taken else [])]
    command = ["openssl", "s_server", "-accept", f"{HOST}:0", *files, *options]
    with running(command, rf"ACCEPT {HOST}:(\d+)") as (found, _):

        async def test() -> bool:
            async with opened(Endpoint(HOST, int(found[1])), hasty()) as channel:
                session = await handshake(channel, "server.test", versions=(version, version))
                assert session.version == version
                return await session.renegotiate()

        assert run(test()) is taken


def test_a_greeting_amid_renegotiation_is_no_answer_to_it() -> None:
    async def test() -> None:
        async with scripted(b"220 hello\r\n", tls=True) as served, opened(served.endpoint(), hasty()) as channel:
            session = await handshake(channel, None, versions=("TLSv1.2", "TLSv1.2"))
            assert await session.renegotiate() is False

    run(test())
