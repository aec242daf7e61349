"""Versions of packages: dpkg's, rpm's and apk's order, and OpenSSL's own."""

import re
from collections.abc import Iterator
from itertools import zip_longest

OPENSSL = re.compile(r"(?:^|\D)(\d{1,3})\.(\d{1,3})\.(\d{1,3})([a-z]{0,2})(?![a-z])")
RPM_PART = re.compile(r"(\d+)|([A-Za-z]+)|([~^])")
DPKG_PART = re.compile(r"(\D*)(\d*)")

OpensslVersion = tuple[int, int, int, int, str]


def compare(manager: str, left: str, right: str) -> int | None:
    """-1, 0 or 1 by the package manager's own order; None for a manager whose order is not known here."""
    if manager == "dpkg":
        return compare_dpkg(left, right)
    if manager == "rpm":
        return compare_rpm(left, right)
    return None


def compare_dpkg(left: str, right: str) -> int:
    """-1, 0 or 1, as ``dpkg --compare-versions`` has it (deb-version(7)): epoch, upstream version, revision."""
    ours, theirs = _dpkg(left), _dpkg(right)
    if ours[0] != theirs[0]:
        return _order(ours[0], theirs[0])
    return _dpkg_part(ours[1], theirs[1]) or _dpkg_part(ours[2], theirs[2])


def compare_rpm(left: str, right: str) -> int:
    """-1, 0 or 1, as rpm has it for [epoch:]version[-release]; an epoch counts only where both are given."""
    ours, theirs = _rpm(left), _rpm(right)
    if ours[0] is not None and theirs[0] is not None and ours[0] != theirs[0]:
        return _order(ours[0], theirs[0])
    return _rpm_part(ours[1], theirs[1]) or (_rpm_part(ours[2], theirs[2]) if ours[2] and theirs[2] else 0)


def openssl(version: str) -> OpensslVersion | None:
    """OpenSSL's own version in a package's, or in what a program says of it (``OpenSSL 1.0.2zd``), in its order."""
    found = OPENSSL.search(version.partition(":")[2] if re.match(r"\d+:", version) else version)
    if not found:
        return None
    return int(found[1]), int(found[2]), int(found[3]), len(found[4]), found[4]


def _order(left: int, right: int) -> int:
    return (left > right) - (left < right)


def _dpkg(version: str) -> tuple[int, str, str]:
    epoch, colon, rest = version.strip().partition(":")
    if not colon:
        epoch, rest = "0", version.strip()
    upstream, hyphen, revision = rest.rpartition("-")
    return (int(epoch) if epoch.isdecimal() else 0), (upstream if hyphen else rest), revision if hyphen else ""


def _dpkg_part(left: str, right: str) -> int:
    pairs = zip_longest(DPKG_PART.findall(left), DPKG_PART.findall(right), fillvalue=("", ""))
    for (our_text, our_digits), (their_text, their_digits) in pairs:
        ours, theirs = [*map(_dpkg_weight, our_text), 0], [*map(_dpkg_weight, their_text), 0]
        if ours != theirs:
            return next(_order(a, b) for a, b in zip_longest(ours, theirs, fillvalue=0) if a != b)
        if found := _order(int(our_digits or 0), int(their_digits or 0)):
            return found
    return 0


def _dpkg_weight(character: str) -> int:
    """Tilde before the end (0), then letters, then all else."""
    if character == "~":
        return -1
    return ord(character) if character.isalpha() else ord(character) + 256


def _rpm(version: str) -> tuple[int | None, str, str]:
    epoch, colon, rest = version.strip().partition(":")
    if not colon:
        epoch, rest = "", version.strip()
    number, _, release = rest.partition("-")
    return (int(epoch) if epoch.isdecimal() else None), number, release


def _rpm_part(left: str, right: str) -> int:
    """rpmvercmp: runs of digits or letters in turn; ~ sorts before the end, ^ after it."""
    for ours, theirs in zip_longest(_rpm_runs(left), _rpm_runs(right)):
        if ours == theirs:
            continue
        return 1 if _rpm_weight(ours) > _rpm_weight(theirs) else -1
    return 0


def _rpm_runs(text: str) -> Iterator[tuple[str, int, str]]:
    for digits, letters, mark in RPM_PART.findall(text):
        yield ("number", int(digits), "") if digits else ("text", 0, letters) if letters else (mark, 0, "")


def _rpm_weight(run: tuple[str, int, str] | None) -> tuple[int, int, str]:
    kind, number, letters = run or ("end", 0, "")
    return ("~", "end", "^", "text", "number").index(kind), number, letters


def numbers(version: str) -> tuple[int, ...] | None:
    """The numbers that a version begins with (1.26.3); None where it begins with none."""
    found = re.match(r"\d{1,6}(?:\.\d{1,6})+", version)
    return tuple(map(int, found[0].split("."))) if found else None
