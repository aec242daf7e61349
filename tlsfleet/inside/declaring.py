"""What the inventory declares of a host, as facts and as JSON: kept with the evidence, so that a replay has it."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tlsfleet import trust_store
from tlsfleet.facts import Certificate, Declared
from tlsfleet.inventory import Target

BLOCK = re.compile(
    rb"-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----.*?-----END (?:X509 |TRUSTED )?CERTIFICATE-----", re.DOTALL
)


def declared_of(target: Target) -> Declared:
    """A target's declarations, the trust anchors of its file read; none are kept where it is the auditor's store."""
    given = target.trust_anchors
    return Declared(
        policy=target.policy,
        names=target.names,
        key_readers=target.key_readers,
        trust_anchors=None if given is None else read_anchors(given),
        trust_anchors_file=None if given is None else str(given),
        parameters=dict(target.parameters),
        terminated_by=target.terminated_by,
        shell=target.connection.kind != "none",
        wire=target.endpoints != (),
    )


def to_json(declared: Declared) -> dict[str, Any]:
    """The declarations as JSON-able values, certificates as PEM."""
    anchors = declared.trust_anchors
    return {
        "policy": declared.policy,
        "names": declared.names,
        "key_readers": declared.key_readers,
        "trust_anchors": None
        if anchors is None
        else [anchor.x509.public_bytes(Encoding.PEM).decode() for anchor in anchors],
        "trust_anchors_file": declared.trust_anchors_file,
        "parameters": dict(declared.parameters),
        "terminated_by": declared.terminated_by,
        "shell": declared.shell,
        "wire": declared.wire,
    }


def from_json(saved: Mapping[str, Any]) -> Declared:
    """The declarations of an evidence file; the anchors of the auditor's own store where it names none."""
    anchors: tuple[Certificate, ...] | None
    if saved.get("trust_anchors") is not None:
        pem = "".join(map(str, saved["trust_anchors"])).encode()
        anchors, source = certificates_of(pem), saved.get("trust_anchors_file")
    else:
        anchors, source = trust_store.system_anchors()
    return Declared(
        saved.get("policy"),
        _texts(saved.get("names")),
        _texts(saved.get("key_readers")),
        anchors,
        source,
        dict(saved.get("parameters") or {}),
        saved.get("terminated_by"),
        bool(saved.get("shell", True)),
        bool(saved.get("wire", True)),
    )


def _texts(values: Any) -> tuple[str, ...] | None:
    return None if values is None else tuple(map(str, values))


def read_anchors(path: Path) -> tuple[Certificate, ...]:
    """The certificates of a PEM file, those that do not parse left out."""
    return certificates_of(path.read_bytes())


def certificates_of(pem: bytes) -> tuple[Certificate, ...]:
    """The certificates of a PEM text, those that do not parse left out."""
    found = []
    for block in BLOCK.findall(pem):
        try:
            found.append(Certificate(x509.load_pem_x509_certificate(block).public_bytes(Encoding.DER)))
        except ValueError:
            continue
    return tuple(found)
