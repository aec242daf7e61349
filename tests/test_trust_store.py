"""The auditor's own trust store."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from tests.checks import certificates
from tlsfleet import trust_store


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    trust_store.system_anchors.cache_clear()
    yield
    trust_store.system_anchors.cache_clear()


def only(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    monkeypatch.setattr(trust_store, "USUAL", ())


def test_the_first_bundle_there_is_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = certificates.root()
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(b"# a comment\n" + root.x509.public_bytes(Encoding.PEM))
    only(monkeypatch, bundle)
    assert trust_store.system_anchors() == ((root.facts,), f"the auditor's own store, {bundle}")


def test_what_is_no_certificate_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = certificates.root()
    bundle = tmp_path / "bundle.pem"
    damaged = b"-----BEGIN CERTIFICATE-----\nAAAA!\n-----END CERTIFICATE-----\n"
    bundle.write_bytes(damaged + root.x509.public_bytes(Encoding.PEM))
    only(monkeypatch, bundle)
    assert trust_store.system_anchors()[0] == (root.facts,)


def test_no_bundle_is_no_anchor_and_says_where_it_was_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only(monkeypatch, tmp_path / "none.pem")
    monkeypatch.setattr(trust_store, "USUAL", (str(tmp_path / "usual.pem"),))
    anchors, whose = trust_store.system_anchors()
    assert anchors == ()
    assert "usual.pem" in whose
