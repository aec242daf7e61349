"""What a name's ports and addresses answer, held against each other."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address

from tlsfleet.check import WIRE, Outcome, check
from tlsfleet.crypto.configured import key_type, told_apart
from tlsfleet.crypto.host_names import addresses_of, covers
from tlsfleet.endpoints import LOCAL
from tlsfleet.facts import Certificate, HostFacts, Malformed, ServedChain, Unknown
from tlsfleet.iana import PROTOCOLS
from tlsfleet.known.directives import reload
from tlsfleet.names import dns_names
from tlsfleet.policy import Policy
from tlsfleet.served import Served, alike, every_endpoint
from tlsfleet.verdict import MAY, MUST, SHOULD, Conforms, Level, NotApplicable, Violation

NO_NAME = "no endpoint was examined by a name"
NAMED = 8  # of what differs
PROOF = "openssl x509 -noout -subject -enddate -fingerprint -sha256"
GROUPS, CERTIFICATES, SUITES = "groups", "certificates", "cipher suites of "
Answers = Mapping[str, frozenset[str] | Unknown]


@dataclass(frozen=True, slots=True)
class Together:
    """Endpoints that should answer alike: those of a name, or of a name and a port."""

    subject: str
    members: tuple[Served, ...]

    @property
    def at_most(self) -> Level:
        return MAY if all(map(_is_local, self.members)) else MUST


@dataclass(frozen=True, slots=True)
class Leaf:
    """The end-entity certificate of one chain of an endpoint."""

    served: Served
    certificate: Certificate
    kind: str  # of its key, empty for one that cannot be read

    @property
    def named(self) -> str:
        return told_apart(self.certificate)


def of_a_name(facts: HostFacts, policy: Policy) -> Iterator[Together | Unknown]:
    """The endpoints of each name that was asked for."""
    yield from _together(facts, lambda each: str(each.endpoint.server_name))


def of_a_port(facts: HostFacts, policy: Policy) -> Iterator[Together | Unknown]:
    """The endpoints of each name and port on all addresses, of names that were answered alike everywhere the first's.

    Those that only the host itself reaches are apart.
    """
    told: list[Together] = []
    for each in _together(facts, _port):
        if isinstance(each, Unknown):
            yield each
        elif not any(_same(each, other) for other in told):
            told.append(each)
            yield each


@check(
    "consistency.same-certificate-everywhere",
    level=SHOULD,
    vantage=WIRE,
    subjects=of_a_name,
    nothing=NO_NAME,
    notes=["N33"],
)
def same_certificate_everywhere(item: Together, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """Every port of a name serves the same certificate, or one for each type of key.

    Why: Where one port has another certificate, a renewal left it behind, and it is the one that will expire unseen.
    A port whose certificate is for other names is none of the name's. Source: notes N33; RFC 9325 3.9. Remedy:
    Configure all services of the name with the same files, and reload them together.
    """
    found = [leaf for each in item.members for leaf in _leaves(each)]
    yield from (each for each in found if isinstance(each, Unknown))
    leaves = [each for each in found if isinstance(each, Leaf)]
    own = [each for each in leaves if _is_for(each, item.subject)]
    for kind in dict.fromkeys(each.kind for each in own):
        yield from _left_behind([each for each in own if each.kind == kind])
    others = dict.fromkeys(each.served.subject for each in leaves if each not in own)
    if len({each.served.subject for each in own}) < 2:
        yield NotApplicable("no two endpoints have a certificate for it")
    elif others:
        yield Conforms(f"beside those whose certificate is for other names: {', '.join(others)}")


@check(
    "consistency.address-families-agree",
    level=SHOULD,
    vantage=WIRE,
    subjects=of_a_port,
    nothing=NO_NAME,
)
def address_families_agree(item: Together, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """A name answers alike over IPv4 and over IPv6: versions, cipher suites, groups and certificates.

    Why: What was hardened or renewed for one family alone stays weak or expires in the other, where half of the
    clients are and few look. Source: RFC 9325 3; RFC 6540. Remedy: Give the listeners of both families one
    configuration, and reload the service.
    """
    families = {_family(each) for each in item.members}
    if len(families) < 2:
        yield NotApplicable(f"it was examined over IPv{families.pop()} alone")
        return
    silent = {each.subject: each.facts.failure for each in item.members if not each.facts.refused}
    yield from (Unknown(subject, failure.reason) for subject, failure in silent.items() if failure)
    heard = [each for each in item.members if not silent.get(each.subject)]
    four, six = ([each for each in heard if _family(each) == family] for family in (4, 6))
    if four and six:
        yield from _compared(item.subject, four, six)


def _together(facts: HostFacts, key: Callable[[Served], str]) -> Iterator[Together | Unknown]:
    """The endpoints that were asked for by a name, by some key."""
    found: dict[str, list[Served]] = {}
    for each in every_endpoint(facts):
        if isinstance(each, Unknown):
            yield each
        elif each.endpoint.server_name:
            found.setdefault(key(each), []).append(each)
    yield from (Together(subject, tuple(members)) for subject, members in found.items())


def _same(one: Together, other: Together) -> bool:
    """Whether two names were answered alike everywhere, so that one stands for both."""
    places = [[(each.endpoint.place, each.endpoint.starttls) for each in group.members] for group in (one, other)]
    return places[0] == places[1] and all(map(alike, one.members, other.members))


def _port(item: Served) -> str:
    """Port, STARTTLS and name as an inventory has them, and whether it is local."""
    start = f"/{item.endpoint.starttls}" if item.endpoint.starttls else ""
    local = f"!{LOCAL}" if _is_local(item) else ""
    return f"{item.endpoint.port}{start}@{item.endpoint.server_name}{local}"


def _is_local(item: Served) -> bool:
    return item.endpoint.endpoint_class == LOCAL


def _family(item: Served) -> int:
    return ip_address(item.endpoint.address).version


# The certificates of a name


def _leaves(item: Served) -> Iterator[Leaf | Unknown]:
    """The end-entity certificates that an endpoint serves, and why there may be more."""
    chains = item.facts.failure or item.facts.chains
    if isinstance(chains, Unknown):
        yield Unknown(item.subject, chains.reason)
        return
    yield from item.unlisted()
    for chain in chains:
        first = next(iter(chain.certificates), None)
        if isinstance(first, Certificate):
            kind = key_type(first)
            yield Leaf(item, first, kind if isinstance(kind, str) else "")
        else:
            yield Unknown(item.subject, first.reason if first else "it sends no certificate")


def _is_for(leaf: Leaf, name: str) -> bool:
    """Whether a certificate is for a name; one whose names cannot be read may be."""
    dns, addresses = dns_names(leaf.certificate), addresses_of(leaf.certificate)
    if isinstance(dns, Unknown) or isinstance(addresses, Unknown):
        return True
    return covers(dns, addresses, name)


def _left_behind(leaves: Sequence[Leaf]) -> Iterator[Violation]:
    """Each certificate but the newest; of those that are as new it is the one that most endpoints serve."""
    counted = Counter(each.certificate for each in leaves)
    newest, *older = sorted(counted, key=lambda each: (each.not_before, counted[each]), reverse=True)
    usual = next(each for each in leaves if each.certificate == newest)
    for certificate in older:
        odd = [each for each in leaves if each.certificate == certificate]
        places = ", ".join(dict.fromkeys(each.served.subject for each in odd))
        hidden = all(_is_local(each.served) for each in odd) or _is_local(usual.served)
        yield Violation(
            observed=f"{odd[0].named} at {places}",
            expected=f"{usual.named}, as at {usual.served.subject}",
            where=odd[0].served.place("certificates"),
            remedy=_mended(odd[0].served, usual.served),
            reproduce=f"{odd[0].served.s_client()} | {PROOF}; {usual.served.s_client()} | {PROOF}",
            at_most=MAY if hidden else MUST,
        )


def _mended(odd: Served, usual: Served) -> str:
    """How to have one endpoint serve what another does."""
    pairs = [pair for block in usual.blocks for pair in block.block.settings.certificates]
    for pair in pairs if odd.service else ():
        if isinstance(pair.certificate, str) and isinstance(pair.key, str):
            return odd.mend("certificates", pair.certificate, pair.key)
    return f"{reload(odd.service)}; if it stays, name the files there that {usual.endpoint.place} has, and reload again"


# The answers of an address


def _compared(subject: str, four: list[Served], six: list[Served]) -> Iterator[Outcome]:
    """What is answered over one family alone, of what was asked over both."""
    answers = [[_answers(each) for each in members] for members in (four, six)]
    every = [each for over in answers for each in over]
    for name in [key for key in every[0] if all(key in each for each in every)]:
        gap = next((value for each in every if isinstance(value := each[name], Unknown)), None)
        over4, over6 = ({value for each in over if not isinstance(value := each[name], Unknown)} for over in answers)
        if gap is not None:
            yield Unknown(subject, f"{name}: {gap.reason}")
        elif over4 != over6:
            yield _unlike(name, four[0], six[0], frozenset().union(*over4), frozenset().union(*over6))


def _answers(item: Served) -> Answers:
    """What an endpoint answers, as words that can be compared; of one that refuses every handshake, just that."""
    found: dict[str, frozenset[str] | Unknown] = {}
    for name in PROTOCOLS:
        spoken = item.facts.protocols.get(name, Unknown(item.subject, "it was not tried"))
        found[name] = spoken if isinstance(spoken, Unknown) else frozenset(["spoken"] if spoken else [])
    for name, suites in item.facts.cipher_suites.items():
        found[f"{SUITES}{name}"] = _words(suites)
    if not item.facts.refused:
        found[GROUPS] = _words(item.facts.groups)
        found[CERTIFICATES] = _chains(item.facts.chains)
    return found


def _words(answered: tuple[str, ...] | Unknown) -> frozenset[str] | Unknown:
    return answered if isinstance(answered, Unknown) else frozenset(answered)


def _chains(chains: tuple[ServedChain, ...] | Unknown) -> frozenset[str] | Unknown:
    if isinstance(chains, Unknown):
        return chains
    broken = (each for chain in chains for each in chain.certificates if isinstance(each, Malformed))
    if bad := next(broken, None):
        return Unknown(CERTIFICATES, bad.reason)
    return frozenset(" with ".join(map(told_apart, chain.certificates)) for chain in chains)


def _unlike(name: str, four: Served, six: Served, over4: frozenset[str], over6: frozenset[str]) -> Violation:
    apart = [_listed(over4 - over6, 4), _listed(over6 - over4, 6)]
    shown = _shown(name, sorted(over4 ^ over6))
    return Violation(
        observed=f"{name}: {'; '.join(filter(None, apart)) or 'not alike on all addresses'}",
        expected="the same over IPv4 and IPv6",
        where=" and ".join(dict.fromkeys(each.place("protocols") for each in (four, six))),
        remedy=f"let one configuration answer on {four.endpoint.place} and {six.endpoint.place}; {reload(six.service)}",
        reproduce=f"{shown(four)}; {shown(six)}",
    )


def _shown(name: str, apart: Sequence[str]) -> Callable[[Served], str]:
    """How to see the first thing that is answered over one family alone, if there is one."""
    if not apart:
        return Served.s_client
    if name in PROTOCOLS:
        return lambda item: item.s_client_in(name)
    if name == CERTIFICATES:
        return lambda item: f"{item.s_client('-showcerts')} | {PROOF}"
    if name == GROUPS:
        return lambda item: item.s_client("-groups", *apart[:1])
    return lambda item: item.s_client_by(name.removeprefix(SUITES), apart[0])


def _listed(words: frozenset[str], family: int) -> str:
    more = f" and {len(words) - NAMED} more" if len(words) > NAMED else ""
    return f"{', '.join(sorted(words)[:NAMED])}{more} over IPv{family} alone" if words else ""
