"""Frames of any output: never an exception, never data that was not sent whole."""

import string
from base64 import b64encode

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.inside.packed import NONCE
from tlsfleet.evidence import Frame
from tlsfleet.inside import frames
from tlsfleet.inside.frames import DAMAGED, FRAME_LIMIT, MAX_FRAMES, parse

KINDS = st.text(string.ascii_lowercase + "-", min_size=1, max_size=12).filter(lambda text: text[0] != "-")
SUBJECTS = st.text(string.ascii_letters + "/._ ", max_size=20)
SENT = st.lists(st.tuples(KINDS, SUBJECTS, st.binary(max_size=60)), max_size=6)


def line(kind: str, subject: str, data: bytes) -> bytes:
    """A frame as the script writes it."""
    return f"{NONCE} {kind} {b64encode(subject.encode()).decode()}= {b64encode(data + b'.').decode()} .\n".encode()


@given(st.binary(max_size=400))
@example(NONCE.encode() + b" stat =  .")
@example(NONCE.encode() + b" stat .")
@example(NONCE.encode() + b" stat = ! .")
@example(NONCE.encode() + b" stat = ! ! .")
@example(NONCE.encode() + b" \xff\xff\xff\xff .")
def test_noise_never_raises(noise: bytes) -> None:
    parse(noise, NONCE)
    assert parse(noise, "tlsfleet-another") == ()


@given(SENT, st.binary(max_size=40).map(lambda noise: noise.replace(b"\n", b"")))
def test_what_was_sent_comes_over_amid_banners(sent: list[tuple[str, str, bytes]], banner: bytes) -> None:
    output = banner + b"\n" + b"".join(line(*each) + banner + b"\n" for each in sent)
    assert parse(output, NONCE) == tuple(Frame(*each) for each in sent)
    assert parse(output.replace(b"\n", b"\r\n"), NONCE) == tuple(Frame(*each) for each in sent)


@given(SENT, st.data())
def test_a_cut_answer_is_a_beginning_of_the_whole(sent: list[tuple[str, str, bytes]], data: st.DataObject) -> None:
    output = b"".join(line(*each) for each in sent)
    found = parse(output[: data.draw(st.integers(0, len(output)))], NONCE)
    last = found[-1:] if found[-1:] and found[-1].kind == DAMAGED else ()
    assert found[: len(found) - len(last)] == parse(output, NONCE)[: len(found) - len(last)]


@settings(max_examples=300)
@given(SENT.filter(bool), st.data())
def test_a_changed_byte_changes_no_other_frame(sent: list[tuple[str, str, bytes]], data: st.DataObject) -> None:
    lines = [line(*each) for each in sent]
    hit = data.draw(st.integers(0, len(lines) - 1))
    at = data.draw(st.integers(0, len(lines[hit]) - 2))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != 10))
    lines[hit] = lines[hit][:at] + bytes([byte]) + lines[hit][at + 1 :]
    found = parse(b"".join(lines), NONCE)
    lost = at < len(NONCE) and lines[hit] != line(*sent[hit])
    others = [frame for number, frame in enumerate(found) if lost or number != hit]
    assert others == [Frame(*each) for number, each in enumerate(sent) if number != hit]


@given(SENT.filter(lambda sent: len(sent) > 1), st.data())
def test_two_lines_in_one_are_damage_not_silence(sent: list[tuple[str, str, bytes]], data: st.DataObject) -> None:
    """As where a shell dies in the middle of a line, and another goes on."""
    lines = [line(*each) for each in sent]
    hit = data.draw(st.integers(0, len(lines) - 2))
    lines[hit] = lines[hit][: data.draw(st.integers(len(NONCE), len(lines[hit]) - 1))]
    found = parse(b"".join(lines), NONCE)
    assert found[hit].kind == DAMAGED
    assert len(found) == len(sent) - 1


@given(st.binary(max_size=60), st.data())
def test_data_that_was_not_sent_whole_is_unknown(sent: bytes, data: st.DataObject) -> None:
    """The full stop at the end is what the host adds once all was read."""
    part = sent[: data.draw(st.integers(0, len(sent)))].rstrip(b".")
    text = line("listing", "/etc", b"").replace(b64encode(b"."), b64encode(part))
    assert [bool(frame.unknown) for frame in parse(text, NONCE)] == [True]


def test_damaged_base64_is_damage() -> None:
    found = parse(f"{NONCE} stat = A .\n{NONCE} stat = AA!A .\n{NONCE} acl ! AAAA .\n".encode(), NONCE)
    assert [frame.kind for frame in found] == [DAMAGED] * 3
    assert all(frame.unknown for frame in found)


def test_another_runs_frames_are_noise() -> None:
    assert parse(line("stat", "", b"x").replace(NONCE.encode(), b"tlsfleet-0"), NONCE) == ()


def test_what_is_longer_than_a_frame_may_be_is_unknown() -> None:
    whole, cut = (parse(line("stat", "", b"x" * size), NONCE)[0] for size in (FRAME_LIMIT, FRAME_LIMIT + 1))
    assert (whole.unknown, len(whole.data)) == (None, FRAME_LIMIT)
    assert cut.unknown
    assert not cut.data


def test_frames_over_the_limit_leave_no_end() -> None:
    """Without its end an answer counts as broken off: nothing is left out in silence."""
    found = parse(line("user", "x", b"") * MAX_FRAMES + line("end", "", b""), NONCE)
    assert len(found) == frames.MAX_FRAMES
    assert found[-1].kind != "end"
