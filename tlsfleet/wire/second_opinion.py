"""sslyze as a second opinion, each question in a process of its own that is ended when its time is up.

The process is `tlsfleet.wire.second_opinion_worker`. It has a time because sslyze may wait for ever, and its word is
taken only where it says it in full: sslyze ends with exit code 0 whatever went wrong.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tlsfleet.endpoints import Answered, Endpoint
from tlsfleet.missing import Unknown
from tlsfleet.text import clean

WORKER = (sys.executable, "-P", "-m", "tlsfleet.wire.second_opinion_worker")
PACKAGES = str(Path(__file__).parents[2])
ROBOT, SCAN = "robot", "scan"
ROBOT_SECONDS, SCAN_SECONDS = 60.0, 240.0
MAX_REASON = 300  # characters
# What sslyze can begin TLS after, by our names for it
STARTTLS = {
    "smtp": "SMTP",
    "imap": "IMAP",
    "pop3": "POP3",
    "xmpp-client": "XMPP",
    "xmpp-server": "XMPP_SERVER",
    "ftp": "FTP",
    "ldap": "LDAP",
    "postgres": "POSTGRES",
}


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a full scan of sslyze says; names are IANA's. What failed is missing; why, is in ``failed``.

    ``suites`` and ``tried`` have by protocol what was taken, and all that was put; ``groups`` and ``groups_tried`` are
    of the highest protocol. ``chains`` are the SHA-256 digests of the certificates as sent, one tuple a chain.
    ``features`` has heartbleed, ccs-injection and robot, and secure_renegotiation,
    client_renegotiation, compression, fallback_scsv and extended_master_secret.
    """

    suites: Mapping[str, frozenset[str]] = field(default_factory=dict)
    tried: Mapping[str, frozenset[str]] = field(default_factory=dict)
    groups: frozenset[str] | None = None
    groups_tried: frozenset[str] = frozenset()
    chains: frozenset[tuple[str, ...]] | None = None
    features: Mapping[str, bool] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)


async def robot(endpoint: Endpoint, version: str, seconds: float = ROBOT_SECONDS) -> Answered:
    """Whether it is an oracle for RSA's padding (ROBOT, Böck et al. 2018), by 6 or 7 connections.

    ``version`` is the highest one, TLSv1.2 at most, in which the server offers suites of static RSA: only then does the
    question make sense.
    """
    said = await _asked(endpoint, {"question": ROBOT, "version": version}, seconds)
    if isinstance(said, Unknown):
        return said
    return bool(said["vulnerable"])


async def scan(endpoint: Endpoint, seconds: float = SCAN_SECONDS) -> Opinion | Unknown:
    """A full scan: some 600 connections."""
    said = await scanned(endpoint, seconds)
    return said if isinstance(said, Unknown) else opinion_of(said)


async def scanned(endpoint: Endpoint, seconds: float = SCAN_SECONDS) -> dict[str, Any] | Unknown:
    """What a full scan says, as JSON-able values."""
    return await _asked(endpoint, {"question": SCAN}, seconds)


def opinion_of(said: Mapping[str, Any]) -> Opinion:
    """What such values say. Raises KeyError, TypeError or AttributeError for those that were damaged."""
    return Opinion(
        {protocol: frozenset(names) for protocol, names in said["suites"].items()},
        {protocol: frozenset(names) for protocol, names in said["tried"].items()},
        None if said["groups"] is None else frozenset(said["groups"]),
        frozenset(said["groups_tried"]),
        None if said["chains"] is None else frozenset(map(tuple, said["chains"])),
        said["features"],
        said["failed"],
    )


async def _asked(endpoint: Endpoint, question: Mapping[str, str], seconds: float) -> dict[str, Any] | Unknown:
    """What the worker says to a question."""
    if endpoint.starttls is not None and endpoint.starttls not in STARTTLS:
        return Unknown(endpoint.subject, f"sslyze does not speak {endpoint.starttls}")
    asked = json.dumps({**question, "endpoint": asdict(endpoint)}).encode()
    process = await asyncio.create_subprocess_exec(
        *WORKER,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": PACKAGES},
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(seconds):
            said, complaint = await process.communicate(asked)
    except TimeoutError:
        return Unknown(endpoint.subject, f"sslyze gave no answer within {seconds:g} s")
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    return _understood(endpoint, said, complaint)


def _understood(endpoint: Endpoint, said: bytes, complaint: bytes) -> dict[str, Any] | Unknown:
    try:
        answer = json.loads(said)
    except ValueError:
        last = complaint.decode(errors="replace").strip().rpartition("\n")[2]
        return Unknown(
            endpoint.subject, clean(f"sslyze gave no answer: {last or 'it ended without a word'}")[:MAX_REASON]
        )
    if "failure" in answer:
        return Unknown(endpoint.subject, clean(f"sslyze: {answer['failure']}")[:MAX_REASON])
    return dict(answer)
