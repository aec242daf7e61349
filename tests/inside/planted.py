"""A tree of files that hold secrets in every disguise, and the secrets."""

import os
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from tests.checks.certificates import csr, sound_leaf

STAMP = "server_20261101"
WORDS = [b"Correct-Horse-Battery", b"shadow-$6$saltsalt$hash", b"commented-out-passphrase", b"challenge-Pa55word-here"]
KINDS: tuple[Callable[[], Any], ...] = (
    lambda: rsa.generate_private_key(65537, 2048),
    lambda: dsa.generate_private_key(2048),
    ed25519.Ed25519PrivateKey.generate,
    lambda: ec.generate_private_key(ec.SECP256R1()),
)
PLAIN, SEALED = NoEncryption(), BestAvailableEncryption(b"Correct-Horse-Battery")
DH_FILE = Path(__file__).parents[2] / "lab/dh/custom-2048.pem"
PEM, DER = Encoding.PEM, Encoding.DER


def plant(top: Path, kinds: slice) -> list[bytes]:
    """Fill the notes' folders below ``top`` with keys of some KINDS; every byte string that must not leave."""
    for name in ("localcerts", "private", "public", "elsewhere"):
        (top / name).mkdir(parents=True)
    keys = [make() for make in KINDS[kinds]]
    texts = [text for key in keys for text in _texts(key)]
    whole = [*texts, *disguises(_texts(keys[0])[0]), *disguises(_texts(keys[-1])[1])]
    for number, text in enumerate(whole):
        for purpose, suffix in (("localcerts", "crt"), ("localcerts", "key"), ("localcerts", "csr"), ("public", "pem")):
            name = f"{STAMP}.p{number}.{suffix}" if purpose == "localcerts" else f"p{number}.{suffix}"
            (top / purpose / name).write_bytes(text)
    (top / "dh.pem").write_bytes(texts[0] + DH_FILE.read_bytes())
    _words(top)
    _links(top, texts[0])
    sealed = [key.private_bytes(DER, PrivateFormat.PKCS8, SEALED)[-64:] for key in keys]
    return [*WORDS, *sealed, *(secret for key in keys for secret in numbers(key))]


def _texts(key: Any) -> list[bytes]:
    """A key in each form that it has."""
    formats = [PrivateFormat.PKCS8]
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        formats.append(PrivateFormat.TraditionalOpenSSL)
    found = [key.private_bytes(form, kind, PLAIN) for form in (PEM, DER) for kind in formats]
    found += [key.private_bytes(PEM, kind, SEALED) for kind in formats]
    if not isinstance(key, dsa.DSAPrivateKey):
        found.append(key.private_bytes(PEM, PrivateFormat.OpenSSH, PLAIN))
    return found


def disguises(key: bytes) -> list[bytes]:
    """A PEM key where it does not belong, or written oddly."""
    public = sound_leaf().x509.public_bytes(PEM)
    lines = key.splitlines()
    body = b"".join(lines[1:-1])
    certificate = [b"-----BEGIN CERTIFICATE-----", *lines[1:-1], b"-----END CERTIFICATE-----", b""]
    return [
        key + public,
        public + key + public,
        public + key.rstrip(b"\n"),
        b"Bag Attributes\n    localKeyID: 01 02\nKey Attributes: <No Attributes>\n"
        + key
        + b"Bag Attributes\n"
        + public,
        public.replace(b"\n", b"\r\n") + key.replace(b"\n", b"\r\n"),
        b"".join(b"   " + line + b"\n" for line in lines) + public,
        b"".join(b"# " + line + b"\n" for line in lines) + public,
        public[: len(public) // 2] + b"\n" + key + public[len(public) // 2 :],
        b"\n".join(certificate) + public,
        b"\n".join(certificate).replace(b"CERTIFICATE", b"TRUSTED CERTIFICATE"),
        public.replace(b"-----END", b"\n".join(lines[1:-1]) + b"\n-----END"),
        public.replace(b"-----BEGIN CERTIFICATE-----\n", b"-----BEGIN CERTIFICATE-----\nNote: " + body + b"\n\n"),
        b"\n".join(certificate).replace(b"CERTIFICATE", b"PUBLIC KEY") + public,
        b"\n".join(certificate).replace(b"CERTIFICATE", b"DH PARAMETERS"),
        b"\n".join(certificate).replace(b"CERTIFICATE", b"CERTIFICATE REQUEST") + request(),
        b"-----BEGIN CERTIFICATE-----\n-----BEGIN PUBLIC KEY-----\n" + body + b"\n-----END PUBLIC KEY-----\n",
        b"data:" + key.replace(b"\n", b"\\n") + public,
        b"data:;base64," + b64encode(key) + b"\n",
        b"x" * 300_000 + b"\n" + body + b"\n" + key + b"y" * 300_000,
        b"\0\x01\xff\n" + key + b"\0" * 64 + public,
        b"malformed\n" + body + b"\n",
    ]


def _words(top: Path) -> None:
    """Passphrases and hashes as text, in files of every purpose."""
    public = sound_leaf().x509.public_bytes(PEM)
    for suffix in ("crt", "key", "csr", "txt"):
        for number, word in enumerate(WORDS):
            (top / "localcerts" / f"{STAMP}.w{number}.{suffix}").write_bytes(b"# " + word + b"\n" + public + word)
    (top / "localcerts" / f"{STAMP}.challenge.csr").write_bytes(request())
    (top / "elsewhere/shadow").write_bytes(b"root:" + WORDS[1] + b":1:2:::\n")


def _links(top: Path, key: bytes) -> None:
    """Links and odd names, in the place of what a service uses."""
    (top / "elsewhere/bare").write_bytes(key)
    local = top / "localcerts"
    for suffix in ("crt", "key", "csr", "pem"):
        (local / f"{STAMP}.shadow.{suffix}").symlink_to(top / "elsewhere/shadow")
        (local / f"{STAMP}.bare.{suffix}").symlink_to("../elsewhere/bare")
        (local / f"{STAMP}.loop.{suffix}").symlink_to(f"{STAMP}.loop.{suffix}")
        (local / f"{STAMP}.gone.{suffix}").symlink_to("nowhere")
        (local / f"{STAMP}.folder.{suffix}").mkdir()
        os.mkfifo(local / f"{STAMP}.fifo.{suffix}")
        (local / f"{STAMP}.zero.{suffix}").symlink_to("/dev/zero")
    for name in (
        b"sp ace",
        b"new\nline",
        b"'quo\"te",
        b"-rf",
        b"\xff\xfe",
        b"$(id)`id`",
        b"a*b?[c]",
        b"back\\slash\\n",
    ):
        (top / "public").joinpath(os.fsdecode(name)).write_bytes(key)


def request() -> bytes:
    """A certificate signing request with a challenge password."""
    return csr("", challenge=WORDS[3].decode()).x509.public_bytes(PEM)


def numbers(key: Any) -> list[bytes]:
    """What makes a key private, as bytes."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return [key.private_bytes_raw()]
    found = key.private_numbers()
    if isinstance(key, rsa.RSAPrivateKey):
        values = [found.d, found.p, found.q, found.dmp1, found.dmq1, found.iqmp]
    else:
        values = [found.private_value if isinstance(key, ec.EllipticCurvePrivateKey) else found.x]
    return [value.to_bytes((value.bit_length() + 7) // 8, "big") for value in values]
