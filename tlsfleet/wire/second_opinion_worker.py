"""Asks sslyze one question and prints what it says as JSON: `python -m tlsfleet.wire.second_opinion_worker < question`.

Run by tlsfleet.wire.second_opinion. It connects to the literal address that it is given and looks up no name.
"""

import json
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding
from nassl.ssl_client import BaseSslClient
from sslyze.connection_helpers.opportunistic_tls_helpers import ProtocolWithOpportunisticTlsEnum
from sslyze.errors import ServerRejectedTlsHandshake
from sslyze.plugins.robot._robot_tester import RobotPmsPaddingPayloadEnum as Padding
from sslyze.plugins.robot._robot_tester import (
    RobotScanResultEnum,
    RobotServerResponsesAnalyzer,
    _get_rsa_parameters,
    _send_robot_payload,
)
from sslyze.plugins.scan_commands import ScanCommand
from sslyze.plugins.session_renegotiation_plugin import SessionRenegotiationExtraArgument
from sslyze.scanner.models import (
    AllScanCommandsAttempts,
    ScanCommandsExtraArguments,
    ServerScanRequest,
    ServerScanResult,
)
from sslyze.scanner.scan_command_attempt import ScanCommandAttemptStatusEnum
from sslyze.scanner.scanner import Scanner
from sslyze.server_connectivity import (
    ClientAuthRequirementEnum,
    ServerConnectivityInfo,
    ServerTlsProbingResult,
    TlsVersionEnum,
)
from sslyze.server_setting import ServerNetworkConfiguration, ServerNetworkLocation

from tlsfleet.wire.second_opinion import ROBOT, STARTTLS

SUITES = {
    "SSLv2": ScanCommand.SSL_2_0_CIPHER_SUITES,
    "SSLv3": ScanCommand.SSL_3_0_CIPHER_SUITES,
    "TLSv1.0": ScanCommand.TLS_1_0_CIPHER_SUITES,
    "TLSv1.1": ScanCommand.TLS_1_1_CIPHER_SUITES,
    "TLSv1.2": ScanCommand.TLS_1_2_CIPHER_SUITES,
    "TLSv1.3": ScanCommand.TLS_1_3_CIPHER_SUITES,
}
VERSIONS = {
    "SSLv3": TlsVersionEnum.SSL_3_0,
    "TLSv1.0": TlsVersionEnum.TLS_1_0,
    "TLSv1.1": TlsVersionEnum.TLS_1_1,
    "TLSv1.2": TlsVersionEnum.TLS_1_2,
}
COMMANDS = {
    *SUITES.values(),
    ScanCommand.CERTIFICATE_INFO,
    ScanCommand.ELLIPTIC_CURVES,
    ScanCommand.HEARTBLEED,
    ScanCommand.OPENSSL_CCS_INJECTION,
    ScanCommand.ROBOT,
    ScanCommand.SESSION_RENEGOTIATION,
    ScanCommand.TLS_COMPRESSION,
    ScanCommand.TLS_FALLBACK_SCSV,
    ScanCommand.TLS_EXTENDED_MASTER_SECRET,
}
GROUPS = {"X25519": "x25519", "X448": "x448"}  # IANA's names where sslyze's differ
# Some servers are oracles with GCM alone.
STATIC_RSA = dict.fromkeys(VERSIONS, ("RSA",)) | {"TLSv1.2": ("AES128-GCM-SHA256:AES256-GCM-SHA384", "RSA")}
CONNECTIONS = 2  # at a time
SCAN_SECONDS, SCAN_TRIES = 5, 2  # for each read; for each handshake
ROBOT_SECONDS, ROBOT_TRIES, CONFIRMATIONS = 5, 1, 2
# What a server says to a ClientKeyExchange, in sslyze's words, and ours for the end of the connection
SILENCE, NOT_ASKED, END = "Connection timed out", "", "the end of the connection"


def robot(location: ServerNetworkLocation, network: ServerNetworkConfiguration, version: str) -> dict[str, Any]:
    """Whether it answers otherwise to broken padding than to sound."""
    probing = ServerTlsProbingResult(VERSIONS[version], "", ClientAuthRequirementEnum.DISABLED, False)  # noqa: FBT003
    server = ServerConnectivityInfo(location, network, probing)
    for suites in STATIC_RSA[version]:
        if key := _get_rsa_parameters(server, VERSIONS[version], suites):
            return oracle(partial(_said_to, server, VERSIONS[version], suites, key))
    return {"failure": "it finds no suite of static RSA"}


def oracle(answer: Callable[[Padding], str]) -> dict[str, Any]:
    """Whether the answers differ by the padding, and go on so. Silence, or the end, upon all of it tells nothing."""
    paddings = list(Padding)
    answers = {padding: [answer(padding)] for padding in paddings[:2]}
    if [NOT_ASKED] in answers.values():
        return {"failure": "its client does not come as far as a ClientKeyExchange with the server's suites"}
    if all(said in ([SILENCE], [END]) for said in answers.values()):
        return {"failure": "the server said nothing to a ClientKeyExchange, sound or broken"}
    answers |= {padding: [answer(padding)] for padding in paddings[2:]}
    repeats = CONFIRMATIONS if len({said[0] for said in answers.values()}) > 1 else 0
    for padding, said in answers.items():
        said.extend(answer(padding) for _ in range(repeats))
    found = _vulnerable(RobotServerResponsesAnalyzer(answers, 1 + repeats).compute_result_enum())
    return {"failure": "the server's answers contradict each other"} if found is None else {"vulnerable": found}


def _said_to(
    server: ServerConnectivityInfo, version: TlsVersionEnum, suites: str, key: RSAPublicNumbers, padding: Padding
) -> str:
    """What the server says to a ClientKeyExchange; one that ends the connection first is no failure, but an answer."""
    try:
        return _send_robot_payload(server, version, suites, padding, True, key.n, key.e)  # noqa: FBT003
    except ServerRejectedTlsHandshake:
        return END


def scan(location: ServerNetworkLocation, network: ServerNetworkConfiguration) -> dict[str, Any]:
    """All that a full scan says."""
    gently = ScanCommandsExtraArguments(session_renegotiation=SessionRenegotiationExtraArgument(1))
    scanner = Scanner(per_server_concurrent_connections_limit=CONNECTIONS, concurrent_server_scans_limit=1)
    scanner.queue_scans([ServerScanRequest(location, network, COMMANDS, gently)])
    result = next(iter(scanner.get_results()))
    if result.scan_result is None:
        return {"failure": _why(result)}
    return _told(result.scan_result)


def _why(result: ServerScanResult) -> str:
    trace = result.connectivity_error_trace
    return "no connection" if trace is None else "".join(trace.format_exception_only()).strip()


def _told(attempts: AllScanCommandsAttempts) -> dict[str, Any]:
    done = {command: _result(attempts, command) for command in COMMANDS}
    suites = {protocol: done[command] for protocol, command in SUITES.items() if done[command] is not None}
    curves, chains = done[ScanCommand.ELLIPTIC_CURVES], done[ScanCommand.CERTIFICATE_INFO]
    return {
        "suites": {protocol: _names(one.accepted_cipher_suites) for protocol, one in suites.items()},
        "tried": {
            protocol: _names([*one.accepted_cipher_suites, *one.rejected_cipher_suites])
            for protocol, one in suites.items()
        },
        "groups": None if curves is None else _groups(curves.supported_curves),
        "groups_tried": []
        if curves is None
        else _groups([*(curves.supported_curves or ()), *(curves.rejected_curves or ())]),
        "chains": None if chains is None else [_digests(one) for one in chains.certificate_deployments],
        "features": dict(_features(done)),
        "failed": {command.value: _reason(attempts, command) for command, one in done.items() if one is None},
    }


def _features(done: dict[ScanCommand, Any]) -> Iterator[tuple[str, bool]]:
    if found := done[ScanCommand.HEARTBLEED]:
        yield "heartbleed", found.is_vulnerable_to_heartbleed
    if found := done[ScanCommand.OPENSSL_CCS_INJECTION]:
        yield "ccs-injection", found.is_vulnerable_to_ccs_injection
    if (found := done[ScanCommand.ROBOT]) and (vulnerable := _vulnerable(found.robot_result)) is not None:
        yield "robot", vulnerable
    if found := done[ScanCommand.SESSION_RENEGOTIATION]:
        yield "secure_renegotiation", found.supports_secure_renegotiation
        yield "client_renegotiation", found.client_renegotiations_success_count > 0
    if found := done[ScanCommand.TLS_COMPRESSION]:
        yield "compression", found.supports_compression
    if found := done[ScanCommand.TLS_FALLBACK_SCSV]:
        yield "fallback_scsv", found.supports_fallback_scsv
    if found := done[ScanCommand.TLS_EXTENDED_MASTER_SECRET]:
        yield "extended_master_secret", found.supports_ems_extension


def _vulnerable(result: RobotScanResultEnum) -> bool | None:
    if result is RobotScanResultEnum.UNKNOWN_INCONSISTENT_RESULTS:
        return None
    return result in {RobotScanResultEnum.VULNERABLE_STRONG_ORACLE, RobotScanResultEnum.VULNERABLE_WEAK_ORACLE}


def _result(attempts: AllScanCommandsAttempts, command: ScanCommand) -> Any:
    attempt = getattr(attempts, command.value)
    return attempt.result if attempt.status is ScanCommandAttemptStatusEnum.COMPLETED else None


def _reason(attempts: AllScanCommandsAttempts, command: ScanCommand) -> str:
    trace = getattr(attempts, command.value).error_trace
    return "no result" if trace is None else "".join(trace.format_exception_only()).strip()


def _names(suites: Iterable[Any]) -> list[str]:
    return [one.cipher_suite.name for one in suites]


def _groups(curves: Iterable[Any] | None) -> list[str]:
    return [GROUPS.get(curve.name, curve.name) for curve in curves or ()]


def _tried(result: Any) -> list[str]:
    curves = () if result is None else (result.supported_curves, result.rejected_curves)
    return [name for some in curves for name in _groups(some)]


def _digests(deployment: Any) -> list[str]:
    chain = deployment.received_certificate_chain
    return [sha256(certificate.public_bytes(Encoding.DER)).hexdigest() for certificate in chain]


def _say(answer: dict[str, Any]) -> None:
    """Print the answer and end at once, whatever threads of sslyze's still wait."""
    json.dump(answer, sys.stdout)
    sys.stdout.flush()
    os._exit(0)


def _answer(question: dict[str, Any]) -> dict[str, Any]:
    endpoint = question["endpoint"]
    address, name, starttls = endpoint["address"], endpoint["server_name"], endpoint["starttls"]
    if name is None:
        BaseSslClient.set_tlsext_host_name = lambda *_: None  # type: ignore[method-assign] # it always sends a name
    location = ServerNetworkLocation(name or address, endpoint["port"], ip_address=address)
    begins = ProtocolWithOpportunisticTlsEnum[STARTTLS[starttls]] if starttls else None
    network = ServerNetworkConfiguration(name or address, begins)
    if question["question"] == ROBOT:
        hurried = replace(network, network_timeout=ROBOT_SECONDS, network_max_retries=ROBOT_TRIES)
        return robot(location, hurried, question["version"])
    return scan(location, replace(network, network_timeout=SCAN_SECONDS, network_max_retries=SCAN_TRIES))


def _main() -> None:
    # A thread that dies leaves the Scanner waiting for it for ever (as on a banner that is not UTF-8).
    threading.excepthook = lambda died: _say(
        {"failure": f"a thread of its died of {died.exc_type.__name__}: {died.exc_value}"}
    )
    try:
        _say(_answer(json.load(sys.stdin)))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what sslyze has to say
        _say({"failure": f"{type(error).__name__}: {error}"})


if __name__ == "__main__":
    _main()
