"""What a cipher suite is, told from IANA's name alone: its parts, and of what kinds that policies forbid."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

NAME = re.compile(r"(?:OLD_)?TLS_(?P<exchange>.+?)_WITH_(?P<rest>.+)")
TLS13 = re.compile(
    r"TLS_(?P<cipher>AES_(?:128|256)_GCM|CHACHA20_POLY1305|AES_128_CCM(?:_8)?|SM4_[GC]CM|AEGIS_(?:128L|256)(?:X2)?)"
    r"_(?P<mac>SHA\d+|SM3)"
)
TLS13_NULL = re.compile(r"TLS_SHA(256|384)_SHA\1")  # RFC 9150: integrity only
SSL2 = re.compile(
    r"SSL_CK_(?P<cipher>NULL|RC4_\d+|RC2_128_CBC|IDEA_128_CBC|DES_64_CBC|DES_64_CFB64|DES_192_EDE3_CBC)"
    r"(?P<export>_EXPORT40)?(?:_WITH_(?P<mac>MD5|SHA))?(?:_1)?"
)
CHINESE = re.compile(  # GB/T 38636
    r"TLS_(?P<exchange>ECDHE|ECC|IBSDH|IBC|RSA)_(?P<cipher>SM4_(?:CBC|GCM|CCM))_(?P<mac>SM3|SHA1|SHA256)"
)
SCSV = {"TLS_EMPTY_RENEGOTIATION_INFO_SCSV", "TLS_FALLBACK_SCSV"}
MAC = re.compile(r"_(MD5|SHA|SHA1|SHA256|SHA384|SHA512|GOSTR3411|IMIT|OMAC|MGM_L|MGM_S|NULL)$")
BITS = (
    (re.compile(r"NULL"), 0),
    (re.compile(r"EXPORT40|(?<!\d)40(?!\d)|DES40"), 40),
    (re.compile(r"RC[24](_CBC)?_56|^DES_CBC|^DES_64"), 56),
    (re.compile(r"RC4_64"), 64),
    (re.compile(r"FORTEZZA"), 80),
    (re.compile(r"3DES|DES_192"), 112),  # NIST SP 800-57 Part 1: three keys give 112 bits
    (re.compile(r"_256|CHACHA20|28147|KUZNYECHIK|MAGMA"), 256),
    (re.compile(r"_128|AEGIS|IDEA|SEED|SM4|RC2_CBC_MD5|SALSA20"), 128),
)
EPHEMERAL = ("DHE", "ECDHE", "CECPQ1", "ECCPWD", "IBSDH", "SRP", "TLS13", "DH_anon", "ECDH_anon")
MINIMUM_BITS = 112
# The types of key with which a server can serve a key exchange; those of TLS 1.2 alone sign by its own schemes.
KEY_TYPES = {
    "RSA": {"RSA"},
    "DHE_RSA": {"RSA", "RSA-PSS"},
    "ECDHE_RSA": {"RSA", "RSA-PSS"},
    "ECDHE_ECDSA": {"ECDSA", "Ed25519", "Ed448"},
    "DHE_DSS": {"DSA"},
}
SINCE_TLS12 = {"RSA-PSS", "Ed25519", "Ed448"}
EXCHANGES = {"PSK_DHE": "DHE_PSK"}  # RFC 6655 7 turns the words round

# Each kind that a policy may forbid, with what a finding of it is known by.
KINDS: dict[str, tuple[str, ...]] = {
    "NULL": ("NULL",),
    "anon": ("anonymous",),
    "EXPORT": ("export",),
    "PSK": (),
    "SRP": (),
    "KRB5": (),
    "DES": ("SWEET32", "CVE-2016-2183"),
    "3DES": ("SWEET32", "CVE-2016-2183"),
    "IDEA": ("SWEET32",),
    "RC2": ("SWEET32",),
    "RC4": ("RC4", "CVE-2013-2566", "CVE-2015-2808"),
    "MD5": (),
    "SHA1": (),
    "CBC": (),
    "GOST": (),
    "static": (),  # no forward secrecy
    "DHE": (),
    "weak": (),  # under 112 bits
}


@dataclass(frozen=True, slots=True)
class Suite:
    """A cipher suite's parts. ``exchange`` is as in IANA's name (RSA, DHE_RSA ...), TLS13 where it has none."""

    name: str
    exchange: str
    cipher: str
    mac: str
    bits: int

    @property
    def aead(self) -> bool:
        """Authenticated encryption (RFC 5116)."""
        return any(mode in self.cipher for mode in ("_GCM", "_CCM", "POLY1305", "_MGM", "AEGIS"))

    @property
    def ephemeral_dh(self) -> bool:
        """Needs finite-field DH parameters of the server."""
        return self.exchange.startswith(("DHE_", "DH_anon"))

    @property
    def forward_secrecy(self) -> bool:
        """A key stolen later opens no recorded session."""
        return self.exchange.startswith(EPHEMERAL)

    @property
    def keyless(self) -> bool:
        """Asks for no type of key of the server: TLS 1.3 chooses that apart, and anonymous suites have none."""
        return self.exchange in {"TLS13", "DH_anon", "ECDH_anon"}

    def takes_key(self, key_type: str, protocol: str) -> bool:
        """Whether a server with a key of a type (RSA, RSA-PSS, ECDSA, Ed25519 ...) can serve it in a version."""
        able = key_type in KEY_TYPES.get(self.exchange, set())
        return self.keyless or (able and (protocol == "TLSv1.2" or key_type not in SINCE_TLS12))

    @property
    def strong(self) -> bool:
        """Authenticated encryption of 128 bits or more, forward secrecy, an authenticated server (RFC 9325 4.2)."""
        return self.aead and self.forward_secrecy and self.bits >= 128 and "anon" not in self.kinds

    @property
    def preferred(self) -> bool:
        """Strong, with a whole tag: IANA does not recommend CCM_8, whose tag has 64 bits (RFC 6655; RFC 8447 8)."""
        return self.strong and not self.cipher.endswith("_CCM_8")

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds (KINDS) that it is of; empty for a good one."""
        marks = {
            "NULL": self.bits == 0,
            "anon": "_anon" in self.exchange or self.exchange == "NULL",
            "EXPORT": "EXPORT" in self.exchange or "EXPORT" in self.name,
            "PSK": "PSK" in self.exchange,
            "SRP": "SRP" in self.exchange,
            "KRB5": "KRB5" in self.exchange,
            "DES": self.cipher.startswith(("DES40", "DES_CBC", "DES_64")),
            "3DES": self.cipher.startswith(("3DES", "DES_192")),
            "IDEA": "IDEA" in self.cipher,
            "RC2": "RC2" in self.cipher,
            "RC4": "RC4" in self.cipher,
            "MD5": self.mac == "MD5",
            "SHA1": self.mac in {"SHA", "SHA1"},
            "CBC": "CBC" in self.cipher or "DES40" in self.cipher,
            "GOST": "GOST" in self.name,
            "static": not self.forward_secrecy,
            "DHE": self.ephemeral_dh,
            "weak": self.bits < MINIMUM_BITS,
        }
        return frozenset(kind for kind, marked in marks.items() if marked)


@lru_cache(maxsize=1024)
def suite(name: str) -> Suite | None:
    """The suite of a name (IANA's; SSL_CK_... for SSL 2); None for no known form, and for a signalling value."""
    if name in SCSV or len(name) > 100:
        return None
    if TLS13_NULL.fullmatch(name):
        return Suite(name, "TLS13", "NULL", name.rpartition("_")[2], 0)
    if found := TLS13.fullmatch(name):
        return Suite(name, "TLS13", found["cipher"], found["mac"], _bits(found["cipher"]) or 0)
    if found := SSL2.fullmatch(name):
        cipher = found["cipher"] + (found["export"] or "")
        bits = _bits(cipher)
        return None if bits is None else Suite(name, "RSA", cipher, found["mac"] or "NULL", bits)
    if found := CHINESE.fullmatch(name):
        return Suite(name, found["exchange"], found["cipher"], found["mac"], 128)
    return _older(name)


def tags(kinds: Iterable[str], name: str) -> tuple[str, ...]:
    """What a suite of these kinds is known by: attack names and CVEs."""
    found = dict.fromkeys(tag for kind in kinds for tag in KINDS[kind])
    if "EXPORT" in name:
        found |= dict.fromkeys(("Logjam", "CVE-2015-4000") if "_DH" in name else ("FREAK", "CVE-2015-0204"))
    return tuple(found)


def _older(name: str) -> Suite | None:
    """A suite of TLS 1.2 or lower: exchange, WITH, cipher and MAC."""
    found = NAME.fullmatch(name)
    if not found:
        return None
    bits = _bits(found["rest"])
    mac = MAC.search(found["rest"])
    if bits is None:
        return None
    cipher = found["rest"][: mac.start()] if mac else found["rest"]
    exchange = EXCHANGES.get(found["exchange"], found["exchange"])
    return Suite(name, exchange, cipher, mac[1] if mac else "", bits)


def _bits(cipher: str) -> int | None:
    return next((bits for pattern, bits in BITS if pattern.search(cipher)), None)
