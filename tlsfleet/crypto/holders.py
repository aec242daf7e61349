"""What holds certificates, a file or an endpoint: how to name it in findings, to show what it holds, and to mend it."""

from dataclasses import dataclass
from shlex import quote

from tlsfleet.crypto import remedies
from tlsfleet.endpoints import ServedChain
from tlsfleet.facts import CertificateFile, HostFacts, Unknown
from tlsfleet.known import directives
from tlsfleet.served import Served
from tlsfleet.subjects import Pair
from tlsfleet.verdict import MUST, Level

NEW_CHAIN, NEW_KEY = "/etc/ssl/certs/chain.pem", "/etc/ssl/private/key.pem"  # where nobody knows what is configured
SIGNED_BY = {  # what s_client(1) offers so that a server with several certificates shows the one of a key type
    "RSA": "RSA-PSS+SHA256:RSA+SHA256",
    "ECDSA": "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512",
    "EdDSA": "ed25519:ed448",
}


@dataclass(frozen=True, slots=True)
class InFile:
    """A file, with the uses that services make of it."""

    path: str
    pairs: tuple[Pair, ...] = ()

    @property
    def subject(self) -> str:
        return self.path

    @property
    def where(self) -> str:
        return self.path

    @property
    def named(self) -> str:
        """Where a configuration names it, if one does."""
        return self.pairs[0].where if self.pairs else self.path

    @property
    def at_most(self) -> Level:
        return MUST

    @property
    def lenient(self) -> Level:
        return MUST

    def read(self, command: str) -> str:
        """The command with all that it holds to read."""
        return f"{command} {quote(self.path)}"

    def first(self) -> str:
        """The command that prints its first certificate (PEM)."""
        return f"openssl x509 -in {quote(self.path)}"

    def listing(self, *options: str) -> str:
        """The command that lists its certificates."""
        return " ".join([f"openssl crl2pkcs7 -nocrl -certfile {quote(self.path)} |", _PRINT, *options])

    def verified(self, anchors: str) -> str:
        """The command that shows whether it leads to a file of anchors."""
        return f"openssl verify -CAfile {quote(anchors)} -untrusted {quote(self.path)} {quote(self.path)}"

    def renewed(self) -> str:
        """How to have its certificate issued anew."""
        return remedies.renew(self.path, self.pairs)

    def mended(self, words: str, more: str = "") -> str:
        """How to mend what it holds: a command or words that end with the path, or more after that; and the reload."""
        return f"{words} {quote(self.path)}{more}{remedies.reload(self.pairs)}"


@dataclass(frozen=True, slots=True)
class AtEndpoint:
    """An endpoint, with one chain of those that it serves.

    ``file`` is what it is configured with and holds the same, or may hold it; empty where none is known.
    ``outdated`` says that the files it is configured with hold other chains: it was not reloaded since.
    """

    served: Served
    chain: ServedChain
    file: InFile | None
    outdated: bool

    @property
    def subject(self) -> str:
        return self.served.subject

    @property
    def where(self) -> str:
        return self.served.place("certificates")

    @property
    def path(self) -> str:
        """The file that it is configured with, so far as that is known; else empty."""
        return self.file.path if self.file else ""

    @property
    def named(self) -> str:
        return self.where

    @property
    def at_most(self) -> Level:
        return self.served.at_most

    @property
    def lenient(self) -> Level:
        return self.served.lenient

    def read(self, command: str) -> str:
        """The command with all that it holds to read."""
        return f"{self._shown()} | {command}"

    def first(self) -> str:
        """The command that prints its first certificate (PEM)."""
        return self.read("openssl x509")

    def listing(self, *options: str) -> str:
        """The command that lists its certificates."""
        return " ".join([f"{self.read('openssl crl2pkcs7 -nocrl -certfile /dev/stdin')} |", _PRINT, *options])

    def verified(self, anchors: str) -> str:
        """The command that shows whether it leads to a file of anchors."""
        return self._shown("-CAfile", quote(anchors), "-verify_return_error")

    def renewed(self) -> str:
        """How to have its certificate issued anew, or to have it serve the one that is configured."""
        if self.outdated:
            return directives.reload(self.served.service)
        if self.file:
            return self.file.renewed()
        request = f"{self.first()} -x509toreq -copy_extensions copyall -signkey {NEW_KEY} -out /etc/ssl/renewal.csr"
        return f"{request}; have the CA sign it; write what it issues to {NEW_CHAIN}; {self._named()}"

    def mended(self, words: str, more: str = "") -> str:
        """How to mend what it holds: a command or words that end with the path, or more after that; and the reload."""
        if self.outdated:
            return directives.reload(self.served.service)
        if self.file:
            return self.file.mended(words, more)
        return f"{words} {NEW_CHAIN}{more}; {self._named()}"

    def _named(self) -> str:
        return self.served.mend("certificates", NEW_CHAIN, NEW_KEY)

    def _shown(self, *options: str) -> str:
        several = isinstance(self.served.facts.chains, tuple) and len(self.served.facts.chains) > 1
        wanted = SIGNED_BY.get(self.chain.key_type) if several else None
        return self.served.s_client("-showcerts", *(("-sigalgs", wanted) if wanted else ()), *options)


Holder = InFile | AtEndpoint
_PRINT = "openssl pkcs7 -print_certs -noout"


def show(holder: Holder, *options: str) -> str:
    """A read-only command that shows a holder's first certificate."""
    return " ".join([holder.first(), "-noout", *(options or ("-text",))])


def at_endpoint(served: Served, chain: ServedChain, facts: HostFacts) -> AtEndpoint:
    """The endpoint with one of its chains, and what its blocks have to do with that."""
    pairs = [
        Pair(block.service, block.block, pair) for block in served.blocks for pair in block.block.settings.certificates
    ]
    able = [pair for pair in pairs if not _holds_another(pair.pair.certificate, chain, facts)]
    path = next((pair.pair.certificate for pair in able if isinstance(pair.pair.certificate, str)), None)
    uses = tuple(pair for pair in able if pair.pair.certificate == path)
    return AtEndpoint(served, chain, InFile(path, uses) if path else None, outdated=bool(pairs) and not able)


def _holds_another(path: str | Unknown | None, chain: ServedChain, facts: HostFacts) -> bool:
    file = facts.certificate_file(path) if isinstance(path, str) else None
    return isinstance(file, CertificateFile) and file.certificates != chain.certificates
