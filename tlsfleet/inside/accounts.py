"""Groups with all their members, and the users that services run as."""

from tlsfleet.evidence import Evidence, Frame
from tlsfleet.facts import Group, Unknown, User
from tlsfleet.text import path_text


def groups(evidence: Evidence) -> tuple[Group, ...] | Unknown:
    """The groups that matter on this host; members by primary group are counted in."""
    listed, passwd = evidence.of("groups"), evidence.of("passwd")
    if not listed or not passwd or listed[0].unknown or passwd[0].unknown or not passwd[0].data.strip():
        return Unknown("groups", "the host's accounts could not be read")
    primary: dict[int, list[str]] = {}
    for row in passwd[0].data.split(b"\n"):
        parts = row.split(b":")
        if len(parts) == 3 and parts[2].isdigit():
            primary.setdefault(int(parts[2]), []).append(path_text(parts[0]))
    found = []
    for row in listed[0].data.split(b"\n"):
        parts = row.split(b":")
        if len(parts) >= 4 and parts[2].isdigit():
            gid = int(parts[2])
            named = [path_text(name) for name in parts[3].split(b",") if name]
            found.append(Group(path_text(parts[0]), gid, tuple(dict.fromkeys([*named, *primary.get(gid, [])]))))
    return tuple(found)


def users(evidence: Evidence) -> tuple[User | Unknown, ...]:
    """The users that services run as, with their groups."""
    return tuple(map(_user, evidence.of("user")))


def _user(frame: Frame) -> User | Unknown:
    if frame.unknown is not None:
        return Unknown(frame.subject, frame.unknown)
    rows = frame.text.split("\n")
    if not rows[0].isdecimal() or len(rows) < 2 or not rows[1].strip():
        return Unknown(frame.subject, f"the groups of user {frame.subject} are not known")
    return User(frame.subject, int(rows[0]), tuple(rows[1].split()))
