"""What files hold: certificates, public halves of keys, CSRs and DH parameters, as this host's openssl wrote them."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_public_key
from cryptography.hazmat.primitives.serialization import PublicFormat as Form

from tlsfleet.evidence import Evidence, Frame
from tlsfleet.facts import (
    Certificate,
    CertificateFile,
    CsrFile,
    DhParameters,
    KeyFacts,
    Malformed,
    Missing,
    Unknown,
)
from tlsfleet.inside import der
from tlsfleet.inside.places import Labels, Tree
from tlsfleet.keys import describe
from tlsfleet.text import path_text

CERTIFICATE = re.compile(
    r"-----BEGIN CERTIFICATE-----\n.*?-----END CERTIFICATE-----|^malformed$", re.DOTALL | re.MULTILINE
)
PUBLIC = re.compile(rb"-----BEGIN PUBLIC KEY-----\n[A-Za-z0-9+/=\n]+-----END PUBLIC KEY-----\n?")
DH = re.compile(r"-----BEGIN (?:X9.42 )?DH PARAMETERS-----\n([A-Za-z0-9+/=\n]+)-----END (?:X9.42 )?DH PARAMETERS-----")

UNCOUNTED = "what it holds was not looked through"

T = TypeVar("T")


def labels(evidence: Evidence) -> Labels:
    """How many PEM blocks each file holds: certificates, private keys, encrypted keys, all of them."""
    found = {}
    for frame in evidence.of("labels"):
        for row in frame.data.split(b"\n"):
            parts = row.split(b" ", 5)
            if len(parts) == 6 and all(re.fullmatch(rb"\d{1,9}", part) for part in parts[:5]):
                counts = tuple(map(int, parts[:4]))
                found[path_text(parts[5])] = (counts[0], counts[1], counts[2], counts[3])
    return found


def certificates(evidence: Evidence, tree: Tree) -> tuple[CertificateFile | Missing, ...]:
    """The certificate files in use."""
    counts = labels(evidence)

    def read(frame: Frame) -> CertificateFile | Missing:
        if (held := _held(counts, tree, frame.subject)) is None:
            return Unknown(frame.subject, UNCOUNTED)
        blocks = CERTIFICATE.findall(frame.text)
        found = CertificateFile(frame.subject, tuple(_certificate(frame.subject, block) for block in blocks))
        labelled = held[0]
        if not blocks and not labelled:
            return Malformed(frame.subject, "it holds no certificate in PEM form")
        if len(blocks) != labelled:
            return Unknown(frame.subject, f"of {labelled} certificates in it {len(blocks)} came over")
        return found

    return _each(evidence, tree, "certificate", read)


def keys(evidence: Evidence, tree: Tree) -> tuple[KeyFacts | Missing, ...]:
    """The key files in use, by their public halves."""
    counts = labels(evidence)

    def read(frame: Frame) -> KeyFacts | Missing:
        if (held := _held(counts, tree, frame.subject)) is None:
            return Unknown(frame.subject, UNCOUNTED)
        found, encrypted = PUBLIC.search(frame.data), held[2] > 0
        if found is None:
            if not encrypted:
                return Malformed(frame.subject, "the host's openssl finds no private key in it")
            sealed = Unknown(frame.subject, "the key is encrypted")
            return KeyFacts(frame.subject, sealed, sealed, None, encrypted=True, public_key=sealed)
        spki = _spki(found[0])
        if spki is None:
            return Unknown(frame.subject, "its public half could not be read")
        algorithm, bits, curve = describe(spki)
        return KeyFacts(frame.subject, algorithm, bits, curve, encrypted, spki)

    return _each(evidence, tree, "key", read)


def csrs(evidence: Evidence, tree: Tree) -> tuple[CsrFile | Missing, ...]:
    """The certificate signing requests of the sets."""

    def read(frame: Frame) -> CsrFile | Missing:
        if not re.fullmatch(r"(?:[0-9a-f]{2})+\s*", frame.text):
            return Malformed(frame.subject, "the host's openssl finds no certificate signing request in it")
        request = bytes.fromhex(frame.text.strip())
        try:
            x509.load_der_x509_csr(request)
        except ValueError as error:
            return Malformed(frame.subject, f"it is no sound request: {error}")
        return CsrFile(frame.subject, request)

    return _each(evidence, tree, "csr", read)


def dh_parameters(evidence: Evidence, tree: Tree) -> tuple[DhParameters | Missing, ...]:
    """The DH parameters in use."""

    def read(frame: Frame) -> DhParameters | Missing:
        found = DH.search(frame.text)
        numbers = der.integers(found[1]) if found else None
        if numbers is None or len(numbers) < 2:
            return Malformed(frame.subject, "the host's openssl finds no DH parameters in it")
        order = numbers[2] if len(numbers) > 2 and "X9.42" in frame.text else None
        return DhParameters(frame.subject, numbers[0], numbers[1], order)

    return _each(evidence, tree, "dh", read)


def _each(
    evidence: Evidence, tree: Tree, purpose: str, read: Callable[[Frame], T | Missing]
) -> tuple[T | Missing, ...]:
    """Every path in use for a purpose: what was read of it, or why there is nothing."""
    frames = {frame.subject: frame for frame in evidence.of(purpose)}
    for copy in evidence.of(f"copy-{purpose}"):  # with the content of a file that was read
        original = frames.get(path_text(copy.data))
        if original is not None:
            frames[copy.subject] = replace(original, subject=copy.subject)
    found: list[T | Missing] = []
    for path in tree.used.get(purpose, ()):
        frame = frames.get(path)
        if frame is None:
            found.append(tree.missing(path) or Unknown(path, "it was not read"))
        elif frame.unknown is not None:
            found.append(Unknown(path, frame.unknown))
        else:
            found.append(read(frame))
    return tuple(found)


def _held(counts: Labels, tree: Tree, path: str) -> tuple[int, int, int, int] | None:
    """What a file holds; None where nobody counted it."""
    return (0, 0, 0, 0) if tree.empty(path) else counts.get(path)


def _certificate(path: str, block: str) -> Certificate | Malformed:
    if block == "malformed":
        return Malformed(path, "a block in it is no certificate")
    try:
        return Certificate(x509.load_pem_x509_certificate(block.encode()).public_bytes(Encoding.DER))
    except ValueError as error:
        return Malformed(path, f"a certificate in it cannot be read: {error}")


def _spki(pem: bytes) -> bytes | None:
    """The DER of a public key; as it stands in the PEM where cryptography does not know its kind."""
    try:
        return load_pem_public_key(pem).public_bytes(Encoding.DER, Form.SubjectPublicKeyInfo)
    except Exception:  # noqa: BLE001 - an exotic key is still its own bytes
        return der.pem_body(pem.decode("ascii", "replace"))
