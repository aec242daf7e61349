"""facts/<host>.json: its forms, and that nothing of the facts breaks it."""

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from cryptography import x509

from tests.checks.certificates import key_facts, root, sound_leaf
from tests.checks.hosts import CRT, DH, FFDHE2048, KEY, sound_endpoint, sound_host
from tlsfleet.facts import Absent, AclEntry, Certificate, CertificateFile, HostFacts, Malformed, Unknown
from tlsfleet.report import facts_json


def written(facts: HostFacts, folder: Path) -> Any:
    facts_json.write(facts, folder / "web1.json")
    return json.loads((folder / "web1.json").read_text(encoding="ascii"))


def test_the_keys_are_the_field_names(tmp_path: Path) -> None:
    facts = sound_host()
    assert list(written(facts, tmp_path)) == [field.name for field in fields(HostFacts)]


def test_forms(tmp_path: Path) -> None:
    facts = sound_host()
    held = written(facts, tmp_path)
    key_file = next(each for each in held["files"] if each["path"] == KEY)
    assert key_file["target"]["mode"] == "0440"
    assert held["collected_at"] == facts.collected_at.isoformat()
    certificate = next(each for each in held["certificates"] if each["path"] == CRT)["certificates"][0]
    assert x509.load_pem_x509_certificate(certificate.encode()) == sound_leaf().x509
    dh = next(each for each in held["dh_params"] if each["path"] == DH)
    assert dh["prime"] == f"{FFDHE2048:x}"
    key = next(each for each in held["keys"] if each["path"] == KEY)
    assert key["spki_sha256"] == key_facts(KEY).spki_sha256


def test_trust_anchors_are_digests(tmp_path: Path) -> None:
    anchors = written(sound_host(), tmp_path)["declared"]["trust_anchors"]
    assert anchors == [root().facts.sha256]


def test_what_is_not_there_says_so(tmp_path: Path) -> None:
    facts = replace(
        sound_host(),
        files=(Unknown("/a", "permission denied"), Absent("/b", "/c"), Malformed("/d", "no PEM")),
        keys=Unknown("keys", "no openssl"),
        failure=Unknown("web1", "cut off"),
    )
    held = written(facts, tmp_path)
    assert held["files"] == [
        {"unknown": {"subject": "/a", "reason": "permission denied"}},
        {"absent": {"path": "/b", "link_target": "/c"}},
        {"malformed": {"path": "/d", "reason": "no PEM"}},
    ]
    assert held["keys"] == {"unknown": {"subject": "keys", "reason": "no openssl"}}
    assert held["failure"] == {"unknown": {"subject": "web1", "reason": "cut off"}}


def test_hostile_values_do_no_harm(tmp_path: Path) -> None:
    facts = sound_host()
    odd = replace(
        facts,
        files=(Unknown("/\ud800\x1b[2J\n</script>", "x"),),
        certificates=(CertificateFile("/x", (Certificate(b"\xff no DER"),)),),
        users=(AclEntry("user", "\x00", 7),),  # type: ignore[arg-type]  # any dataclass will do
    )
    held = written(odd, tmp_path)
    assert held["files"][0]["unknown"]["subject"] == "/\ud800\x1b[2J\n</script>"
    assert held["certificates"][0]["certificates"][0].startswith("-----BEGIN CERTIFICATE-----\n")


def test_an_endpoint_is_flat_and_a_version_that_could_not_be_told_is_null(tmp_path: Path) -> None:
    endpoint = sound_endpoint(port=25, starttls="smtp", server_name=None)
    silent = Unknown("25", "it fell silent")
    facts = sound_host(endpoints=(replace(endpoint, protocols={**endpoint.protocols, "SSLv3": silent}), silent))
    told, untold = written(facts, tmp_path)["endpoints"]
    assert [told[key] for key in ("address", "port", "starttls", "server_name", "endpoint_class")] == [
        *("192.0.2.10", 25, "smtp", None, "mandatory"),
    ]
    assert told["protocols"] == {
        **dict.fromkeys(("SSLv2", "TLSv1.0", "TLSv1.1"), False),
        **dict.fromkeys(("TLSv1.2", "TLSv1.3"), True),
        "SSLv3": None,
    }
    assert told["cipher_suites"]["TLSv1.3"][0] == "TLS_AES_256_GCM_SHA384"
    assert told["groups"][0] == "X25519MLKEM768"
    assert told["vulnerabilities"]["robot"] == {"inapplicable": {"reason": "it offers no static RSA"}}
    assert untold == {"unknown": {"subject": "25", "reason": "it fell silent"}}
