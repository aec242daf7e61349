"""Selector: the public halves of the keys in use, of key files and of the certificates that endpoints serve."""

from collections.abc import Iterator
from dataclasses import dataclass
from shlex import quote

from tlsfleet import keys
from tlsfleet.crypto.end_entities import EndEntity, served
from tlsfleet.facts import HostFacts, KeyFacts, Missing
from tlsfleet.policy import Policy
from tlsfleet.subjects import KeyInUse, keys_in_use
from tlsfleet.verdict import MUST, Level


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key in use; ``printed`` is the command that prints its public half (PEM)."""

    subject: str
    where: str
    key: KeyFacts | Missing
    printed: str
    at_most: Level = MUST


def public_keys(facts: HostFacts, policy: Policy) -> Iterator[PublicKey | Missing]:
    """The key of every file in use, and those of certificates that are served beside these."""
    known = set()
    for item in keys_in_use(facts, policy) if facts.declared.shell else ():
        yield _in_file(item) if isinstance(item, KeyInUse) else item
        if isinstance(item, KeyInUse) and isinstance(item.key, KeyFacts) and isinstance(item.key.public_key, bytes):
            known.add(keys.normal(item.key.public_key))
    for each in served(facts):
        spki = keys.spki_of(each.certificate, each.subject) if isinstance(each, EndEntity) else each
        if not isinstance(spki, bytes):
            yield spki
        elif isinstance(each, EndEntity) and spki not in known:
            known.add(spki)
            yield _served(each, spki)


def _in_file(item: KeyInUse) -> PublicKey:
    return PublicKey(item.path, item.path, item.key, f"openssl pkey -in {quote(item.path)} -pubout")


def _served(item: EndEntity, spki: bytes) -> PublicKey:
    key = KeyFacts(item.subject, *keys.describe(spki), encrypted=False, public_key=spki)
    printed = f"{item.holder.first()} -noout -pubkey"
    return PublicKey(item.subject, item.holder.where, key, printed, item.at_most)
