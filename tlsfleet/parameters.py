"""The parameters of policies: what each one is, and the form of its value."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from tlsfleet import iana
from tlsfleet.known.cipher_suites import KINDS
from tlsfleet.spelling import hint

MODE = re.compile(r"[0-7]{4} [a-zA-Z_][\w.-]*:[a-zA-Z_][\w.-]*", re.ASCII)
SUITE = re.compile(r"(TLS|SSL)_[A-Z0-9_a-z]+", re.ASCII)
PROTOCOLS = ("SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3")
CURVES = (
    *("P-224", "P-256", "P-384", "P-521", "Ed25519", "Ed448"),
    *("secp256k1", "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1"),
)
HASHES = (
    *("md5", "sha1", "sha224", "sha256", "sha384", "sha512"),
    *("sha3-224", "sha3-256", "sha3-384", "sha3-512", "intrinsic"),
)
GROUPS = tuple(iana.named_groups().values())
ATTRIBUTES = ("C", "ST", "L", "O", "OU", "CN", "emailAddress")


@dataclass(frozen=True, slots=True)
class Form:
    """What a value must be: ``wanted`` says it in words."""

    holds: Callable[[object], bool]
    wanted: str


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_date(text: object) -> bool:
    try:
        return isinstance(text, str) and date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _is_path(value: object) -> bool:
    return isinstance(value, str) and value.startswith("/") and (value == "/" or not value.endswith("/"))


def _is_list(value: object, item: Callable[[object], bool]) -> bool:
    return isinstance(value, list) and all(map(item, value))


def _is_table(value: object, key: Callable[[object], bool], item: Callable[[object], bool]) -> bool:
    return isinstance(value, dict) and all(map(key, value)) and all(map(item, value.values()))


def _is_mode(value: object) -> bool:
    return isinstance(value, str) and bool(MODE.fullmatch(value))


def _one_of(choices: Iterable[str]) -> Form:
    known = tuple(choices)
    return Form(lambda value: value in known, f"one of {', '.join(known)}")


def _some_of(choices: Iterable[str]) -> Form:
    known = tuple(choices)
    return Form(lambda value: _is_list(value, lambda item: item in known), f"a list of {', '.join(known)}")


NUMBER = Form(_is_number, "a whole number, 0 or more,")
FOLDER = Form(_is_path, "a path from / without / at its end")
CACHE = Form(
    lambda value: isinstance(value, str) and bool(re.fullmatch(r"shared:\w+:[1-9]\d{0,11}[kKmM]?", value, re.ASCII)),
    "a shared cache with its size, such as shared:SSL:10m,",
)
FILE = Form(lambda value: value == "" or _is_path(value), "a path from /, or an empty text,")
TEXTS = Form(lambda value: _is_list(value, lambda item: isinstance(item, str) and bool(item)), "a list of texts")
MODES = Form(lambda value: _is_list(value, _is_mode), 'a list such as ["0440 root:ssl-cert"]')
FOLDER_MODES = Form(
    lambda value: _is_table(value, _is_path, lambda item: _is_list(item, _is_mode) and bool(item)),
    'a table such as {"/etc/ssl/private" = ["0440 root:ssl-cert"]}',
)
SUITES = Form(
    lambda value: _is_list(value, lambda item: isinstance(item, str) and bool(SUITE.fullmatch(item))),
    "a list of IANA's names (TLS_AES_128_GCM_SHA256 ...)",
)
SUBJECT = Form(
    lambda value: _is_table(value, lambda key: key in ATTRIBUTES, lambda item: isinstance(item, str)),
    f"a table of texts with keys of {', '.join(ATTRIBUTES)}",
)
LIFETIMES = Form(lambda value: _is_table(value, _is_date, _is_number), 'a table such as {"2026-03-15" = 200}')

# Every parameter that a check reads, with the form of its value and what it is. The policy `notes` gives each a value.
PARAMETERS: Mapping[str, tuple[Form, str]] = {
    "localcerts_folder": (FOLDER, "where the dated file sets lie"),
    "private_folder": (FOLDER, "where services find the keys"),
    "public_folder": (FOLDER, "where services find the certificates"),
    "stamp_days": (NUMBER, "days between a set's stamp and its certificate's notBefore"),
    "set_permissions": (MODES, "modes and owners allowed for the files of a set"),
    "set_rsa_bits": (NUMBER, "bits of a set's RSA key, at least"),
    "set_curves": (_some_of(CURVES), "EC curves allowed for a set's key (none: RSA only)"),
    "private_key_permissions": (FOLDER_MODES, "folder to the modes and owners allowed for key files in it"),
    "key_groups": (TEXTS, "groups whose members may read keys"),
    "key_rsa_bits": (NUMBER, "bits of an RSA key, at least"),
    "key_curves": (_some_of(CURVES), "curves allowed: P-256, Ed25519 ..."),
    "signature_hashes": (_some_of(HASHES), "hashes allowed in the signature of a certificate or CSR"),
    "subject": (SUBJECT, "attribute to the value asked for (* any, empty: must not be there)"),
    "certificate_permissions": (MODES, "modes and owners asked of certificate files (none: just not writable)"),
    "renewal_days": (NUMBER, "days before expiry at which renewal is due"),
    "renewal_overdue_days": (NUMBER, "days before expiry at which renewal is overdue"),
    "public_lifetime_days": (LIFETIMES, "issue date to the days a public CA's certificate may last from then on"),
    "private_lifetime_days": (NUMBER, "days a private CA's certificate may last"),
    "chain_root": (_one_of(("left-out", "last")), "whether a chain file ends with the root"),
    "dh_bits": (NUMBER, "bits of a DH prime, at least"),
    "dh_file": (FILE, "a DH file that must exist whether named or not (empty: none)"),
    "dh_permissions": (MODES, "modes and owners asked of DH files (none: just not writable)"),
    "protocols": (_some_of(PROTOCOLS), "protocol versions allowed"),
    "required_protocols": (_some_of(PROTOCOLS), "protocol versions of which one must be on offer (none: any)"),
    "forbidden_cipher_suites": (_some_of(KINDS), "kinds of cipher suite forbidden"),
    "cipher_suites": (SUITES, "the only cipher suites allowed, by IANA's names (none: all that are not forbidden)"),
    "required_cipher_suites": (SUITES, "cipher suites of which one must be on offer, by IANA's names (none: any)"),
    "groups": (_some_of(GROUPS), "named groups allowed"),
    "early_data": (_one_of(("refused", "allowed")), "whether a server may take early data (0-RTT)"),
    "server_preference": (_one_of(("always", "where-needed")), "when the server must keep its own order"),
    "session_cache": (CACHE, "nginx's session cache, at least"),
    "session_timeout_seconds": (NUMBER, "how long a session may be resumed, at most"),
    "ticket_key_days": (NUMBER, "how old a key of session tickets may be, at most"),
    "hsts_seconds": (NUMBER, "max-age of Strict-Transport-Security, at least"),
    "clock_seconds": (NUMBER, "how far a clock may be off"),
}


def checked(name: str, value: object) -> object:
    """The value, if it has its parameter's form. Raises ValueError in words for the user."""
    if name not in PARAMETERS:
        raise ValueError(f"unknown parameter {name!r}; {hint(name, PARAMETERS)}")
    form, meaning = PARAMETERS[name]
    if not form.holds(value):
        raise ValueError(f"{name} ({meaning}): {form.wanted} is needed, not {value!r}"[:300])
    return value
