"""Chains in use, of files and as endpoints serve them, with the trust anchors they are held against."""

from collections.abc import Iterator
from dataclasses import dataclass

from tlsfleet.crypto.chains import MAX_CERTIFICATES, issued, issuers, self_issued
from tlsfleet.crypto.holders import AtEndpoint, Holder, InFile
from tlsfleet.crypto.presented import presented
from tlsfleet.facts import Certificate, HostFacts, Malformed, Missing, Unknown
from tlsfleet.policy import Policy
from tlsfleet.subjects import ChainInUse, chains
from tlsfleet.verdict import Level

NO_CHAIN = "no certificate is in use"
SPLIT = """awk '/-BEGIN [A-Z0-9 ]*CERTIFICATE-/ {n++} n {print > (n ".pem")}'"""


@dataclass(frozen=True, slots=True)
class Chain:
    """The certificates that a file holds or an endpoint sends, with the trust anchors and whose store they are of."""

    holder: Holder
    certificates: tuple[Certificate, ...]
    anchors: tuple[Certificate, ...]
    store: str

    @property
    def subject(self) -> str:
        return self.holder.subject

    @property
    def at_most(self) -> Level:
        return self.holder.at_most

    @property
    def first(self) -> Certificate:
        return self.certificates[0]

    @property
    def others(self) -> tuple[Certificate, ...]:
        return self.certificates[1:]


def whole_chains(facts: HostFacts, policy: Policy) -> Iterator[Chain | Missing]:
    """Every certificate file in use, and every chain that is served beside these; none with one that cannot be read."""
    known = set()
    for item in _files(facts, policy):
        yield item
        if isinstance(item, Chain):
            known.add(item.certificates)
    for item in _served(facts):
        if not isinstance(item, Chain) or item.certificates not in known:
            yield item
        if isinstance(item, Chain):
            known.add(item.certificates)


def _files(facts: HostFacts, policy: Policy) -> Iterator[Chain | Missing]:
    for item in chains(facts, policy) if facts.declared.shell else ():
        if isinstance(item, ChainInUse):
            yield _chain(InFile(item.path, item.pairs), item.certificates, facts)
        else:
            yield item


def _served(facts: HostFacts) -> Iterator[Chain | Missing]:
    for item in presented(facts):
        yield _chain(item, item.chain.certificates, facts) if isinstance(item, AtEndpoint) else item


def _chain(holder: Holder, held: tuple[Certificate | Malformed, ...], facts: HostFacts) -> Chain | Missing:
    readable = tuple(item for item in held if isinstance(item, Certificate))
    damaged = next((item for item in held if isinstance(item, Malformed)), None)
    if len(held) > MAX_CERTIFICATES:
        return Unknown(holder.subject, f"{len(held)} certificates: more than {MAX_CERTIFICATES} are no chain")
    if damaged or not readable:
        return Malformed(holder.subject, damaged.reason if damaged else "holds no certificate")
    declared = facts.declared
    return Chain(holder, readable, declared.trust_anchors or (), declared.trust_anchors_file or "")


def rewritten(chain: Chain, policy: Policy) -> str:
    """How to write the chain anew: the end-entity certificate, then its issuers upward, each once."""
    kept = _wanted(chain)
    if policy.text("chain_root") == "left-out":
        kept = [kept[0], *(item for item in kept[1:] if not self_issued(item))]
    parts = " ".join(f"{chain.certificates.index(item) + 1}.pem" for item in kept)
    return chain.holder.mended(f'cd "$(mktemp -d)" && {chain.holder.read(SPLIT)} && cat {parts} >')


def _wanted(chain: Chain) -> list[Certificate]:
    """The certificate that issued none of the others, which is the end-entity's, and its issuers."""
    held = tuple(dict.fromkeys(chain.certificates))
    leaves = (item for item in held if not any(issued(other, item) is True for other in held))
    first = next(leaves, held[0])
    above = issuers(first, held)
    return [first, *(() if isinstance(above, Unknown) else above)]
