"""What a web server answers to GET /, as it is meant and as it is not."""

import pytest

from tests.wire.scripted import HOST, Step, endless, hasty, hears, leaving, run, scripted
from tlsfleet.endpoints import Http, Inapplicable
from tlsfleet.missing import Unknown
from tlsfleet.wire.http import asked, redirected

GET = hears(rb"GET / HTTP/1\.1\r\nHost: server\.test:\d+\r\n.*Connection: close\r\n\r\n")
ANSWERS: dict[str, tuple[bytes, Http]] = {
    "plain": (b"HTTP/1.1 200 OK\r\n\r\nbody", Http(200, None, None)),
    "no-reason": (b"HTTP/1.0 404\r\nServer: x\r\n\r\n", Http(404, None, None)),
    "redirect": (
        b"HTTP/1.1 301 Moved\r\nLOCATION:\t https://server.test/ \r\n\r\n",
        Http(301, "https://server.test/", None),
    ),
    "hsts": (
        b"HTTP/1.1 200 OK\r\nstrict-transport-SECURITY: max-age=1;\r\n includeSubDomains\r\n\r\n",
        Http(200, None, "max-age=1; includeSubDomains"),
    ),
    "twice": (
        b"HTTP/1.1 200 OK\r\nStrict-Transport-Security: max-age=0\r\nStrict-Transport-Security: max-age=9\r\n\r\n",
        Http(200, None, "max-age=0"),
    ),
    "interim": (
        b"HTTP/1.1 103 Early Hints\r\nLocation: /no\r\n\r\nHTTP/1.1 302 Found\r\nLocation: /yes\r\n\r\n",
        Http(302, "/yes", None),
    ),
    "bare-newlines": (b"HTTP/1.1 200 OK\nStrict-Transport-Security: max-age=1\n\n", Http(200, None, "max-age=1")),
    "latin-1": (b"HTTP/1.1 301 Gr\xfc\xdfe\r\nLocation: /\xe4\x85b\r\n\r\n", Http(301, "/ä\x85b", None)),
    "in-the-body": (b"HTTP/1.1 200 OK\r\n\r\nStrict-Transport-Security: max-age=1\r\n\r\n", Http(200, None, None)),
}
NONE: dict[str, Step] = {
    "ssh": b"SSH-2.0-x\r\n",
    "http2": b"\0\0\x12\x04\0\0\0\0\0",
    "version": b"HTTP/2.0 200 OK\r\n\r\n",
    "status": b"HTTP/1.1 20 OK\r\n\r\n",
    "cut": b"HTTP/1.1 200 OK\r\nStrict-Transport-Security: max-age=1\r\n",
    "endless-head": endless(b"HTTP/1.1 200 OK\r\n"),
    "endless-interim": endless(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "silence": b"",
}


@pytest.mark.parametrize("tls", [True, False], ids=["tls", "plain"])
@pytest.mark.parametrize(("answer", "expected"), ANSWERS.values(), ids=ANSWERS)
def test_the_head_is_read(answer: bytes, expected: Http, tls: bool) -> None:
    assert answered(GET, answer, tls=tls) == expected


@pytest.mark.parametrize("tls", [True, False], ids=["tls", "plain"])
@pytest.mark.parametrize("answer", NONE.values(), ids=NONE)
def test_what_is_no_http_is_unknown_with_a_reason(answer: Step, tls: bool) -> None:
    found = answered(GET, answer, tls=tls)
    assert isinstance(found, Unknown)
    assert found.reason.isprintable()


def test_a_server_without_tls_or_that_hangs_up_is_unknown() -> None:
    async def test() -> None:
        async with scripted(leaving) as served:
            assert isinstance(await asked(served.endpoint(), hasty()), Unknown)
            assert isinstance(await redirected(HOST, "server.test", hasty(), served.port), Unknown)
        found = await redirected(HOST, None, hasty(), served.port)
        assert isinstance(found, Inapplicable)
        assert found.reason == f"nothing listens on port {served.port}"

    run(test())


def answered(*steps: Step, tls: bool) -> Http | Unknown | Inapplicable:
    async def test() -> Http | Unknown | Inapplicable:
        async with scripted(*steps, tls=tls) as served:
            if tls:
                return await asked(served.endpoint(), hasty())
            return await redirected(HOST, "server.test", hasty(), served.port)

    return run(test())
