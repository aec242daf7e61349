"""What the lab makes without root: keys, certificates, requests, and its word about what is missing."""

import datetime as dt
import math
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from lab import __main__ as cli
from lab import ca, keys, system
from lab.fleet import HOSTS
from lab.system import LabError, nothing_started, put_back

NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
ROOT = ca.issue(ca.ROOT, NOW)
LEAF = ca.Template(subject=(("CN", "a.example.org"),), names=("a.example.org",))


def test_a_sound_chain_is_issued_link_by_link() -> None:
    intermediate = ca.issue(ca.INTERMEDIATE, NOW, ROOT)
    leaf = ca.issue(LEAF, NOW, intermediate)
    leaf.certificate.verify_directly_issued_by(intermediate.certificate)
    intermediate.certificate.verify_directly_issued_by(ROOT.certificate)
    assert leaf.certificate.not_valid_before_utc == dt.datetime(2026, 11, 13, 12, tzinfo=dt.UTC)
    assert leaf.certificate.not_valid_after_utc == dt.datetime(2027, 2, 11, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(("weak", "oid"), [("sha1", "1.2.840.113549.1.1.5"), ("md5", "1.2.840.113549.1.1.4")])
def test_weak_signatures_are_real(weak: str, oid: str, tmp_path: Path) -> None:
    issuer = ca.issue(replace(ca.INTERMEDIATE, key="rsa-2048"), NOW, ROOT)
    leaf = ca.issue(replace(LEAF, signature_hash=weak), NOW, issuer)
    assert leaf.certificate.signature_algorithm_oid.dotted_string == oid
    for name, authority in {"root": ROOT, "issuer": issuer, "leaf": leaf}.items():
        (tmp_path / name).write_bytes(authority.pem())
    verify = ["openssl", "verify", "-attime", str(int(NOW.timestamp())), "-auth_level", "0"]
    system.run(*verify, "-CAfile", f"{tmp_path}/root", "-untrusted", f"{tmp_path}/issuer", f"{tmp_path}/leaf")


def test_weak_signatures_need_an_rsa_key() -> None:
    with pytest.raises(LabError, match="by RSA keys only"):
        ca.issue(replace(LEAF, signature_hash="sha1"), NOW, ROOT)


def test_a_request_has_names_unless_told_otherwise() -> None:
    key = keys.make("ec-p256", "test")
    with_names = ca.request(ca.REQUEST, LEAF.subject, LEAF.names, key)
    without = ca.request(ca.Request(names=()), LEAF.subject, LEAF.names, key)
    assert [len(found.extensions) for found in (with_names, without)] == [1, 0]
    assert with_names.is_signature_valid


def test_close_primes_fall_to_fermat() -> None:
    key = keys.close_primes(512)
    assert key.key_size in {511, 512}
    modulus = key.public_key().public_numbers().n
    root = math.isqrt(modulus) + 1
    assert any(math.isqrt(root_ * root_ - modulus) ** 2 == root_ * root_ - modulus for root_ in range(root, root + 100))


def test_slow_and_shared_keys_are_kept_and_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    one, again = (keys.make("ec-p256", "shared", keep=True) for _ in range(2))
    assert keys.pem(one) == keys.pem(again)
    (file,) = (tmp_path / "tlsfleet-lab").iterdir()
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_the_host_of_the_notes_has_a_4096_bit_rsa_key() -> None:
    assert {HOSTS[name].key for name in ("sound", "sound-2014")} == {"rsa-4096"}
    assert isinstance(keys.make("rsa-2048", "test"), rsa.RSAPrivateKey)


@pytest.mark.parametrize("command", ["up", "down", "list", "ssh plain", "exec true"])
def test_without_root_it_is_one_line(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert cli.main(command.split()) == 1
    said = capsys.readouterr().err
    assert said.startswith("lab: the lab needs root")
    assert said.count("\n") == 1


def test_a_package_that_cannot_be_installed_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "POLICY", tmp_path / "policy-rc.d")
    failed = subprocess.CompletedProcess([], 100, "", "E: Unable to locate package prosody\n")
    monkeypatch.setattr("subprocess.run", lambda *_, **__: failed)
    with pytest.raises(LabError, match=r"^cannot install prosody: .*: E: Unable to locate package prosody$"):
        system.install(["prosody"])
    assert list(tmp_path.iterdir()) == []


def test_this_machines_policy_is_put_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = tmp_path / "policy-rc.d"
    policy.write_text("its own")
    monkeypatch.setattr(system, "POLICY", policy)
    with nothing_started():
        assert "exit 101" in policy.read_text()
    assert policy.read_text() == "its own"
    died = nothing_started()
    died.__enter__()
    assert "exit 101" in policy.read_text()
    put_back()
    assert policy.read_text() == "its own"
    assert list(tmp_path.iterdir()) == [policy]
