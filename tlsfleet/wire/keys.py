"""The types of key that a server has a certificate for: it shows another to who does not take those seen."""

from collections.abc import Iterable
from dataclasses import replace

from tlsfleet import iana
from tlsfleet.missing import Unknown
from tlsfleet.wire import describing, offers
from tlsfleet.wire.answer import Answer
from tlsfleet.wire.asking import Asker
from tlsfleet.wire.describing import Seen
from tlsfleet.wire.elimination import Found, put
from tlsfleet.wire.hello import Hello

NO_CHAIN = "no handshake of TLS 1.3 could be read to its end"
# Signature schemes by the key that signs with them, as clients ask for a chain.
SIGNERS = {
    "RSA": ("rsa_",),
    "ECDSA": ("ecdsa_",),
    "EdDSA": ("ed25519", "ed448"),
    "DSA": ("dsa_",),
    "ML-DSA": ("mldsa",),
}


async def other_keys(asker: Asker, seen: Seen, types: set[str]) -> Found:
    """The handshakes for clients that take none of some types of key, nor those that this shows one by one.

    Nothing is asked where the cipher suites tell each type of key from the others.
    """
    hello, known, found = _telling(asker, seen), set(types), Found()
    if hello is None:
        lost = Unknown(asker.endpoint.subject, NO_CHAIN) if seen.of("TLSv1.3") else None
        return replace(found, incomplete=lost)
    for _ in SIGNERS:
        outcome = await put(asker, signed_by(hello, SIGNERS.keys() - known))
        if isinstance(outcome, Answer) and not outcome.certificates:
            outcome = Unknown(asker.endpoint.subject, outcome.broken or NO_CHAIN)
        if isinstance(outcome, Unknown):
            return replace(found, incomplete=outcome)
        more = describing.key_types([outcome]) - known if isinstance(outcome, Answer) else set()
        if not isinstance(outcome, Answer) or not more:
            break
        found, known = replace(found, answers=(*found.answers, outcome)), known | more
    return found


async def same_keys(asker: Asker, seen: Seen, first: Answer) -> bool:
    """Whether a further name has, of each type of key, the chain that the name examined has."""
    own = describing.key_types([first])
    others = {kind: answer for answer in seen.answers for kind in describing.key_types([answer]) - own}
    for kind, answer in others.items():
        shown = await put(asker, _showing(asker, seen, answer, kind))
        if not isinstance(shown, Answer) or shown.certificates != answer.certificates:
            return False
    return await other_keys(asker, seen, own | others.keys()) == Found()


def signed_by(hello: Hello, types: Iterable[str]) -> Hello:
    """A hello that takes some types of key alone."""
    names, words = iana.signature_schemes(), tuple(word for kind in types for word in SIGNERS.get(kind, ()))
    schemes = tuple(number for number in offers.schemes() if names[number].startswith(words))
    return replace(hello, schemes=schemes, certificate_schemes=offers.schemes())


def _telling(asker: Asker, seen: Seen) -> Hello | None:
    """A hello whose signature schemes alone choose the key: of TLS 1.3, else with the suites of ECDSA and EdDSA both.

    None where there is none (RFC 8422 5.10: nothing else hides one key behind another).
    """
    if seen.of("TLSv1.3"):
        return replace(seen.whole.hello, server_name=asker.endpoint.server_name) if seen.whole else None
    suites = offers.named("TLSv1.2", "ECDHE_ECDSA")
    able = tuple(pick for each in seen.of("TLSv1.2") for pick in each.suites.picks if pick in suites)
    return offers.hello(asker.endpoint, "TLSv1.2", able) if able else None


def _showing(asker: Asker, seen: Seen, answer: Answer, kind: str) -> Hello:
    """The hello that brought a chain of a type of key."""
    telling = _telling(asker, seen)
    if telling is not None and telling.version == answer.version:
        return signed_by(telling, [kind])
    return offers.hello(asker.endpoint, answer.version or "", (answer.suite or 0,))
