"""Selector: the end-entity certificates in use, of files and as endpoints serve them, each judged once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from tlsfleet.crypto.holders import AtEndpoint, Holder, InFile
from tlsfleet.crypto.presented import presented
from tlsfleet.facts import Certificate, HostFacts, Malformed, Missing
from tlsfleet.policy import Policy
from tlsfleet.subjects import Leaf, leaves
from tlsfleet.verdict import Level

Item = TypeVar("Item")
NO_CERTIFICATE = "no certificate is in use"


@dataclass(frozen=True, slots=True)
class EndEntity:
    """An end-entity certificate, and what holds it."""

    holder: Holder
    certificate: Certificate

    @property
    def subject(self) -> str:
        return self.holder.subject

    @property
    def at_most(self) -> Level:
        return self.holder.at_most


def end_entities(facts: HostFacts, policy: Policy) -> Iterator[EndEntity | Missing]:
    """The first certificate of every file in use, and those that endpoints serve beside these."""
    return once((*in_files(facts, policy), *served(facts)))


def once(found: Iterable[Item | EndEntity]) -> Iterator[Item | EndEntity]:
    """All but the certificates of endpoints that were met before."""
    known = set()
    for item in found:
        if not isinstance(item, EndEntity):
            yield item
        elif isinstance(item.holder, InFile) or item.certificate not in known:
            known.add(item.certificate)
            yield item


def in_files(facts: HostFacts, policy: Policy) -> Iterator[EndEntity | Missing]:
    """The first certificate of every file in use; none where the inventory gives no shell."""
    for item in leaves(facts, policy) if facts.declared.shell else ():
        yield EndEntity(InFile(item.path, item.pairs), item.certificate) if isinstance(item, Leaf) else item


def served(facts: HostFacts) -> Iterator[EndEntity | Missing]:
    """The first certificate of every chain that an endpoint serves, most binding first."""
    for item in presented(facts):
        yield _first(item) if isinstance(item, AtEndpoint) else item


def _first(holder: AtEndpoint) -> EndEntity | Missing:
    first = next(iter(holder.chain.certificates), Malformed(holder.subject, "it sends no certificate"))
    return EndEntity(holder, first) if isinstance(first, Certificate) else Malformed(holder.subject, first.reason)
