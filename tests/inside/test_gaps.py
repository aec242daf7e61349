"""What the host's tools cannot tell is Unknown with a reason: never nothing, never a pass. On the real script."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from tests.checks.certificates import sound_leaf
from tests.inside.packed import SHELLS, command, evidence, run
from tlsfleet.facts import FileFacts, HostFacts, KeyFacts, Malformed, Packages, Unknown
from tlsfleet.inside import build
from tlsfleet.text import path_text

KEY = ec.generate_private_key(ec.SECP256R1())
PEM, PKCS8 = Encoding.PEM, PrivateFormat.PKCS8
SEALED = BestAvailableEncryption(b"sesame")
PLACES = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
Collect = Callable[..., HostFacts]


@pytest.fixture
def collect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Collect:
    """Runs the script on the test's tree, without some of the host's tools and with others in their place."""
    for name in ("public", "private", "localcerts"):
        (tmp_path / name).mkdir()

    def collect(*lacking: str, uses: list[tuple[str, str]] | None = None, **instead: str) -> HostFacts:
        tools = _tools(tmp_path / "tools", lacking, instead) if lacking or instead else None
        line = command(tmp_path, monkeypatch, uses, tools)
        return build(evidence(run(line, ["sh"], tmp_path)))

    return collect


def _tools(folder: Path, lacking: tuple[str, ...], instead: dict[str, str]) -> Path:
    folder.mkdir()
    for path in (path for place in PLACES if Path(place).is_dir() for path in Path(place).iterdir()):
        link = folder / path.name
        if path.name not in {*lacking, *instead} and not link.is_symlink():
            link.symlink_to(path)
    for name, text in instead.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    return folder


def _file(facts: HostFacts, path: Path) -> FileFacts:
    found = facts.file(str(path))
    assert isinstance(found, FileFacts), found
    return found


def _key(tmp_path: Path, name: str = "server_20261101.key", mode: int = 0o640) -> Path:
    path = tmp_path / "localcerts" / name
    path.write_bytes(KEY.private_bytes(PEM, PKCS8, NoEncryption()))
    path.chmod(mode)
    return path


def test_a_sound_host_is_known(collect: Collect, tmp_path: Path) -> None:
    path = _key(tmp_path)
    facts = collect()
    key = facts.key(str(path))
    assert isinstance(key, KeyFacts)
    assert (key.algorithm, key.curve, key.encrypted) == ("EC", "P-256", False)
    assert _file(facts, path).target.acl == ()
    parts = (facts.files, facts.groups, facts.users, facts.listeners, facts.packages, facts.stale_libraries)
    assert not [part for part in parts if isinstance(part, Unknown)]


@pytest.mark.parametrize("lacking", ["openssl", "timeout openssl"])
def test_without_openssl_nothing_is_called_malformed(collect: Collect, tmp_path: Path, lacking: str) -> None:
    paths = [_key(tmp_path, f"server_20261101.{suffix}") for suffix in ("key", "csr", "crt")]
    (tmp_path / "dh.pem").write_text("no parameters")
    (tmp_path / "public/one.der").write_bytes(KEY.private_bytes(Encoding.DER, PKCS8, NoEncryption()))
    facts = collect(*lacking.split())
    found = [facts.key(str(paths[0])), facts.csr(str(paths[1])), facts.certificate_file(str(paths[2]))]
    found += [facts.dh(str(tmp_path / "dh.pem")), _file(facts, tmp_path / "public/one.der").holds_private_key]  # type: ignore[list-item]  # a list of several kinds
    assert all(isinstance(item, Unknown) for item in found), found


def test_an_openssl_that_hangs_or_dies_is_no_answer(collect: Collect, tmp_path: Path) -> None:
    path = _key(tmp_path)
    facts = collect(openssl="kill -9 $$")
    assert isinstance(facts.key(str(path)), Unknown)


@pytest.mark.parametrize(
    ("lacking", "instead"),
    [
        (["getfacl"], {}),
        ([], {"getfacl": "exit 1"}),
        ([], {"getfacl": "printf '# file: %s\\n# owner: root\\n\\n' \"$4\""}),
    ],
    ids=["missing", "failing", "half"],
)
def test_an_acl_that_could_not_be_read_is_unknown(
    collect: Collect, tmp_path: Path, lacking: list[str], instead: dict[str, str]
) -> None:
    path = _key(tmp_path)
    file = _file(collect(*lacking, **instead), path)
    assert isinstance(file.target.acl, Unknown)
    assert all(isinstance(parent, Unknown) or isinstance(parent.stat.acl, Unknown) for parent in file.parents)


def test_an_acl_is_brought(collect: Collect, tmp_path: Path) -> None:
    strange = _key(tmp_path, "odd\\134 näme.key")
    subprocess.run(["setfacl", "-m", "u:nobody:r", strange], check=True)
    acl = _file(collect(uses=[("key", str(strange))]), strange).target.acl
    assert not isinstance(acl, Unknown)
    assert ("user", "nobody", 4) in [(entry.kind, entry.name, entry.permissions) for entry in acl]


@pytest.mark.parametrize("tool", ["getent", "ss"])
def test_a_tool_that_was_cut_off_gives_no_half_answer(collect: Collect, tmp_path: Path, tool: str) -> None:
    _key(tmp_path)
    half = {
        "getent": "echo root:x:0:0:root:/root:/bin/sh; exit 124",
        "ss": "echo 'tcp LISTEN 0 1 *:22 *:*'; exit 124",
    }
    facts = collect(**{tool: half[tool]})
    assert isinstance(facts.groups if tool == "getent" else facts.listeners, Unknown)


def test_without_getent_and_ss_the_kernel_and_etc_are_read(collect: Collect, tmp_path: Path) -> None:
    facts = collect("getent", "ss")
    assert not isinstance(facts.groups, Unknown)
    assert not isinstance(facts.listeners, Unknown)


def test_an_unknown_package_manager_is_unknown(collect: Collect) -> None:
    assert isinstance(collect("dpkg-query", "rpm", "apk").packages, Unknown)


def test_a_package_manager_that_fails_is_unknown(collect: Collect) -> None:
    found = collect(**{"dpkg-query": "echo 'install ok installed openssl 3.0'; exit 2"}).packages
    assert isinstance(found, Unknown)
    assert "dpkg" in found.reason


def test_rpm_is_asked_where_dpkg_knows_of_nothing(collect: Collect) -> None:
    rows = "echo openssl-libs 1:3.5.1-4.el9; echo openssl-devel 1:3.5.1-4.el9; echo gnutls 0:3.8.3-9.el9"
    nobody = '[ "$1 $2" = "--reuid=65534 --regid=65534" ] && shift 3 && exec "$@"'  # as root rpm would write
    found = collect(**{"dpkg-query": "exit 1", "rpm": rows, "setpriv": nobody}).packages
    assert isinstance(found, Packages)
    assert (found.manager, found.versions) == ("rpm", {"openssl-libs": "1:3.5.1-4.el9", "gnutls": "3.8.3-9.el9"})


def test_more_files_than_are_searched_for_keys_are_said(collect: Collect, tmp_path: Path) -> None:
    for number in range(1001):
        (tmp_path / "public" / f"{number}").touch()
    found = _file(collect(), tmp_path / "public").holds_private_key
    assert isinstance(found, Unknown)
    assert "1000" in found.reason


@pytest.mark.parametrize(
    ("name", "data", "holds"),
    [
        ("key.der", KEY.private_bytes(Encoding.DER, PKCS8, NoEncryption()), True),
        ("old.der", KEY.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption()), True),
        ("sealed.der", KEY.private_bytes(Encoding.DER, PKCS8, SEALED), Unknown),
        ("store.p12", pkcs12.serialize_key_and_certificates(b"x", KEY, None, None, SEALED), Unknown),
        ("leaf.der", sound_leaf().x509.public_bytes(Encoding.DER), False),
        ("leaf.pem", sound_leaf().x509.public_bytes(PEM), False),
        ("empty", b"", False),
        ("text", b"0: a text\n", False),
        ("nul.pem", b"\0\0" + KEY.private_bytes(PEM, PKCS8, NoEncryption()), True),
        ("crlf.pem", KEY.private_bytes(PEM, PKCS8, SEALED).replace(b"\n", b"\r\n"), True),
        ("indented", KEY.private_bytes(PEM, PKCS8, NoEncryption()).replace(b"-----B", b"   -----B"), True),
        ("openssh", KEY.private_bytes(PEM, PrivateFormat.OpenSSH, NoEncryption()), True),
        ("one-line", b"x" * 100_000 + KEY.private_bytes(PEM, PKCS8, NoEncryption()).replace(b"\n", b"\\n"), True),
        ("huge", b"x" * 1_100_000 + KEY.private_bytes(PEM, PKCS8, NoEncryption()), Unknown),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_key_astray_is_found(collect: Collect, tmp_path: Path, name: str, data: bytes, holds: object) -> None:
    (tmp_path / "public" / name).write_bytes(data)
    found = _file(collect(), tmp_path / "public" / name).holds_private_key
    assert isinstance(found, Unknown) if holds is Unknown else found is holds, found


def test_each_of_two_equal_keys_astray_is_found(collect: Collect, tmp_path: Path) -> None:
    paths = [tmp_path / "public" / name for name in ("a.der", "b.der", "c.p12", "d.p12")]
    for path in paths:
        path.write_bytes(KEY.private_bytes(Encoding.DER, PKCS8, NoEncryption() if path.suffix == ".der" else SEALED))
    found = [_file(facts, path).holds_private_key for facts in [collect()] for path in paths]
    assert found[:2] == [True, True]
    assert all(isinstance(item, Unknown) for item in found[2:])


@pytest.mark.parametrize("name", ["new\nline", "caf\xe9\udcff", "quo'te"])
def test_a_name_that_is_not_searched_is_said(collect: Collect, tmp_path: Path, name: str) -> None:
    (tmp_path / "public" / name).write_bytes(KEY.private_bytes(PEM, PKCS8, NoEncryption()))
    assert isinstance(_file(collect(), tmp_path / "public").holds_private_key, Unknown)


ODD = [b"sp ace", b"'quo\"te`", b"-rf", b"\xff\xfe", b"$(id)", b"a*b?[c]", b"back\\slash\\n", b"caf\xc3\xa9", b"%41"]


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
def test_a_file_in_use_is_read_whatever_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shell: list[str]
) -> None:
    folder = tmp_path / "us ed"
    folder.mkdir()
    private = KEY.private_bytes(PEM, PKCS8, NoEncryption())
    paths = [os.fsencode(folder) + b"/" + name for name in ODD]
    for number, path in enumerate(paths):  # each of another content, so that none is sent as a copy
        Path(os.fsdecode(path)).write_bytes(b"# %d\n" % number + private)
    line = command(tmp_path, monkeypatch, [("key", os.fsdecode(path)) for path in [*paths, paths[0] + b"\nx"]])
    facts = build(evidence(run(line, shell, tmp_path)))
    assert [type(facts.key(path_text(path))) for path in paths] == [KeyFacts] * len(paths)
    assert all(isinstance(facts.file(path_text(path)), FileFacts) for path in paths)
    assert isinstance(facts.key(path_text(paths[0] + b"\nx")), Unknown)


def test_a_host_of_busybox_alone_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tools").mkdir()
    for name in subprocess.run(["busybox", "--list"], capture_output=True, text=True, check=True).stdout.split():
        (tmp_path / "tools" / name).symlink_to("/usr/bin/busybox")
    (tmp_path / "tools/openssl").symlink_to("/usr/bin/openssl")
    for name in ("localcerts", "public"):
        (tmp_path / name).mkdir()
    path = _key(tmp_path)
    (tmp_path / "public/a.pem").write_bytes(path.read_bytes())
    for tool in ("dpkg", "rpm", "ss"):
        (tmp_path / "tools" / tool).unlink(missing_ok=True)
    facts = build(evidence(run(command(tmp_path, monkeypatch, None, tmp_path / "tools"), ["busybox", "sh"], tmp_path)))
    assert isinstance(facts.key(str(path)), KeyFacts)
    assert isinstance(_file(facts, path).target.acl, Unknown)
    assert _file(facts, tmp_path / "public/a.pem").holds_private_key is True
    assert not isinstance(facts.groups, Unknown)
    assert not isinstance(facts.listeners, Unknown)
    assert isinstance(facts.packages, Unknown)


def test_an_empty_or_foreign_key_file_is_malformed(collect: Collect, tmp_path: Path) -> None:
    path = _key(tmp_path)
    path.write_bytes(b"")
    assert isinstance(collect().key(str(path)), Malformed)
