"""Facts of any evidence: never an exception, and what did not come over is Unknown, never nothing and never a pass."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.checks.certificates import csr, key, sound_leaf
from tests.inside import packed
from tests.inside.planted import DH_FILE
from tests.services import nginx_host
from tlsfleet.check import load_checks
from tlsfleet.evidence import Evidence, Frame
from tlsfleet.facts import Clock, FileFacts, Unknown, User
from tlsfleet.inside import build
from tlsfleet.judge import judge
from tlsfleet.verdict import Status

STAMP = "server_20261101"
CONF = """user www-data;
http {{
    server {{
        listen 443 ssl;
        server_name www.example.org;
        ssl_certificate {0}/public/{1}.combined.crt;
        ssl_certificate_key {0}/private/{1}.key;
        ssl_dhparam {0}/dh.pem;
        root /srv/www;
    }}
}}
"""
Judged = Mapping[str, Status]


@cache
def whole(*, sound: bool) -> tuple[Path, Evidence]:
    """A folder with a set and an nginx that uses it, and what the real script sends; else with faults."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        top = Path(folder)
        top.chmod(0o755)
        uses = _tree(top, sound=sound)
        sent = packed.evidence(packed.run(packed.command(top, patch, uses), ["sh"], top)).frames
        own = [frame for frame in sent if not frame.kind.startswith("nginx") and frame.kind != "user"]
        frames = [
            *own[:1],
            *nginx_host.frames(top / "nginx.conf"),
            Frame("user", "www-data", b"33\nwww-data\n"),
            *own[1:],
        ]
        assert frames[-1].kind == "end"
        ended = datetime.now(UTC)
        made = replace(packed.made(tuple(frames)), sent_at=ended - timedelta(seconds=20), received_at=ended)
        return top, made


def _tree(top: Path, *, sound: bool) -> list[tuple[str, str]]:
    for name in ("localcerts", "private", "public"):
        (top / name).mkdir(mode=0o755)
    private = key("leaf").private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = sound_leaf().x509.public_bytes(Encoding.PEM)
    texts = {"key": private, "csr": csr("").x509.public_bytes(Encoding.PEM), "crt": public, "combined.crt": public}
    for suffix, text in texts.items():
        for place in ("localcerts", "private" if suffix == "key" else "public"):
            if suffix != "csr" or place == "localcerts":
                path = top / place / f"{STAMP}.{suffix}"
                path.write_bytes(text if sound or suffix != "crt" else text + private)
                path.chmod(0o400 if sound else 0o666)
    (top / "dh.pem").write_bytes(DH_FILE.read_bytes())
    (top / "nginx.conf").write_text(CONF.format(top, STAMP))
    certificate, dh = ("certificate", f"{top}/public/{STAMP}.combined.crt"), ("dh", f"{top}/dh.pem")
    return [certificate, ("key", f"{top}/private/{STAMP}.key"), dh]


def judged(top: Path, evidence: Evidence) -> Judged:
    """The status of each check that looks at one host."""
    facts = build(evidence)
    policies = dict.fromkeys((facts.host, "fleet"), packed.policy(top))
    run = judge([facts], policies, (), datetime(2026, 11, 23, tzinfo=UTC), load_checks())
    return {verdict.check: verdict.status for verdict in run.verdicts if verdict.host == facts.host}


def lacking(evidence: Evidence) -> Iterator[tuple[str, Evidence]]:
    """The evidence without each frame, and with it unknown."""
    for number, frame in enumerate(evidence.frames):
        before, after = evidence.frames[:number], evidence.frames[number + 1 :]
        name = f"{frame.kind} {Path(frame.subject).name}"
        yield f"without {name}", replace(evidence, frames=before + after)
        dark = replace(frame, data=b"", unknown="it could not be read")
        yield f"unknown {name}", replace(evidence, frames=(*before, dark, *after))


@pytest.mark.parametrize("sound", [True, False], ids=["sound", "faulty"])
def test_nothing_missing_makes_a_check_pass(sound: bool) -> None:
    top, evidence = whole(sound=sound)
    full = judged(top, evidence)
    better = [
        (what, check, str(before), str(status[check]))
        for what, changed in lacking(evidence)
        for status in [judged(top, changed)]
        for check, before in full.items()
        if status[check] not in {before, Status.UNKNOWN, Status.VIOLATES}
    ]
    assert better == []


def test_the_faults_are_found_in_the_whole_evidence() -> None:
    found = judged(*whole(sound=False))
    wanted = {"private-key.not-exposed", "private-key.not-in-public-file", "private-key.not-in-web-root"}
    assert {check for check in wanted if found[check] is Status.VIOLATES} == wanted - {"private-key.not-in-web-root"}
    assert [check for check, status in found.items() if status is Status.CONFORMS]


def test_the_clock_is_unknown_where_it_jumped() -> None:
    _, sound = whole(sound=True)
    assert isinstance(build(sound).clock, Clock)
    quick = replace(sound, sent_at=sound.received_at)
    late = [replace(frame, data=b"clock 9000000000.0\n") if frame.kind == "end" else frame for frame in sound.frames]
    assert isinstance(build(replace(quick, frames=tuple(late))).clock, Unknown)


@pytest.mark.parametrize("data", [b"", b"33\n", b"33\n\n", b"x\nwww-data\n"])
def test_a_user_that_cannot_be_told_is_not_dropped(data: bytes) -> None:
    found = build(packed.made((Frame("user", "www-data", data), Frame("user", "gone", unknown="no such user")))).users
    assert isinstance(found, tuple)
    assert [type(user) for user in found] == [Unknown, Unknown]


def test_users_are_known_with_their_groups() -> None:
    assert build(whole(sound=True)[1]).users == (User("www-data", 33, ("www-data",)),)


def test_no_evidence_is_no_facts() -> None:
    facts = build(packed.made(()))
    parts = (facts.files, facts.groups, facts.listeners, facts.packages, facts.stale_libraries, facts.clock)
    assert all(isinstance(part, Unknown) for part in parts)


def test_a_missing_acl_frame_is_unknown_for_every_file() -> None:
    _, sound = whole(sound=True)
    facts = build(replace(sound, frames=tuple(frame for frame in sound.frames if frame.kind != "acl")))
    assert isinstance(facts.files, tuple)
    files = [file for file in facts.files if isinstance(file, FileFacts)]
    assert files
    assert all(isinstance(file.target.acl, Unknown) for file in files)


@pytest.mark.parametrize("rows", [None, b"", b"41ed:0:0:1:1:root:root:/etc\n"])
def test_the_root_itself_may_be_missing(rows: bytes | None) -> None:
    stat = () if rows is None else (Frame("stat", "", rows),)
    facts = build(packed.made((*stat, Frame("certificate", "/", b""), Frame("key", "/etc", b""))))
    assert all(isinstance(facts.file(path), Unknown) for path in ("/", "/etc"))


KINDS = (
    "begin nginx nginx-process nginx-config nginx-cipher nginx-check nginx-log nginx-changed user listing uses links "
    "absent hidden stat acl labels certificate key csr dh scan copy-key groups passwd sockets release openssl packages "
    "libraries end"
).split()
NOISE = st.binary(max_size=60) | st.text(":/ \n#.0123456789abcdef-", max_size=60).map(str.encode)
STRANGE = st.builds(Frame, st.sampled_from(KINDS), st.sampled_from(["", "/", "/etc", "ss", "-", "\udcff"]), NOISE)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_frames_in_any_order_and_form_never_raise(data: st.DataObject) -> None:
    frames = list(whole(sound=data.draw(st.booleans()))[1].frames)
    order = data.draw(st.permutations(range(len(frames))))
    kept = [frames[at] for at in order[: data.draw(st.integers(0, len(frames)))]]
    twice = kept[: data.draw(st.integers(0, 3))]
    mixed = [*data.draw(st.lists(STRANGE, max_size=4)), *[_mutated(data, each) for each in kept], *twice]
    build(packed.made(tuple(mixed)))


def _mutated(data: st.DataObject, frame: Frame) -> Frame:
    if not frame.data or data.draw(st.integers(0, 3)):
        return frame
    at, noise = data.draw(st.integers(0, len(frame.data))), data.draw(st.binary(max_size=4))
    return replace(frame, data=frame.data[:at] + noise + frame.data[at + data.draw(st.integers(0, 9)) :])
