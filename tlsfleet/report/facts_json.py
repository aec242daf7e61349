"""facts/<host>.json: the facts of a host, for people and programs.

Keys are the field names. Modes are octal text, times ISO 8601, certificates PEM, other DER base64, the numbers of DH
parameters and digests lowercase hex; trust anchors, which are many and the same for all hosts, are their SHA-256. What
is not there says so: ``{"unknown": {...}}``, ``{"absent": {...}}``, ``{"malformed": {...}}``, and of endpoints
``{"inapplicable": {...}}``. An endpoint's address, port, starttls, server_name and class stand beside what it answered,
and of its protocol versions one that could not be told is null. No field of the facts can hold private bytes.
"""

import base64
import json
import textwrap
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tlsfleet.facts import (
    Absent,
    Certificate,
    EndpointFacts,
    HostFacts,
    Inapplicable,
    KeyFacts,
    Malformed,
    Unknown,
)

NOT_THERE = {Unknown: "unknown", Absent: "absent", Malformed: "malformed", Inapplicable: "inapplicable"}
HEX = {"prime", "generator", "order"}


def write(facts: HostFacts, path: Path) -> None:
    """Write the facts of a host."""
    path.write_text(json.dumps(as_json(facts), ensure_ascii=True, indent=1) + "\n", encoding="ascii")


def as_json(value: Any) -> Any:
    """A fact of any type as JSON-able values."""
    if isinstance(value, Certificate):
        return _pem(value.der)
    if isinstance(value, EndpointFacts):
        return _endpoint(value)
    if is_dataclass(value) and not isinstance(value, type):
        held = {field.name: _field(field.name, getattr(value, field.name)) for field in fields(value)}
        if isinstance(value, KeyFacts):
            held["spki_sha256"] = as_json(value.spki_sha256)
        return {NOT_THERE[type(value)]: held} if type(value) in NOT_THERE else held
    if isinstance(value, Mapping):
        return {str(key): as_json(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(each) for each in value]
    return _scalar(value)


def _endpoint(facts: EndpointFacts) -> dict[str, Any]:
    told = {field.name: _field(field.name, getattr(facts, field.name)) for field in fields(facts)}
    place = told.pop("endpoint")
    protocols = {name: spoken if isinstance(spoken, bool) else None for name, spoken in facts.protocols.items()}
    return {**place, **told, "protocols": protocols}


def _field(name: str, value: Any) -> Any:
    if name == "mode" and isinstance(value, int):
        return f"{value:04o}"
    if name in HEX and isinstance(value, int):
        return f"{value:x}"
    if name == "trust_anchors" and isinstance(value, tuple):
        return [anchor.sha256 for anchor in value]
    return as_json(value)


def _scalar(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)


def _pem(der: bytes) -> str:
    lines = textwrap.wrap(base64.b64encode(der).decode("ascii"), 64)
    return "\n".join(("-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""))
