"""Certificate files in use as chains, with the trust anchors they are held against, and how to write them anew."""

from collections.abc import Iterator
from dataclasses import dataclass
from shlex import quote

from tlsfleet.crypto.chains import MAX_CERTIFICATES, issued, issuers, self_issued
from tlsfleet.crypto.remedies import reload
from tlsfleet.facts import Certificate, HostFacts, Malformed, Missing, Unknown
from tlsfleet.policy import Policy
from tlsfleet.subjects import ChainInUse, Pair, chains

NO_CHAIN = "no certificate file is in use"


@dataclass(frozen=True, slots=True)
class Chain:
    """The certificates of a file in use, all readable, with the trust anchors and whose store they are of."""

    path: str
    certificates: tuple[Certificate, ...]
    anchors: tuple[Certificate, ...]
    store: str
    pairs: tuple[Pair, ...]

    @property
    def subject(self) -> str:
        return self.path

    @property
    def first(self) -> Certificate:
        return self.certificates[0]

    @property
    def others(self) -> tuple[Certificate, ...]:
        return self.certificates[1:]


def whole_chains(facts: HostFacts, policy: Policy) -> Iterator[Chain | Missing]:
    """Every certificate file in use; one with a certificate that cannot be read is not judged."""
    for item in chains(facts, policy):
        if isinstance(item, ChainInUse):
            yield _chain(item, facts)
        else:
            yield item


def _chain(item: ChainInUse, facts: HostFacts) -> Chain | Missing:
    readable = tuple(held for held in item.certificates if isinstance(held, Certificate))
    damaged = next((held for held in item.certificates if isinstance(held, Malformed)), None)
    if len(item.certificates) > MAX_CERTIFICATES:
        return Unknown(item.path, f"{len(item.certificates)} certificates: more than {MAX_CERTIFICATES} are no chain")
    if damaged or not readable:
        return Malformed(item.path, damaged.reason if damaged else "holds no certificate")
    declared = facts.declared
    return Chain(item.path, readable, declared.trust_anchors or (), declared.trust_anchors_file or "", item.pairs)


def show(path: str) -> str:
    """The command that lists a file's certificates."""
    return f"openssl crl2pkcs7 -nocrl -certfile {quote(path)} | openssl pkcs7 -print_certs -noout"


def rewrite(chain: Chain, policy: Policy) -> str:
    """The commands that write the file anew: the end-entity certificate, then its issuers upward, each once."""
    kept = _wanted(chain)
    if policy.text("chain_root") == "left-out":
        kept = [kept[0], *(item for item in kept[1:] if not self_issued(item))]
    parts = " ".join(f"{chain.certificates.index(item) + 1}.pem" for item in kept)
    split = """awk '/-BEGIN [A-Z0-9 ]*CERTIFICATE-/ {n++} n {print > (n ".pem")}'"""
    return f'cd "$(mktemp -d)" && {split} {quote(chain.path)} && cat {parts} > {quote(chain.path)}{reload(chain.pairs)}'


def _wanted(chain: Chain) -> list[Certificate]:
    """The certificate that issued none of the others, which is the end-entity's, and its issuers."""
    held = tuple(dict.fromkeys(chain.certificates))
    leaves = (item for item in held if not any(issued(other, item) is True for other in held))
    first = next(leaves, held[0])
    above = issuers(first, held)
    return [first, *(() if isinstance(above, Unknown) else above)]
