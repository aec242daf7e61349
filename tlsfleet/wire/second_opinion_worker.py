"""Asks sslyze one question and prints what it says as JSON: `python -m tlsfleet.wire.second_opinion_worker < question`.

Run by tlsfleet.wire.second_opinion. It connects to the literal address that it is given and looks up no name.
"""

import json
import os
import sys
import threading
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
from nassl.ssl_client import BaseSslClient
from sslyze.connection_helpers.opportunistic_tls_helpers import ProtocolWithOpportunisticTlsEnum
from sslyze.plugins.robot._robot_tester import (
    RobotScanResultEnum,
    RobotServerResponsesAnalyzer,
    ServerDoesNotSupportRsa,
    test_robot,
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
CONNECTIONS, SECONDS, TRIES = 2, 5, 2  # at a time; for each read; for each handshake
CONFIRMATIONS = 2
SILENCE = "Connection timed out"


def robot(location: ServerNetworkLocation, network: ServerNetworkConfiguration, version: str) -> dict[str, Any]:
    """Whether the answers to broken padding differ, and go on differing. Silence to all of it tells nothing."""
    probing = ServerTlsProbingResult(VERSIONS[version], "", ClientAuthRequirementEnum.DISABLED, False)  # noqa: FBT003
    server = ServerConnectivityInfo(location, network, probing)
    try:
        answers = [test_robot(server)]
        if set(answers[0].values()) == {SILENCE}:
            return {"failure": "the server said nothing to any ClientKeyExchange"}
        if len(set(answers[0].values())) > 1:
            answers += [test_robot(server) for _ in range(CONFIRMATIONS)]
    except ServerDoesNotSupportRsa:
        return {"failure": "it finds no suite of static RSA"}
    gathered = {padding: [one[padding] for one in answers] for padding in answers[0]}
    result = RobotServerResponsesAnalyzer(gathered, len(answers)).compute_result_enum()
    found = _vulnerable(result)
    return {"failure": "the server's answers contradict each other"} if found is None else {"vulnerable": found}


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
        yield "vulnerability.heartbleed", found.is_vulnerable_to_heartbleed
    if found := done[ScanCommand.OPENSSL_CCS_INJECTION]:
        yield "vulnerability.ccs-injection", found.is_vulnerable_to_ccs_injection
    if (found := done[ScanCommand.ROBOT]) and (vulnerable := _vulnerable(found.robot_result)) is not None:
        yield "vulnerability.robot", vulnerable
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
    network = ServerNetworkConfiguration(name or address, begins, network_timeout=SECONDS, network_max_retries=TRIES)
    if question["question"] == ROBOT:
        return robot(location, network, question["version"])
    return scan(location, network)


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
