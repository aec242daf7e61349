"""What other scanners find on a server: openssl s_client, sslyze and sslscan, each in IANA's names."""

import asyncio
import os
import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from xml.etree import ElementTree as ET

from tests.wire.servers.system_openssl import GROUPS, VERSIONS, configuration
from tlsfleet import iana
from tlsfleet.endpoints import Endpoint
from tlsfleet.wire.second_opinion import Opinion, scan

NAME = "server.test"
EVERY_GROUP = (*GROUPS, "ffdhe4096", "ffdhe6144", "ffdhe8192", "brainpoolP384r1", "brainpoolP512r1")
INTERNAL_ERROR = "alert internal error"  # what a server ends with that picks what it cannot do


@dataclass(frozen=True, slots=True)
class Findings:
    """What a peer found, and what it can look for at all; by protocol, for which it may have no suite of its own."""

    suites: Mapping[str, frozenset[str]]
    groups: frozenset[str]
    tried: Mapping[str, frozenset[str]]
    groups_tried: frozenset[str]

    @property
    def names(self) -> frozenset[str]:
        """Of all that it found."""
        return self.groups.union(self.suites, *self.suites.values())


Peer = Callable[[Endpoint], Findings]


def s_client(endpoint: Endpoint) -> Findings:
    """The system's OpenSSL as a client, struck suite by suite."""
    suites = {protocol: frozenset(_eliminated(endpoint, protocol)) for protocol in VERSIONS}
    groups = frozenset(group for group in EVERY_GROUP if _takes(endpoint, suites, group))
    return Findings(
        {protocol: found for protocol, found in suites.items() if found},
        frozenset(GROUPS.get(group, group) for group in groups),
        {protocol: frozenset(_known(protocol).values()) for protocol in VERSIONS},
        frozenset(GROUPS.get(group, group) for group in EVERY_GROUP),
    )


def sslyze(endpoint: Endpoint) -> Findings:
    """sslyze's scan, in a process of its own."""
    opinion = asyncio.run(scan(endpoint))
    assert isinstance(opinion, Opinion), opinion
    found = {protocol: names for protocol, names in opinion.suites.items() if names}
    return Findings(found, opinion.groups or frozenset(), opinion.tried, opinion.groups_tried)


def sslscan(endpoint: Endpoint) -> Findings:
    """sslscan, which has the system's OpenSSL, and some suites of its own to which it is not held."""
    place = f"{endpoint.address}:{endpoint.port}"
    command = ["sslscan", "--xml=-", "--show-cipher-ids", "--no-heartbleed", f"--sni-name={NAME}", place]
    tree = ET.fromstring(_run(*command))
    suites: dict[str, set[str]] = {
        _protocol(each.attrib): set() for each in tree.iter("protocol") if each.attrib["enabled"] == "1"
    }
    for each in tree.iter("cipher"):
        number = int(each.attrib["id"], 16)
        suites.setdefault(each.attrib["sslversion"], set()).add(iana.cipher_suites()[number].name)
    groups = {iana.named_groups()[int(each.attrib["id"], 16)] for each in tree.iter("group")}
    tried = dict.fromkeys(("SSLv2", "SSLv3"), frozenset[str]())
    tried |= {protocol: frozenset(_known(protocol).values()) for protocol in VERSIONS}
    every = frozenset(GROUPS.values())
    return Findings({name: frozenset(found) for name, found in suites.items()}, frozenset(groups), tried, every)


def _protocol(told: Mapping[str, str]) -> str:
    return f"{told['type'].upper()}v{told['version']}"


def _eliminated(endpoint: Endpoint, protocol: str) -> list[str]:
    known, found = dict(_known(protocol)), []
    while known and (picked := _picked(endpoint, protocol, ":".join(known))) in known:
        found.append(known.pop(picked))
    if picked == INTERNAL_ERROR:
        found += [name for own, name in known.items() if _picked(endpoint, protocol, own) == own]
    return found


def _takes(endpoint: Endpoint, suites: Mapping[str, frozenset[str]], group: str) -> bool:
    """Whether it takes a group in TLS 1.3, or in the newest version below that has ECDHE, if it can be without ECDSA.

    With ECDSA a server may want the curve of its certificate on offer (RFC 8422 5.3).
    """
    modern = ":".join(_known("TLSv1.3"))
    if suites["TLSv1.3"] and _picked(endpoint, "TLSv1.3", modern, "-groups", group) in _known("TLSv1.3"):
        return True
    able = [(version, suite) for version in VERSIONS for suite in suites[version] if "_ECDH" in suite]
    if not able or group.startswith("ffdhe"):
        return False
    version, suite = max(able, key=lambda pair: ("_ECDSA_" not in pair[1], pair))
    own = next(name for name, known in _known(version).items() if known == suite)
    return _picked(endpoint, version, own, "-groups", group) == own


def _picked(endpoint: Endpoint, protocol: str, suites: str, *arguments: str) -> str:
    """OpenSSL's name of the suite that was picked; INTERNAL_ERROR, or nothing, where none was."""
    modern = protocol == "TLSv1.3"
    offer = ["-ciphersuites", suites] if modern else ["-cipher", f"{suites}:@SECLEVEL=0"]
    place = ["-connect", f"{endpoint.address}:{endpoint.port}", "-servername", NAME]
    said = _run("openssl", "s_client", *place, f"-{VERSIONS[protocol]}", *offer, *arguments)
    found = re.search(r"^New, \S+, Cipher is (\S+)$", said, re.MULTILINE)
    return found[1] if found and found[1] != "(NONE)" else INTERNAL_ERROR if INTERNAL_ERROR in said else ""


@cache
def _known(protocol: str) -> Mapping[str, str]:
    """OpenSSL's suites of a protocol by its own names."""
    flags = ["-s", "-stdname", f"-{VERSIONS[protocol]}"]
    listed = _run("openssl", "ciphers", *flags, "ALL:COMPLEMENTOFALL:@SECLEVEL=0").splitlines()
    pairs = [(line.split()[2], line.split()[0]) for line in listed]
    modern = {each.name for each in iana.cipher_suites().values() if each.protocol == "TLSv1.3"}
    return {own: name for own, name in pairs if (name in modern) == (protocol == "TLSv1.3")}


def _run(*command: str) -> str:
    environment = {**os.environ, "OPENSSL_CONF": str(configuration())}
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if command[0] == "openssl" else None,
        check=False,
        timeout=60,
        env=environment,
    )
    return done.stdout.decode(errors="replace")
