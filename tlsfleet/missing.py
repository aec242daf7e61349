"""What stands where there is no value: a reason, never a guess and never an exception."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that could not be told; never to be read as a pass."""

    subject: str
    reason: str


@dataclass(frozen=True, slots=True)
class Absent:
    """A path in use at which there is nothing (``link_target`` is set for a dangling link)."""

    path: str
    link_target: str | None = None

    @property
    def subject(self) -> str:
        return self.path

    @property
    def reason(self) -> str:
        return f"a link to {self.link_target}, which does not exist" if self.link_target else "no such file"


@dataclass(frozen=True, slots=True)
class Malformed:
    """A file that was read and is not what its use asks for."""

    path: str
    reason: str

    @property
    def subject(self) -> str:
        return self.path


Missing = Unknown | Absent | Malformed
