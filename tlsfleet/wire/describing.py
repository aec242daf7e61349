"""Answers to facts: what the picks and flights of all versions say of an endpoint. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain

from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa

from tlsfleet import iana
from tlsfleet.certificates import Certificate, load_certificate
from tlsfleet.endpoints import Answered, DhGroup, Endpoint, Inapplicable, ServedChain
from tlsfleet.known.cipher_suites import suite
from tlsfleet.missing import Malformed, Unknown
from tlsfleet.wire import offers
from tlsfleet.wire.answer import Answer
from tlsfleet.wire.elimination import Found
from tlsfleet.wire.hello import EXTENDED_MASTER_SECRET, HEARTBEAT, RENEGOTIATION_INFO, Hello
from tlsfleet.wire.versions import Spoken, Whole

KEYS: Mapping[type, str] = {
    rsa.RSAPublicKey: "RSA",
    ec.EllipticCurvePublicKey: "ECDSA",
    ed25519.Ed25519PublicKey: "EdDSA",
    ed448.Ed448PublicKey: "EdDSA",
    dsa.DSAPublicKey: "DSA",
}
WITH_CERTIFICATE = ("RSA", "DSS", "ECDSA")  # words of the key exchanges that have one
NO_CERTIFICATE = "it sends no certificate"
NOT_BELOW_13 = Inapplicable("it speaks nothing below TLS 1.3")
NOT_12 = Inapplicable("it does not speak TLS 1.2")


@dataclass(frozen=True, slots=True)
class Seen:
    """What the versions of an endpoint came to: OLDER and TLS 1.3, a whole handshake of that, SSL 2's suites."""

    endpoint: Endpoint
    spoken: tuple[Spoken, ...]
    whole: Whole | None
    ssl2: tuple[str, ...] | Unknown
    others: tuple[Answer, ...] = ()  # with types of key that are shown to who does not take the usual one

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Every answer with a pick."""
        last = (self.whole.answer,) if self.whole else ()
        return (*chain.from_iterable(each.answers for each in self.spoken), *last, *self.others)

    def of(self, *names: str) -> tuple[Spoken, ...]:
        """The versions of some names in which it picked something."""
        return tuple(each for each in self.spoken if each.version in names and each.suites.picks)

    @property
    def best(self) -> Hello | None:
        """A hello that it answered, of the newest version."""
        return next((each.hello for each in reversed(self.spoken) if each.hello), None)

    @property
    def highest_classic(self) -> Spoken | None:
        """The newest version up to TLS 1.2 that it speaks."""
        return next(iter(reversed(self.of(*offers.OLDER))), None)

    @property
    def doubtful(self) -> bool:
        """Whether it ended a search without a plain no."""
        return any(found.doubt for each in self.spoken for found in (each.suites, each.groups))

    def settled(self) -> "Seen":
        """With every doubt as something that could not be told."""
        return replace(self, spoken=tuple(replace(each, suites=_unsure(self, each.suites)) for each in self.spoken))


def _unsure(seen: Seen, found: Found) -> Found:
    return replace(found, incomplete=Unknown(seen.endpoint.subject, found.doubt)) if found.doubt else found


def failure(seen: Seen) -> Unknown:
    """Why TLS was not reached: what the newest versions were answered."""
    for each in reversed(seen.spoken):
        if each.suites.incomplete:
            return each.suites.incomplete
    doubt = next((each.suites.doubt for each in reversed(seen.spoken) if each.suites.doubt), None)
    return Unknown(seen.endpoint.subject, doubt or "it refuses every handshake")


def refused(seen: Seen) -> bool:
    """Whether every hello was refused by an alert."""
    return not any(each.suites.picks or each.suites.doubt or each.suites.incomplete for each in seen.spoken)


def protocols(seen: Seen) -> dict[str, bool | Unknown]:
    """Each version: spoken, not spoken, or not to be told."""
    found: dict[str, bool | Unknown] = {"SSLv2": seen.ssl2 if isinstance(seen.ssl2, Unknown) else bool(seen.ssl2)}
    for each in seen.spoken:
        found[each.version] = bool(each.suites.picks) or each.suites.incomplete or False
    return found


def cipher_suites(seen: Seen) -> dict[str, tuple[str, ...] | Unknown]:
    """The suites of each version that is spoken, or may be."""
    found: dict[str, tuple[str, ...] | Unknown] = {"SSLv2": seen.ssl2} if seen.ssl2 else {}
    for each in seen.spoken:
        if each.suites.incomplete:
            found[each.version] = each.suites.incomplete
        elif each.suites.picks:
            found[each.version] = tuple(iana.cipher_suites()[pick].name for pick in each.suites.picks)
    return found


def groups(found: Iterable[Found]) -> tuple[str, ...] | Unknown:
    """The named groups of some searches together."""
    searches = tuple(found)
    lost = next((each.incomplete for each in searches if each.incomplete), None)
    picks = dict.fromkeys(chain.from_iterable(each.picks for each in searches))
    return lost or tuple(iana.named_groups()[pick] for pick in picks)


def dh(answers: Iterable[Answer]) -> tuple[DhGroup, ...]:
    """Every prime with its generator."""
    return tuple(dict.fromkeys(DhGroup(*answer.dh) for answer in answers if answer.dh))


def schemes(answers: Iterable[Answer], weak: Found | None) -> tuple[str, ...] | Unknown:
    """The schemes that it was seen to sign with, when offered all and when offered none but the weak.

    Where it was seen to take a weak one there may be others, that it would not be asked for: that tells enough.
    """
    if weak is not None and weak.incomplete and not weak.picks:
        return weak.incomplete
    seen = dict.fromkeys(answer.scheme for answer in answers if answer.scheme is not None)
    names = iana.signature_schemes()
    more = weak.picks if weak else ()
    return tuple(names.get(number, f"{number:#06x}") for number in dict.fromkeys((*seen, *more)))


def key_types(answers: Iterable[Answer]) -> set[str]:
    """The types of key of the end-entity certificates."""
    return {_key_type(answer.certificates[0]) for answer in answers if answer.certificates}


def chains(seen: Seen, lost: Unknown | None) -> tuple[ServedChain, ...] | Unknown:
    """Each chain once, and in the place of one that there must be and that was not seen why that is."""
    found = _seen_chains(seen.answers)
    reasons = dict.fromkeys([*([lost.reason] if lost else []), *_owed(seen.answers)])
    if reasons and not found:
        return Unknown(seen.endpoint.subject, next(iter(reasons)))
    return (*found, *(ServedChain("other", (Malformed("certificate", reason),)) for reason in reasons))


def _seen_chains(answers: Iterable[Answer]) -> tuple[ServedChain, ...]:
    """Each chain with the staple that came with it in any of the handshakes."""
    found: dict[tuple[bytes, ...], ServedChain] = {}
    for answer in answers:
        if answer.certificates:
            served = tuple(map(_certificate, answer.certificates))
            before = found.get(answer.certificates, ServedChain(_key_type(answer.certificates[0]), served))
            found[answer.certificates] = replace(
                before, staple=before.staple or answer.staple, scts=before.scts or answer.scts
            )
    return tuple(found.values())


def _owed(answers: Iterable[Answer]) -> Iterator[str]:
    """Why no certificate came in any handshake of a key exchange that has one (RFC 5246 7.4.2, RFC 8446 4.4.2)."""
    flights = [(_exchange(answer), answer) for answer in answers if not answer.retry]
    shown = {exchange for exchange, answer in flights if answer.certificates}
    for exchange, answer in flights:
        due = answer.complete if exchange == "TLS13" else any(word in exchange for word in WITH_CERTIFICATE)
        if due and exchange not in shown:
            yield answer.broken or NO_CERTIFICATE


def _exchange(answer: Answer) -> str:
    registered = iana.cipher_suites().get(answer.suite or 0)
    known = suite(registered.name) if registered else None
    return known.exchange if known else ""


def extended_master_secret(seen: Seen) -> Answered:
    """RFC 7627, in every handshake of TLS 1.2."""
    return _everywhere(seen.of("TLSv1.2"), EXTENDED_MASTER_SECRET, NOT_12)


def secure_renegotiation(seen: Seen) -> Answered:
    """RFC 5746, in every handshake below TLS 1.3."""
    return _everywhere(seen.of(*offers.OLDER), RENEGOTIATION_INFO, NOT_BELOW_13)


def compression(seen: Seen) -> Answered:
    """Whether DEFLATE (RFC 3749) was picked in any handshake."""
    methods = [answer.compression for each in seen.of(*offers.OLDER) for answer in each.suites.answers]
    return any(methods) if methods else NOT_BELOW_13


def heartbeat(seen: Seen) -> bool:
    """Whether it has the extension (RFC 6520)."""
    return any(HEARTBEAT in answer.extensions for answer in seen.answers)


def _everywhere(spoken: tuple[Spoken, ...], extension: int, otherwise: Inapplicable) -> Answered:
    answers = [answer for each in spoken for answer in each.suites.answers]
    return all(extension in answer.extensions for answer in answers) if answers else otherwise


def _certificate(der: bytes) -> Certificate | Malformed:
    try:
        load_certificate(der)
    except ValueError as error:
        return Malformed("certificate", f"it does not parse: {error}")
    return Certificate(der)


def _key_type(der: bytes) -> str:
    try:
        key = load_certificate(der).public_key()
    except Exception:  # noqa: BLE001 - cryptography raises several for a key that it does not know
        return "other"
    return next((name for kind, name in KEYS.items() if isinstance(key, kind)), "other")
