"""What a server does beside picking: its order, weak signatures, tickets, fallback, strange names."""

from collections.abc import Sequence
from dataclasses import replace

from tlsfleet.endpoints import Answered, Inapplicable
from tlsfleet.missing import Unknown
from tlsfleet.wire import offers
from tlsfleet.wire.answer import Answer
from tlsfleet.wire.asking import Answering, Asker
from tlsfleet.wire.elimination import Found, Question, Refused, eliminate, put
from tlsfleet.wire.faults import Fault
from tlsfleet.wire.hello import FALLBACK, PRE_SHARED_KEY, VERSIONS, Hello
from tlsfleet.wire.versions import Spoken, Whole

INAPPROPRIATE_FALLBACK, UNRECOGNIZED_NAME, NO_APPLICATION_PROTOCOL = 86, 112, 120
NOBODY = "no-such-name.invalid"  # RFC 6761 6.4
NO_PROTOCOL = "no-such-protocol"
X25519, P256 = 29, 23
RSA_PSS_PSS_SHA512 = 0x080B


async def own_order(asker: Answering, spoken: Spoken, *, shown: bool = False) -> Answered:
    """Whether a server keeps an order of its own: it does if its picks are not always the first on offer.

    Where they are, and nothing else has ``shown`` it, the offer may have been in its order by chance: so the suites are
    put once more, the other way.
    """
    picks, offered = spoken.suites.picks, offers.suites(spoken.version)
    if len(picks) < 2:
        return Inapplicable("it has no two suites of this version to choose from")
    places = [offered.index(pick) for pick in picks]
    if shown or (places != sorted(places) and not spoken.suites.troubled):
        return True
    turned = tuple(reversed(picks))
    hello = replace(offers.hello(asker.endpoint, spoken.version, turned), shares=())
    outcome = await put(asker, hello)
    if isinstance(outcome, Answer):
        return outcome.suite != turned[0]
    return _unknown(asker, outcome, "its suites were put the other way")


async def more_groups(asker: Asker, spoken: Spoken, known: tuple[int, ...]) -> Found:
    """The groups that a version up to TLS 1.2 takes beside those known.

    A server may want the curve of its own ECDSA certificate on offer (RFC 8422 5.3): so that one stays, at the end.
    """
    able = tuple(pick for pick in spoken.suites.picks if pick in offers.named(spoken.version, "ECDHE", "ECDH_anon"))
    if not able or spoken.version == "SSLv3":  # which has no extension to ask for groups by: its own is seen
        return Found(tuple(dict.fromkeys(answer.group for answer in spoken.answers if answer.group is not None)))
    curves = tuple(group for group in (P256,) if group in known and _ecdsa(spoken))
    left = tuple(group for group in offers.groups() if group not in known)

    def hello(some: tuple[int, ...]) -> Hello:
        return replace(offers.hello(asker.endpoint, spoken.version, able), groups=(*some, *curves))

    found = await eliminate(asker, Question(hello, lambda answer: answer.group, (X25519, P256)), left)
    if curves and found.incomplete:  # it picked the curve of its certificate: what is left cannot be reached
        return Found(found.picks, found.answers)
    return found


async def weak_signatures(asker: Asker, spoken: Spoken) -> Found:
    """The schemes with MD5 or SHA-1 that a server of TLS 1.2 signs with, if it is offered no other that it can.

    One more is offered, that needs a kind of key which hardly any server has: nginx calls it critical (in its log) if
    OpenSSL knows none of the schemes on offer, and common if it has no key for them.
    """
    able = tuple(pick for pick in spoken.suites.picks if pick in offers.named(spoken.version, "ECDHE_", "DHE_"))
    asked_for = (*offers.weak_schemes(), RSA_PSS_PSS_SHA512)

    def hello(some: tuple[int, ...]) -> Hello:
        asked = offers.hello(asker.endpoint, spoken.version, able)
        return replace(asked, schemes=some, certificate_schemes=offers.schemes())

    question = Question(hello, lambda answer: answer.scheme, asked_for)
    return await eliminate(asker, question, asked_for) if able else Found()


async def resumed_by_psk(asker: Asker, hello: Hello, whole: Whole) -> Answered:
    """Whether a ticket of TLS 1.3 is taken."""
    if not whole.early_data:
        return False
    try:
        answer = await asker.resume(hello)
    except Fault as fault:
        return Unknown(asker.endpoint.subject, fault.text)
    if answer.version is None:
        return Unknown(asker.endpoint.subject, "it refused the hello that brought a ticket")
    return PRE_SHARED_KEY in answer.extensions


async def fallback_refused(asker: Asker, spoken: tuple[Spoken, ...]) -> Answered:
    """Whether a hello that says that it is a fallback is refused (RFC 7507), where there is a version to fall to."""
    versions = sorted((each for each in spoken if each.suites.picks), key=lambda each: VERSIONS[each.version])
    if len([each for each in versions if each.version != "TLSv1.3"]) < 2:
        return Inapplicable("it speaks no two versions below TLS 1.3")
    hello = versions[0].hello
    assert hello is not None  # noqa: S101 - it has picks
    outcome = await put(asker, replace(hello, suites=(*versions[0].suites.picks, FALLBACK)))
    if isinstance(outcome, Answer):
        return False
    if isinstance(outcome, Refused) and outcome.alert == INAPPROPRIATE_FALLBACK:
        return True
    return _unknown(asker, outcome, "a fallback was put")


async def strangers(
    asker: Asker, hello: Hello, named: Sequence[Answer]
) -> tuple[str | Unknown | Inapplicable, Answered]:
    """What a client gets that asks for nobody's name, and for a protocol that there is not, at once if that tells both.

    The name is ``refused``, or has the ``same`` certificate, or an ``other``; a protocol that is not known should be
    refused (RFC 7301 3.2; ALPACA).
    """
    both = await put(asker, replace(hello, server_name=hello.server_name and NOBODY, alpn=(NO_PROTOCOL,)))
    if isinstance(both, Answer):
        return _name(asker, hello, named, both), False
    alert = both.alert if isinstance(both, Refused) else None
    if alert == NO_APPLICATION_PROTOCOL:
        alone = await put(asker, replace(hello, server_name=hello.server_name and NOBODY))
        return _name(asker, hello, named, alone), True
    return _name(asker, hello, named, both), await _alpn(asker, hello)


def _name(
    asker: Asker, hello: Hello, named: Sequence[Answer], seen: Answer | Refused | Unknown
) -> str | Unknown | Inapplicable:
    if hello.server_name is None:
        return Inapplicable("no name was asked for")
    if isinstance(seen, Answer):
        return "same" if seen.certificates in {answer.certificates for answer in named} else "other"
    if isinstance(seen, Refused) and seen.alert is not None:
        return "refused"
    return _unknown(asker, seen, "an unknown name was asked for")


async def _alpn(asker: Asker, hello: Hello) -> Answered:
    outcome = await put(asker, replace(hello, alpn=(NO_PROTOCOL,)))
    if isinstance(outcome, Answer):
        return False
    if isinstance(outcome, Refused) and outcome.alert == NO_APPLICATION_PROTOCOL:
        return True
    return _unknown(asker, outcome, "an unknown protocol was asked for")


def _ecdsa(spoken: Spoken) -> bool:
    return any(pick in offers.named(spoken.version, "ECDHE_ECDSA") for pick in spoken.suites.picks)


def _unknown(asker: Answering, outcome: Refused | Unknown, when: str) -> Unknown:
    if isinstance(outcome, Unknown):
        return outcome
    said = f"alert {outcome.alert}" if outcome.alert is not None else outcome.doubt
    return Unknown(asker.endpoint.subject, f"when {when}, it answered by {said}")
