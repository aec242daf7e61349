"""What a policy says of a cipher suite, and how a cipher string is written without what it forbids."""

import re

from tlsfleet.facts import Unknown
from tlsfleet.known.cipher_suites import suite
from tlsfleet.policy import Policy

NOT_LISTED = "not listed"
EXCLUDED = {  # OpenSSL's words, ciphers(1)
    "NULL": "!eNULL",
    "anon": "!aNULL",
    "EXPORT": "!EXPORT",
    "weak": "!eNULL:!EXPORT:!LOW",
    "static": "!kRSA",
    **{kind: f"!{kind}" for kind in ("PSK", "SRP", "DES", "3DES", "RC2", "RC4", "IDEA", "MD5", "SHA1")},
}
RECOMMENDED = "ECDHE+AESGCM:ECDHE+CHACHA20"
LEVELLED = {"postfix"}  # whose directive in a remedy has the level itself
LEVEL = re.compile(r":?@SECLEVEL=\d")
STRING = re.compile(r"[A-Za-z0-9:!+@=._-]{1,500}")


def forbidden(name: str, policy: Policy) -> str | Unknown:
    """The first kind that forbids a suite, NOT_LISTED for one outside the policy's list; empty for one allowed."""
    found, listed = suite(name), policy.texts("cipher_suites")
    kinds = [kind for kind in policy.texts("forbidden_cipher_suites") if found and kind in found.kinds]
    if listed and name not in listed:
        return next(iter(kinds), NOT_LISTED)
    if found is None:
        return Unknown(name, "a cipher suite that is not known here")
    return next(iter(kinds), "")


def string_of(text: object) -> str:
    """A cipher string that may stand in a command; empty for anything else."""
    return text if isinstance(text, str) and STRING.fullmatch(text) else ""


def without(string: str, kind: str) -> str:
    """A cipher string that leaves a kind out: the one given with an exclusion, else a short modern one."""
    return f"{string}:{EXCLUDED[kind]}" if string and kind in EXCLUDED else RECOMMENDED


def with_level_2(string: str, service: str) -> str:
    """A cipher string, or a short modern one, at the level at which OpenSSL 1.1.1 and up sign with no SHA-1 or MD5."""
    bare = LEVEL.sub("", string).strip(":") or RECOMMENDED
    return bare if service in LEVELLED else f"{bare}:@SECLEVEL=2"
