"""Selector: the Diffie-Hellman groups in use, of parameters files and of ServerKeyExchange messages."""

from collections.abc import Iterator
from dataclasses import dataclass
from shlex import quote

from tlsfleet.crypto.presented import OLDER, by_binding
from tlsfleet.endpoints import DhGroup
from tlsfleet.facts import DhParameters, HostFacts, Missing, Unknown
from tlsfleet.known import directives
from tlsfleet.policy import Policy
from tlsfleet.served import Served
from tlsfleet.subjects import dh_files
from tlsfleet.verdict import MUST, Level

NEW_FILE = "/etc/ssl/dhparam.pem"  # where nobody knows what is configured
NO_GROUP = "no service names a DH parameters file, and none was seen on the wire"


@dataclass(frozen=True, slots=True)
class Group:
    """A prime and generator in use.

    ``path`` is where parameters of one's own belong, empty where they are there but not loaded yet; ``more`` is the
    command to load them. ``shown`` is the command that shows the group. ``lenient`` is the level of what is only for
    anonymous suites there, as OpenSSL's groups of 1024 bits are: mail between servers takes those for want of better.
    """

    subject: str
    where: str
    prime: int
    generator: int
    path: str
    more: str
    shown: str
    at_most: Level = MUST
    lenient: Level = MUST

    @property
    def bits(self) -> int:
        return self.prime.bit_length()


def dh_groups(facts: HostFacts, policy: Policy) -> Iterator[Group | Missing]:
    """The group of every parameters file in use, and those that endpoints use beside these."""
    known = set()
    for item in dh_files(facts, policy) if facts.declared.shell else ():
        yield _in_file(item) if isinstance(item, DhParameters) else item
        if isinstance(item, DhParameters):
            known.add((item.prime, item.generator))
    for each in by_binding(facts):
        if isinstance(each, Unknown):
            yield each
        elif isinstance(each.facts.dh, Unknown):
            yield Unknown(each.subject, each.facts.dh.reason)
        else:
            new = [group for group in each.facts.dh if (group.prime, group.generator) not in known]
            known.update((group.prime, group.generator) for group in new)
            yield from (_served(each, group, facts) for group in new)
            yield from _unseen(each)


def _unseen(item: Served) -> Iterator[Unknown]:
    """Whether it may take DHE in a version whose suites could not be told."""
    for name in OLDER:
        suites = item.facts.cipher_suites.get(name, ())
        if isinstance(suites, Unknown):
            yield Unknown(item.subject, f"not every group may have been seen, {name}: {suites.reason}")


def _in_file(item: DhParameters) -> Group:
    shown = f"openssl dhparam -in {quote(item.path)} -check -text -noout"
    return Group(item.path, item.path, item.prime, item.generator, item.path, "", shown)


def _served(item: Served, group: DhGroup, facts: HostFacts) -> Group:
    shown = f"{item.s_client('-no_tls1_3', '-cipher', 'DHE:@SECLEVEL=0', '-trace')} | grep 'dh_[pg]'"
    named = [block.block.settings.dh_parameters for block in item.blocks]
    path = next((each for each in named if isinstance(each, str) and each.startswith("/")), "")
    if not path:
        path, more = NEW_FILE, item.mend("dh_parameters", NEW_FILE)
    else:
        more = directives.reload(item.service)
        path = "" if isinstance(facts.dh(path), DhParameters) else path
    where = item.place("dh_parameters")
    lenient = item.lenient if _anonymous(item) else MUST
    return Group(item.subject, where, group.prime, group.generator, path, more, shown, item.at_most, lenient)


def _anonymous(item: Served) -> bool:
    """Whether it takes anonymous Diffie-Hellman: nothing tells which suite a group was met with."""
    suites = (found for found in item.facts.cipher_suites.values() if not isinstance(found, Unknown))
    return any(name.startswith("TLS_DH_anon_") for found in suites for name in found)
