"""The fixtures' truths held against a client that has no part in them: nassl's OpenSSL 1.0.2e, a suite at a time."""

import socket

import pytest
from nassl._nassl import OpenSSLError
from nassl.legacy_ssl_client import LegacySslClient
from nassl.ssl_client import OpenSslVerifyEnum, OpenSslVersionEnum

from tests.wire.servers import old_openssl
from tests.wire.servers.truth import HOST

VERSIONS = {
    "SSLv2": OpenSslVersionEnum.SSLV2,
    "SSLv3": OpenSslVersionEnum.SSLV3,
    "TLSv1.0": OpenSslVersionEnum.TLSV1,
    "TLSv1.1": OpenSslVersionEnum.TLSV1_1,
    "TLSv1.2": OpenSslVersionEnum.TLSV1_2,
}


def client(protocol: str, link: socket.socket | None, suites: str) -> LegacySslClient:
    found = LegacySslClient(link, VERSIONS[protocol], OpenSslVerifyEnum.NONE)
    found.set_cipher_list(suites)
    return found


def takes(port: int, protocol: str, suite: str) -> bool:
    with socket.create_connection((HOST, port), timeout=5) as link:
        try:
            client(protocol, link, suite).do_handshake()
        except (OpenSSLError, OSError):
            return False
    return True


@pytest.mark.parametrize(
    ("told", "protocol"),
    [
        (old_openssl.EVERYTHING, "SSLv2"),
        (old_openssl.EVERYTHING, "TLSv1.2"),
        (old_openssl.SSL3_ONLY, "SSLv3"),
        (old_openssl.SSL3_ONLY, "TLSv1.0"),
        (old_openssl.EXPORT_AND_DES, "TLSv1.0"),
    ],
)
def test_as_many_suites_are_taken_as_the_truth_has(told: old_openssl.OldOpenSsl, protocol: str) -> None:
    every = client(protocol, None, "ALL:COMPLEMENTOFALL").get_cipher_list()
    with old_openssl.serving(told) as served:
        taken = [suite for suite in every if takes(served.port, protocol, suite)]
    assert len(taken) == len(served.truth.suites.get(protocol, ()))
