"""nginx.read and nginx.logs: from frames to facts, whatever the frames hold."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.services.nginx_host import PROCESS, configuration, frames
from tests.services.test_nginx_corpus import CORPUS
from tlsfleet.evidence import Frame
from tlsfleet.facts import ConfigCheck, LogLine, NotUnderstood, ServiceConfig, TlsBlock, Unknown
from tlsfleet.services import nginx

MAIN = "/etc/nginx/nginx.conf"
BOOT = 1_800_000_000
RUNNING = f"pid 7\nhertz 100\nboot {BOOT}\nmaster 10000\n"
SENT = "F /\nI 0 /etc/nginx/nginx.conf\nF /etc/nginx/nginx.conf\n{}E /etc/nginx/nginx.conf\nZ\n"


def process(*, version: str = "1.22.1", extra: str = "", subject: str = MAIN) -> Frame:
    text = PROCESS.format(version=version, openssl="OpenSSL 3.0.19") + extra
    return Frame("nginx-process", subject, text.encode())


def config(statements: str = "", subject: str = MAIN) -> Frame:
    return Frame("nginx-config", subject, SENT.format(statements).replace(MAIN, subject).encode())


def read(*sent: Frame) -> ServiceConfig:
    found = nginx.read(sent)
    assert isinstance(found, ServiceConfig)
    return found


def server(*statements: str, version: str = "1.22.1", library: str | None = None) -> TlsBlock:
    """The one TLS block of a server with these statements, as nginx.awk sends them."""
    lines = [
        "B 1 http",
        "B 2 server",
        "S 3 listen 443 ssl",
        "S 4 ssl_certificate c.pem",
        "S 5 ssl_certificate_key k.pem",
    ]
    lines += [f"S {number} {statement}" for number, statement in enumerate(statements, 6)]
    how = process(version=version)
    if library:
        how = replace(how, data=how.data.replace(b"library OpenSSL 3.0.19 27 Jan 2026", f"library {library}".encode()))
    listed = Frame("nginx-cipher", "HIGH:!aNULL:!MD5", b"0x13,0x01 TLSv1.3\n0xC0,0x2F TLSv1.2\n0x00,0x2F SSLv3\n")
    found = read(how, config("\n".join([*lines, "X 90", "X 91", ""])), listed)
    assert len(found.blocks) == 1
    assert isinstance(found.blocks[0], TlsBlock)
    return found.blocks[0]


def test_no_nginx_is_none() -> None:
    assert nginx.read([Frame("openssl", "", b"x")]) is None


def test_an_nginx_elsewhere_is_unknown() -> None:
    found = nginx.read([Frame("nginx-process", "123", unknown="it runs in another root")])
    assert found == Unknown("nginx 123", "it runs in another root")


def test_an_nginx_elsewhere_beside_ours_is_not_forgotten() -> None:
    found = read(process(), config(), Frame("nginx-process", "123", unknown="it runs in another root"))
    assert found.blocks == (Unknown("nginx 123", "it runs in another root"),)


@pytest.mark.parametrize(
    "sent", [[], [Frame("nginx-config", MAIN, unknown="cut off")], [Frame("nginx-config", MAIN, b"F /\n")]]
)
def test_without_its_whole_configuration_it_is_unknown(sent: list[Frame]) -> None:
    assert isinstance(nginx.read([process(), *sent]), Unknown)


@pytest.mark.parametrize(
    ("workers", "reloaded"),
    [("", None), ("worker 10000 www-data\nworker 10050 www-data\n", None), ("worker 20000 w\nworker 90000 w\n", 200)],
)
def test_a_reload_is_the_start_of_the_oldest_worker(workers: str, reloaded: int | None) -> None:
    found = read(process(extra=RUNNING + workers), config())
    assert found.running
    assert found.started_at == datetime.fromtimestamp(BOOT + 100, UTC)
    assert found.reloaded_at == (datetime.fromtimestamp(BOOT + reloaded, UTC) if reloaded else None)


def test_when_it_started_is_unknown_where_it_cannot_be_told() -> None:
    assert isinstance(read(process(extra="pid 7\nmaster x\n"), config()).started_at, Unknown)


def test_a_stopped_one_has_not_started() -> None:
    found = read(process(), config("S 1 user www-data www-data\n"))
    assert (found.running, found.started_at, found.reloaded_at, found.user) == (False, None, None, "www-data")


@pytest.mark.parametrize(
    ("data", "accepted"), [(b"exit 0\n", True), (b"exit 1\nemerg x\n", False), (b"exit 124\n", None), (b"", None)]
)
def test_what_its_checker_said(data: bytes, accepted: bool | None) -> None:
    found = read(process(), config(), Frame("nginx-check", MAIN, data)).config_check
    assert isinstance(found, ConfigCheck)
    assert found.accepted is accepted
    assert found.messages == (
        ("emerg x",) if accepted is False else ("it did not end by itself",) if data != b"exit 0\n" else ()
    )


def test_a_checker_that_was_not_run_says_why() -> None:
    found = read(process(), config(), Frame("nginx-check", MAIN, unknown="it needs root")).config_check
    assert found == ConfigCheck(None, ("it needs root",), "nginx -t -c /etc/nginx/nginx.conf")


def test_its_configuration_changed_when_the_newest_file_or_link_did() -> None:
    changed = Frame("nginx-changed", MAIN, b"5\n1800000000\n")
    assert read(process(), config(), changed).config_changed_at == datetime.fromtimestamp(1_800_000_000, UTC)
    assert isinstance(read(process(), config(), replace(changed, data=b"5\n")).config_changed_at, Unknown)
    assert isinstance(read(process(), config(), replace(changed, data=b"5\nunknown\n")).config_changed_at, Unknown)


def test_two_instances_are_one_service_of_the_more_suspicious_values() -> None:
    other = "/srv/other.conf"
    found = read(
        process(extra=RUNNING + "worker 90000 a\n"), config("S 1 pid x\n"), Frame("nginx-check", MAIN, b"exit 0\n"),
        process(extra=RUNNING.replace("master 10000", "master 5000"), subject=other), config(subject=other),
        Frame("nginx-check", other, b"exit 1\nemerg x\n"),
    )  # fmt: skip
    assert found.started_at == datetime.fromtimestamp(BOOT + 50, UTC)
    assert found.reloaded_at is None
    assert isinstance(found.config_check, ConfigCheck)
    assert found.config_check.accepted is False
    assert found.config_files == (MAIN, other)


def test_failures_are_logged_since_it_started() -> None:
    lines = b"2027/01/15 08:01:30 emerg old\n2027/01/15 08:01:41 emerg new\nemerg undated\n"
    zone = process(extra=RUNNING + "zone -0000\n")
    found = nginx.logs([zone, Frame("nginx-log", "/l", lines), Frame("nginx-log", "/m", unknown="permission denied")])
    assert found == (
        LogLine("nginx", datetime(2027, 1, 15, 8, 1, 41, tzinfo=UTC), "new"),
        LogLine("nginx", None, "emerg undated"),
        Unknown("/m", "permission denied"),
    )


def test_a_log_that_is_not_there_is_not_a_clean_one() -> None:
    assert nginx.logs([process()]) == ()
    assert nginx.logs([process(extra=RUNNING), Frame("nginx-log", "/l", b"")]) == ()
    (found,) = nginx.logs([process(extra=RUNNING)])
    assert isinstance(found, Unknown)


@pytest.mark.parametrize(
    ("version", "protocols"),
    [
        ("1.8.0", ("SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2")),
        ("1.9.1", ("TLSv1.0", "TLSv1.1", "TLSv1.2")),
        ("1.22.1", ("TLSv1.0", "TLSv1.1", "TLSv1.2")),
        ("1.23.4", ("TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3")),
        ("1.26.3", ("TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3")),
        ("1.27.3", ("TLSv1.2", "TLSv1.3")),
    ],
)
def test_default_protocols_by_version(version: str, protocols: tuple[str, ...]) -> None:
    found = server(version=version)
    assert found.settings.protocols == protocols
    assert found.origin("protocols") == f"default of nginx {version}"


@pytest.mark.parametrize(
    ("library", "protocols"),
    [
        ("OpenSSL 1.0.2u  20 Dec 2019", ("SSLv2", "TLSv1.2")),
        ("OpenSSL 1.1.0l  10 Sep 2019", ("TLSv1.2",)),
        ("OpenSSL 1.1.1w  11 Sep 2023", ("TLSv1.2", "TLSv1.3")),
        ("OpenSSL 3.0.2 15 Mar 2022 (running with OpenSSL 1.0.2u 20 Dec 2019)", ("SSLv2", "TLSv1.2")),
    ],
)
def test_a_library_leaves_out_what_it_has_not_got(library: str, protocols: tuple[str, ...]) -> None:
    assert server("ssl_protocols SSLv2 TLSv1.2 TLSv1.3", library=library).settings.protocols == protocols


@pytest.mark.parametrize(
    "library", ["OpenSSL 3.0.18 1 Oct 2025", "LibreSSL 4.0.0", "BoringSSL", "OpenSSL 1.1.1 (compatible; AWS-LC 1.50)"]
)
def test_another_librarys_cipher_suites_are_unknown(library: str) -> None:
    assert isinstance(server(library=library).settings.cipher_suites, Unknown)


def test_cipher_suites_go_with_their_protocols() -> None:
    def names(*statements: str) -> list[str]:
        suites = server(*statements).settings.cipher_suites
        assert not isinstance(suites, Unknown)
        return [suite.name for suite in suites]

    aes13, aes12, aes = (
        "TLS_AES_128_GCM_SHA256",
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        "TLS_RSA_WITH_AES_128_CBC_SHA",
    )
    assert names("ssl_protocols TLSv1.2 TLSv1.3") == [aes13, aes12, aes]
    assert names("ssl_protocols TLSv1.3") == [aes13]
    assert names("ssl_protocols TLSv1.1") == [aes]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("10s", 10), ("5m", 300), ("1h30m", 5400), ("1d", 86400), ("300", 300), ("1w", 604800), ("x", None)],
)
def test_times(text: str, expected: int | None) -> None:
    found = server(f"ssl_session_timeout {text}").settings.session_timeout
    assert isinstance(found, Unknown) if expected is None else found == expected


@pytest.mark.parametrize("name", ["ssl_quantum", "proxy_new_tls_thing", "http_quic_thing"])
def test_a_directive_that_we_do_not_know_never_disappears(name: str) -> None:
    found = read(process(), config(f"B 1 http\nB 2 server\nS 3 listen 443 ssl\nS 4 {name} \\w\nX 5\nX 6\n"))
    harmless = name.startswith("proxy")
    assert bool(found.not_understood) is not harmless
    block = found.blocks[0]
    assert isinstance(block, TlsBlock)
    assert isinstance(block.settings.protocols, Unknown) is not harmless


def test_an_include_that_was_not_read_makes_its_block_unknown() -> None:
    sent = "B 1 http\nB 2 server\nS 3 listen 443 ssl\nS 3 ssl_protocols TLSv1.2\nI 4\nN 4 /x r\nX 5\nX 6\n"
    found = read(process(), config(sent))
    block, gap = found.blocks
    assert isinstance(block, TlsBlock)
    assert isinstance(block.settings.protocols, Unknown)
    assert isinstance(gap, Unknown)
    assert not found.problems
    assert isinstance(found.not_understood[0], NotUnderstood)


WHOLE = {
    path.name: configuration(path / "etc/nginx/nginx.conf")[0]
    for path in sorted(CORPUS.iterdir())
    if path.name in {"certbot", "redirects", "commands", "broken-duplicate"}
}


@settings(max_examples=150, deadline=None)
@given(name=st.sampled_from(sorted(WHOLE)), cut=st.integers(1, 3000))
def test_a_configuration_that_is_cut_off_is_unknown(name: str, cut: int) -> None:
    text = WHOLE[name]
    assert isinstance(
        nginx.read([process(), Frame("nginx-config", MAIN, text[: -min(cut, len(text) - 1)].encode())]), Unknown
    )


@settings(max_examples=200, deadline=None)
@given(
    name=st.sampled_from(sorted(WHOLE)),
    edits=st.lists(st.tuples(st.integers(0, 4000), st.binary(max_size=4)), max_size=6),
)
def test_any_bytes_are_read_or_refused(name: str, edits: list[tuple[int, bytes]]) -> None:
    data = bytearray(WHOLE[name].encode())
    for place, new in edits:
        data[place % len(data) : place % len(data) + len(new)] = new
    found = nginx.read([process(extra=RUNNING), Frame("nginx-config", MAIN, bytes(data))])
    assert isinstance(found, ServiceConfig | Unknown)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    kind=st.sampled_from(["process", "config", "cipher", "suites", "changed", "check", "log"]),
    data=st.binary(max_size=300),
)
def test_any_frame_is_read_or_refused(kind: str, data: bytes) -> None:
    sent = [process(extra=RUNNING), config("B 1 http\nB 2 server\nS 3 listen 443 ssl\nX 4\nX 5\n")]
    sent = [frame for frame in sent if frame.kind != f"nginx-{kind}"] + [Frame(f"nginx-{kind}", MAIN, data)]
    nginx.read(sent)
    nginx.logs(sent)


def test_every_frame_kind_of_the_script_is_read() -> None:
    script = "".join(path.read_text() for path in (Path(nginx.__file__).parents[1] / "inside/script").glob("nginx*.sh"))
    for kind in ("nginx-process", "nginx-config", "nginx-changed", "nginx-check", "nginx-log"):
        assert f"frame {kind} " in script


def test_a_path_of_odd_bytes_is_written_as_everywhere() -> None:
    found = server(r"ssl_dhparam /etc/ssl/\0303\0251\0040\0377.pem").settings.dh_parameters
    assert found == "/etc/ssl/%C3%A9 %FF.pem"
    assert server(r"ssl_dhparam /etc/ssl/\0303\0251.pem").settings.dh_parameters == "/etc/ssl/\u00e9.pem"


def test_frames_of_a_whole_host_come_to_facts(tmp_path: Path) -> None:
    (tmp_path / "nginx.conf").write_text("events {}\nhttp { server { listen 127.0.0.1:80; return 404; } }\n")
    assert read(*frames(tmp_path / "nginx.conf")).blocks[0] is not None
