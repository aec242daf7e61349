"""What services offer in a handshake: protocols, cipher suites and their order, compression."""

from collections.abc import Iterator
from datetime import datetime
from shlex import quote

from tlsfleet.check import INSIDE, Outcome, check
from tlsfleet.crypto.suite_rules import NOT_LISTED, forbidden, string_of, without
from tlsfleet.facts import CipherSuite, TlsSettings, Unknown
from tlsfleet.known.cipher_suites import suite, tags
from tlsfleet.known.directives import controls, mend, protocol_names, search
from tlsfleet.policy import Policy
from tlsfleet.subjects import Block, serving_blocks
from tlsfleet.verdict import MUST, SHOULD, NotApplicable, Violation

PROTOCOLS = ("SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3")
PROTOCOL_TAGS = {"SSLv2": ("DROWN", "CVE-2016-0800"), "SSLv3": ("POODLE", "CVE-2014-3566")}
NO_TLS = "no service speaks TLS"


@check(
    "service.protocols",
    level=MUST,
    vantage=INSIDE,
    subjects=serving_blocks,
    notes=["N39", "N40"],
    parameters=["protocols"],
    nothing=NO_TLS,
)
def protocols(item: Block, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """Only protocol versions that the policy allows are enabled, defaults included.

    Why: SSL 2 and 3 are broken (DROWN, POODLE), TLS 1.0 and 1.1 rest on SHA-1 and MD5 and are withdrawn; a version
    that is enabled can be forced on a client that would do better. Source: RFC 8996; RFC 7568; RFC 9325 3.1.1.
    Remedy: enable TLS 1.2 and 1.3 only.
    """
    enabled, allowed = item.block.settings.protocols, policy.texts("protocols")
    if isinstance(enabled, Unknown):
        yield enabled
    elif not enabled:
        yield Unknown(item.subject, "no protocol version is enabled")
    elif extra := [name for name in enabled if name not in allowed]:
        wanted = tuple(name for name in PROTOCOLS if name in allowed)
        yield Violation(
            observed=" ".join(enabled),
            expected=f"none but {' '.join(wanted)}",
            where=item.place("protocols"),
            remedy=mend(
                item.service.service, "protocols", item.place("protocols"), protocol_names(item.service.service, wanted)
            ),
            reproduce=search(item.service, "protocols"),
            tags=(
                *(tag for name in extra for tag in PROTOCOL_TAGS.get(name, ())),
                *controls(item.service.service, "protocols"),
            ),
        )


@check(
    "service.cipher-suites",
    level=MUST,
    vantage=INSIDE,
    subjects=serving_blocks,
    notes=["N49"],
    parameters=["forbidden_cipher_suites", "cipher_suites"],
    nothing=NO_TLS,
)
def cipher_suites(item: Block, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """Every cipher suite on offer, as the host's own OpenSSL expands the setting, is one that the policy allows.

    Why: a suite without encryption or authentication, or with a cipher that can be broken, protects nobody who is
    brought to use it. Source: RFC 9325 4.1; RFC 7465; CVE-2016-2183. Remedy: exclude the kind from the cipher string,
    or write a short list of modern suites.
    """
    listed = item.block.settings.cipher_suites
    if isinstance(listed, Unknown):
        yield listed
        return
    if not listed:
        yield Unknown(item.subject, "the setting expands to no cipher suite")
    bad: dict[str, list[str]] = {}
    for offered in listed:
        kind = forbidden(offered.name, policy)
        can = _offered(offered, item.block.settings) if kind else False
        if isinstance(kind, Unknown) or isinstance(can, Unknown):
            yield from (gap for gap in (kind, can) if isinstance(gap, Unknown))
        elif kind and can:
            bad.setdefault(kind, []).append(offered.name)
    for kind, names in bad.items():
        yield _bad_suites(item, kind, names)


@check(
    "service.server-preference",
    level=SHOULD,
    vantage=INSIDE,
    subjects=serving_blocks,
    notes=["N41"],
    parameters=["server_preference"],
    nothing=NO_TLS,
)
def server_preference(item: Block, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """The server keeps its own order of cipher suites where it offers any but the best.

    Why: otherwise the client's order decides, and an old client may pick a static key exchange or CBC though it knows
    better. Where all suites on offer are equally good the client knows best which is fast for it. Source: RFC 9325
    4.2.1. Remedy: let the server's order prevail, or offer only AEAD suites with forward secrecy.
    """
    preference, needed = item.block.settings.server_preference, _needs_preference(item.block.settings, policy)
    gaps = [found for found in (preference, needed) if isinstance(found, Unknown)]
    if preference is True or needed is False:
        return
    if preference is None:
        yield NotApplicable("the service has no such setting")
    elif gaps:
        yield gaps[0]
    else:
        yield Violation(
            observed=f"off{f', and {needed} is on offer' if needed else ''}",
            expected="on",
            where=item.place("server_preference"),
            remedy=mend(item.service.service, "server_preference", item.place("server_preference"), "on"),
            reproduce=search(item.service, "server_preference"),
        )


@check(
    "service.compression-off",
    level=MUST,
    vantage=INSIDE,
    subjects=serving_blocks,
    nothing=NO_TLS,
    tags=["CRIME", "CVE-2012-4929"],
)
def compression_off(item: Block, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """TLS compression is off.

    Why: the length of what is compressed tells of its content: a page that a victim visits can find out cookies
    (CRIME). Source: RFC 9325 3.3; CVE-2012-4929. Remedy: switch compression off.
    """
    compression = item.block.settings.compression
    if isinstance(compression, Unknown):
        yield compression
    elif compression is None:
        yield Unknown(item.subject, "whether TLS compression is on cannot be told")
    elif compression:
        yield Violation(
            observed="on",
            expected="off",
            where=item.place("compression"),
            remedy=mend(item.service.service, "compression", item.place("compression"), "-Compression"),
            reproduce=search(item.service, "compression"),
        )


def _offered(offered: CipherSuite, settings: TlsSettings) -> bool | Unknown:
    """Whether the block can come to use a suite: an enabled version carries it, and DHE has its parameters."""
    found = suite(offered.name)
    if isinstance(settings.protocols, Unknown):
        return settings.protocols
    if not _carried(offered, settings.protocols):
        return False
    if found and found.ephemeral_dh:
        return (
            settings.dh_parameters
            if isinstance(settings.dh_parameters, Unknown)
            else settings.dh_parameters is not None
        )
    return True


def _carried(offered: CipherSuite, enabled: tuple[str, ...]) -> bool:
    if offered.protocol not in PROTOCOLS or offered.protocol == "TLSv1.3":
        return offered.protocol not in PROTOCOLS or "TLSv1.3" in enabled
    return any(version in enabled for version in PROTOCOLS[PROTOCOLS.index(offered.protocol) : -1])


def _bad_suites(item: Block, kind: str, names: list[str]) -> Violation:
    string, service = string_of(item.block.settings.cipher_string), item.service.service
    found = [entry for name in names if (entry := suite(name))]
    return Violation(
        observed=f"{', '.join(names)} on offer",
        expected="none but the policy's list" if kind == NOT_LISTED else f"no {kind} cipher suite",
        where=item.place("cipher_suites"),
        remedy=mend(service, "cipher_suites", item.place("cipher_suites"), without(string, kind)),
        reproduce=f"openssl ciphers -V {quote(string)}" if string else search(item.service, "cipher_suites"),
        tags=(
            *dict.fromkeys(tag for entry in found for tag in tags(sorted(entry.kinds), entry.name)),
            *controls(service, "cipher_suites"),
        ),
    )


def _needs_preference(settings: TlsSettings, policy: Policy) -> str | bool | Unknown:
    """The name of a suite on offer that others should come before; an empty text where the policy always asks."""
    if policy.text("server_preference") == "always":
        return ""
    if isinstance(settings.cipher_suites, Unknown):
        return settings.cipher_suites
    for offered in settings.cipher_suites:
        found = suite(offered.name)
        can = _offered(offered, settings) if found is None or not found.preferred else False
        if can is not False:
            return offered.name if can is True else can
    return False
