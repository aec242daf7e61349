"""Frozen facts about endpoints: what a server answered on the wire, for each address, port and server name."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tlsfleet.certificates import Certificate
from tlsfleet.missing import Malformed, Unknown

NOT_TRIED = Unknown("wire", "it was not tried")
MANDATORY, OPPORTUNISTIC, LOCAL = "mandatory", "opportunistic", "local"


@dataclass(frozen=True, slots=True)
class Inapplicable:
    """A question that has no sense of this endpoint (as compression where only TLS 1.3 is spoken), and why."""

    reason: str


Answered = bool | Unknown | Inapplicable


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where TLS is spoken: an IP address, a TCP port, what is said before TLS, and the name asked for (SNI).

    ``starttls`` is a protocol as in tlsfleet.inventory (smtp, imap ...), None where TLS begins at once; ``server_name``
    is None where no name is sent. ``endpoint_class`` is mandatory, opportunistic or local.
    """

    address: str
    port: int
    starttls: str | None = None
    server_name: str | None = None
    endpoint_class: str = MANDATORY

    @property
    def place(self) -> str:
        """Where the server listens: address:port, IPv6 in brackets."""
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"

    @property
    def subject(self) -> str:
        start = f"/{self.starttls}" if self.starttls else ""
        return f"{self.place}{start}{f'@{self.server_name}' if self.server_name else ''}"


@dataclass(frozen=True, slots=True)
class DhGroup:
    """A prime and generator of a ServerKeyExchange."""

    prime: int
    generator: int

    @property
    def bits(self) -> int:
        return self.prime.bit_length()


@dataclass(frozen=True, slots=True)
class ServedChain:
    """What one key type is served with: the certificates in the order sent, what is stapled, and SCTs of the handshake.

    ``key_type`` is RSA, ECDSA, EdDSA or DSA, as clients ask for it; ``staple`` is the DER of the OCSP response (RFC
    6066 8), ``scts`` the list of the TLS extension (RFC 6962 3.3).
    """

    key_type: str
    certificates: tuple[Certificate | Malformed, ...]
    staple: bytes | Unknown | None = field(default=None, repr=False)
    scts: bytes | Unknown | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Preface:
    """What a server said before TLS: its greeting, and the mechanisms that it offers to log in without TLS.

    ``mechanisms`` are SASL names (PLAIN, SCRAM-SHA-1 ...), LOGIN for IMAP's command, USER for POP3's and FTP's, SIMPLE
    for LDAP's bind, PASSWORD and MD5 for PostgreSQL's; of these PLAIN, LOGIN, USER, SIMPLE, PASSWORD send the password.
    """

    offered: bool | Unknown  # whether STARTTLS (or its like) is on offer
    greeting: str = ""
    mechanisms: tuple[str, ...] | Unknown = ()
    injection: Answered = NOT_TRIED  # True: plaintext survives STARTTLS


@dataclass(frozen=True, slots=True)
class Http:
    """What a web server answered to GET / for the server name: status, Location, and Strict-Transport-Security."""

    status: int
    location: str | None
    strict_transport_security: str | None


@dataclass(frozen=True, slots=True)
class EndpointFacts:
    """All that one endpoint was seen to do; what it never answered is Unknown, what has no sense of it Inapplicable.

    ``protocols`` has all of iana.PROTOCOLS. ``cipher_suites`` has, for each protocol that is spoken or may be, IANA's
    names in the server's order (in ours where it has none); ``server_order`` says which. ``groups`` are IANA's names
    of named groups. ``failure`` is set where TLS was not reached at all.
    """

    endpoint: Endpoint
    failure: Unknown | None = None
    refused: bool = False  # it answers in TLS, and refuses every handshake
    protocols: Mapping[str, bool | Unknown] = field(default_factory=dict)
    cipher_suites: Mapping[str, tuple[str, ...] | Unknown] = field(default_factory=dict)
    server_order: Mapping[str, Answered] = field(default_factory=dict)
    groups: tuple[str, ...] | Unknown = NOT_TRIED
    dh: tuple[DhGroup, ...] | Unknown = NOT_TRIED
    signature_schemes: tuple[str, ...] | Unknown = NOT_TRIED  # it signs with (rsa_pss_rsae_sha256, rsa_pkcs1_sha1 ...)
    chains: tuple[ServedChain, ...] | Unknown = NOT_TRIED
    secure_renegotiation: Answered = NOT_TRIED
    client_renegotiation: Answered = NOT_TRIED
    extended_master_secret: Answered = NOT_TRIED
    compression: Answered = NOT_TRIED
    fallback_scsv: Answered = NOT_TRIED
    resumption: Mapping[str, Answered] = field(default_factory=dict)  # id, ticket (TLS 1.2), psk (TLS 1.3)
    early_data: Answered = NOT_TRIED
    alpn: tuple[str, ...] | Unknown = NOT_TRIED  # of those asked for, what it took
    alpn_strict: Answered = NOT_TRIED  # True: refuses a protocol that it does not know
    unknown_name: str | Unknown | Inapplicable = NOT_TRIED  # refused, same or other
    vulnerabilities: Mapping[str, Answered] = field(default_factory=dict)  # by the id that the check has
    preface: Preface | None = None  # None where TLS begins at once
    http: Http | Unknown | None = None  # over TLS; None where no HTTP is spoken
    redirect: Http | Unknown | Inapplicable | None = None  # port 80 of the same address and name; None: not looked
    disagreements: tuple[str, ...] | Unknown | None = None  # what sslyze says otherwise; None: it was not asked
    connections: int = 0

    @property
    def subject(self) -> str:
        return self.endpoint.subject
