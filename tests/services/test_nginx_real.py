"""What we say of nginx held against nginx itself: what it refuses, and what it serves to each name."""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.services.nginx_host import configuration, frames
from tests.services.test_nginx_corpus import effective
from tlsfleet.facts import ServiceConfig, TlsBlock
from tlsfleet.services.nginx import read

NGINX = shutil.which("nginx") or shutil.which("/usr/sbin/nginx") or ""
NEEDED = all(map(shutil.which, ("unshare", "openssl", "ip"))) and NGINX and os.geteuid() == 0
pytestmark = pytest.mark.skipif(not NEEDED, reason="needs root, nginx, openssl, unshare and ip")
# Those that this version knows all directives of.
KNOWN = ["certbot", "commands", "default-server", "quotes", "redirects", "two-certificates", "vhosts"]
BROKEN = ["broken-duplicate", "broken-lexing", "broken-semicolon"]


def certificate(folder: Path) -> None:
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", str(folder / "k.pem")]
    subprocess.run(
        ["openssl", "req", "-x509", *key, "-out", str(folder / "c.pem"), "-subj", "/CN=x", "-days", "30"],
        check=True,
        capture_output=True,
    )


def alone(command: str, root: Path) -> subprocess.CompletedProcess[str]:
    """A shell command in a network of its own, with the folder as its place for what nginx makes."""
    network = "ip link set lo up && ip address add 192.0.2.1/32 dev lo"
    return subprocess.run(
        ["unshare", "-n", "sh", "-c", f"{network} && {command}"], cwd=root, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("name", [*KNOWN, *BROKEN])
def test_nginx_refuses_what_we_say_it_refuses(name: str, tmp_path: Path) -> None:
    config = effective(name, "1.22.1", tmp_path)
    certificate(tmp_path)
    for row in configuration(tmp_path / "etc/nginx/nginx.conf")[1].splitlines():
        purpose, _, path = row.removeprefix("use ").partition(" ")
        if not row.startswith("use "):
            continue
        target = Path(re.sub(r"\\0(\d{3})", lambda match: chr(int(match[1], 8)), path))
        target.parent.mkdir(parents=True, exist_ok=True)
        source = {"certificate": "c.pem", "key": "k.pem"}.get(purpose)
        target.write_bytes((tmp_path / source).read_bytes() if source else b"x" * 48)
        if purpose == "dh":
            parameters = ["openssl", "genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:ffdhe2048"]
            target.write_bytes(subprocess.run(parameters, check=True, capture_output=True).stdout)
    (tmp_path / "html").mkdir()
    (tmp_path / "etc/nginx/passwords").write_text("x\n")
    said = alone(
        f"{NGINX} -t -e stderr -p {tmp_path} -c etc/nginx/nginx.conf -g 'pid {tmp_path}/pid; error_log stderr;'",
        tmp_path,
    )
    assert (said.returncode != 0) is bool(config.problems), said.stderr
    assert not [item for item in config.not_understood if "known" in item.reason and "option" not in item.reason]


SERVED = """
error_log stderr; pid {root}/pid; user root;
events {{}}
http {{
    access_log off; client_body_temp_path {root}/1; proxy_temp_path {root}/2; fastcgi_temp_path {root}/3;
    uwsgi_temp_path {root}/4; scgi_temp_path {root}/5;
    {servers}
}}
"""
CLIENT = ["openssl", "s_client", "-connect", "127.0.0.1:8443"]
CERTIFICATE = "ssl_certificate c.pem; ssl_certificate_key k.pem;"
DEFAULT = "listen 127.0.0.1:8443 ssl default_server; server_name a.example;"
OTHER = "listen 127.0.0.1:8443 ssl; server_name b.example;"


class Handshake:
    """Handshakes in the network of a process, by openssl s_client."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def __call__(self, name: str, *options: str) -> str:
        done = subprocess.run(
            ["nsenter", "-t", str(self.pid), "-n", *CLIENT, "-servername", name, *options],
            input="",
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        return done.stdout

    def protocols(self, name: str) -> tuple[str, ...]:
        versions = {"TLSv1.2": "-tls1_2", "TLSv1.3": "-tls1_3"}
        return tuple(
            version
            for version, option in versions.items()
            if "Cipher is TLS" in (said := self(name, option)) or ("Cipher is ECDHE" in said)
        )


Serve = Callable[..., tuple[ServiceConfig, Handshake]]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start nginx with some server blocks; gives its configuration as read, and a way to shake hands with it."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*servers: str, shared: str = CERTIFICATE) -> tuple[ServiceConfig, Handshake]:
        certificate(tmp_path)
        conf = tmp_path / "nginx.conf"
        conf.write_text(
            SERVED.format(root=tmp_path, servers=shared + "".join(f"server {{ {server} }}\n" for server in servers))
        )
        command = f"ip link set lo up && exec {NGINX} -e stderr -p {tmp_path} -c {conf} -g 'daemon off;'"
        process = subprocess.Popen(["unshare", "-n", "sh", "-c", command], stderr=subprocess.DEVNULL)
        started.append(process)
        for _ in range(100):
            if (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().strip():
                break
            time.sleep(0.05)
        config = read(frames(conf))
        assert isinstance(config, ServiceConfig)
        return config, Handshake(process.pid)

    yield start
    for process in started:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


def block(config: ServiceConfig, name: str) -> TlsBlock:
    return next(item for item in config.blocks if isinstance(item, TlsBlock) and name in item.server_names)


@pytest.mark.parametrize("own", ["TLSv1.2", "TLSv1.3", "TLSv1.2 TLSv1.3"])
@pytest.mark.parametrize("default", ["TLSv1.2", "TLSv1.3", "TLSv1.2 TLSv1.3"])
def test_the_default_server_decides_the_protocols(serve: Serve, default: str, own: str) -> None:
    config, handshake = serve(f"{DEFAULT} ssl_protocols {default};", f"{OTHER} ssl_protocols {own};")
    for name in ("a.example", "b.example"):
        assert handshake.protocols(name) == block(config, name).settings.protocols


def test_the_default_server_decides_the_groups(serve: Serve) -> None:
    config, handshake = serve(f"{DEFAULT} ssl_ecdh_curve secp384r1;", f"{OTHER} ssl_ecdh_curve X25519;")
    for name in ("a.example", "b.example"):
        assert block(config, name).settings.groups == ("secp384r1",)
        assert "Cipher is ECDHE" in handshake(name, "-tls1_2", "-groups", "P-384:P-256")
        assert "Cipher is (NONE)" in handshake(name, "-tls1_2", "-groups", "X25519:P-256")


@pytest.mark.parametrize(("default", "own"), [("off", "on"), ("on", "off"), ("on", "on")])
def test_tickets_need_both_the_default_server_and_the_own(serve: Serve, default: str, own: str) -> None:
    config, handshake = serve(f"{DEFAULT} ssl_session_tickets {default};", f"{OTHER} ssl_session_tickets {own};")
    for name in ("a.example", "b.example"):
        has_ticket = "TLS session ticket:" in handshake(name, "-tls1_2")
        assert has_ticket is block(config, name).settings.session_tickets


def test_a_server_without_certificate_takes_all_from_the_default(serve: Serve) -> None:
    suite, other = "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-GCM-SHA256"
    config, handshake = serve(
        f"{DEFAULT} {CERTIFICATE} ssl_ciphers {suite};", f"{OTHER} ssl_ciphers {other};", shared=""
    )
    for name in ("a.example", "b.example"):
        assert block(config, name).settings.cipher_string == suite
        assert f"Cipher is {suite}" in handshake(name, "-tls1_2")
        assert block(config, name).settings.certificates == block(config, "a.example").settings.certificates


def test_cipher_suites_are_the_names_own(serve: Serve) -> None:
    suites = {"a.example": "ECDHE-ECDSA-AES256-GCM-SHA384", "b.example": "ECDHE-ECDSA-AES128-GCM-SHA256"}
    config, handshake = serve(
        f"{DEFAULT} ssl_ciphers {suites['a.example']};", f"{OTHER} ssl_ciphers {suites['b.example']};"
    )
    for name, suite in suites.items():
        assert block(config, name).settings.cipher_string == suite
        assert f"Cipher is {suite}" in handshake(name, "-tls1_2")


def test_any_ssl_on_an_address_binds_it_for_all(serve: Serve) -> None:
    config, handshake = serve(DEFAULT, OTHER.replace(" ssl;", ";"))
    assert block(config, "b.example").transport == "tls"
    assert handshake.protocols("b.example") == ("TLSv1.2",)


def test_protocols_at_one_level_add_up(serve: Serve) -> None:
    config, handshake = serve(f"{DEFAULT} ssl_protocols TLSv1.2; ssl_protocols TLSv1.3;")
    assert handshake.protocols("a.example") == block(config, "a.example").settings.protocols == ("TLSv1.2", "TLSv1.3")


def test_min_protocol_narrows_what_is_declared(serve: Serve) -> None:
    command = "ssl_conf_command MinProtocol TLSv1.3; ssl_protocols TLSv1.2 TLSv1.3;"
    config, handshake = serve(f"{DEFAULT} {command}")
    assert handshake.protocols("a.example") == block(config, "a.example").settings.protocols == ("TLSv1.3",)


@pytest.mark.parametrize(
    ("default", "other"),
    [("ssl_reject_handshake on;", OTHER), ("", f"{OTHER} ssl_reject_handshake on;")],
)
def test_reject_handshake_is_the_names_own(serve: Serve, default: str, other: str) -> None:
    config, handshake = serve(f"{DEFAULT} {default}", other)
    for name in ("a.example", "b.example"):
        assert bool(handshake.protocols(name)) is not block(config, name).settings.reject_handshake
