"""Policies: what they hold, what extends what, and every way in which a file can be wrong."""

from datetime import date
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlsfleet.check import load_checks
from tlsfleet.parameters import PARAMETERS, checked
from tlsfleet.policy import FOLDER, Override, Parameter, Policy, load, names
from tlsfleet.toml import TomlError
from tlsfleet.verdict import MAY, MUST, SHOULD

CHECKS = ("csr.subject", "private-key.permissions", "private-key.strength")
GOOD = """\
# Ours.
id = "ours"
version = "1"
date = 2026-01-31
source = "our handbook"
extends = "notes"

[parameters.renewal_days]
value = 14
clause = "handbook 3.1"

[checks."csr.subject"]
level = "off"
clause = "handbook 3.2"
"""


class Writer(Protocol):
    def __call__(self, text: str, name: str = ...) -> Path: ...


@pytest.fixture
def write(tmp_path: Path) -> Writer:
    def _write(text: str, name: str = "ours.toml") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return _write


def refused(path: Path) -> str:
    """The one line by which a policy file is refused."""
    with pytest.raises(TomlError) as caught:
        load(str(path), CHECKS)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 1000
    return message


def test_a_policy_extends_another(write: Writer) -> None:
    policy, notes = load(str(write(GOOD)), CHECKS), load("notes", CHECKS)
    assert (policy.id, policy.version, policy.date, policy.source) == ("ours", "1", date(2026, 1, 31), "our handbook")
    assert policy.parameters["renewal_days"] == Parameter(14, "handbook 3.1")
    assert policy.parameters["clock_seconds"] == notes.parameters["clock_seconds"]
    assert policy.checks == {"csr.subject": Override(None, "handbook 3.2")}


def test_levels_and_clauses(write: Writer) -> None:
    policy = load(str(write(GOOD + '[checks."private-key.strength"]\nlevel = "MAY"\nclause = "c"\n')), CHECKS)
    assert policy.level("csr.subject", SHOULD) is None
    assert policy.level("private-key.strength", MUST) is MAY
    assert policy.level("private-key.permissions", MUST) is MUST
    assert policy.clause("csr.subject", ["renewal_days"]) == "handbook 3.2"
    assert policy.clause("other.check", ["renewal_days", "renewal_days"]) == "handbook 3.1"
    assert policy.clause("other.check", []) == ""


@pytest.mark.parametrize("name", names())
def test_a_shipped_policy_is_sound_and_whole(name: str) -> None:
    policy = load(name, [check.id for check in load_checks()])
    assert policy.id == name
    assert set(policy.parameters) == set(PARAMETERS)
    assert all(parameter.clause for parameter in policy.parameters.values())


def test_the_shipped_policies_are_those_of_the_folder() -> None:
    assert {"notes", "notes-2014"} <= set(names())
    assert all((FOLDER / f"{name}.toml").exists() for name in names())


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ('id = "ours"', "id = 7", 2, "id: a text is needed"),
        ('id = "ours"\n', "", 1, "id: a text is needed"),
        ('version = "1"', 'version = " "', 3, "version: a text is needed"),
        ("2026-01-31", '"2026-01-31"', 4, "date: a date such as 2026-01-31, without quotes"),
        ("2026-01-31", "2026-01-31T00:00:00Z", 4, "date: a date such as"),
        ("2026-01-31", "2026-02-31", 4, "is not valid TOML"),
        ("source", "sauce", 5, "unknown key 'sauce'; did you mean 'source'?"),
        ('"notes"', '"note"', 6, "there is no policy 'note'; did you mean 'notes'?"),
        ('"notes"', '"ours"', 6, "extends: leads back to this policy"),
        ('extends = "notes"\n', "", 1, 'or write extends = "notes"'),
        ("renewal_days", "renewal_day", 8, "unknown parameter 'renewal_day'; did you mean 'renewal_days'?"),
        ("value = 14", 'value = "14"', 9, "a whole number, 0 or more, is needed, not '14'"),
        ("value = 14", "value = -1", 9, "a whole number"),
        ("value = 14", "value = true", 9, "a whole number"),
        ("value = 14\n", "", 8, "parameters.renewal_days: has no value"),
        ("value = 14", "values = 14", 9, "unknown key 'values'; did you mean 'value'?"),
        ('clause = "handbook 3.1"', "", 8, "clause: a text is needed"),
        ("[parameters.renewal_days]", "[parameters]", 9, "parameters.value: write it as a table"),
        ("csr.subject", "csr.subjects", 12, "unknown check 'csr.subjects'; did you mean 'csr.subject'?"),
        ('"csr.subject"', "csr.subject", 12, 'write the id in quotes: [checks."csr.subject"]'),
        ('"off"', '"OFF"', 13, "'OFF' is none of MUST, SHOULD, MAY, off"),
        ('"off"', '"must"', 13, "'must' is none of"),
        ('"off"', "[]", 13, "[] is none of"),
        ('level = "off"\n', "", 12, "'' is none of"),
        ('clause = "handbook 3.2"', "", 12, "clause: a text is needed"),
        ("[checks.", "[check.", 12, "unknown key 'check'; did you mean 'checks'?"),
        ('[checks."csr.subject"]\n', "[[checks]]\n", 12, "checks: write [checks.NAME] tables"),
    ],
)
def test_a_mistake_names_file_line_and_mend(write: Writer, old: str, new: str, line: int, says: str) -> None:
    path = write(GOOD.replace(old, new, 1))
    message = refused(path)
    assert message.startswith(f"{path}:{line}: ")
    assert says in message


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("protocols", '["TLS1.2"]', "TLSv1.2"),
        ("protocols", '"TLSv1.2"', "a list of"),
        ("forbidden_cipher_suites", '["RC5"]', "RC4"),
        ("session_cache", '"builtin:1000"', "shared:SSL:10m"),
        ("key_curves", '["P256"]', "P-256"),
        ("signature_hashes", '["SHA256"]', "sha256"),
        ("cipher_suites", '["ECDHE-RSA-AES128-GCM-SHA256"]', "IANA's names"),
        ("chain_root", '"first"', "left-out, last"),
        ("set_permissions", '["400 root:root"]', "0440 root:ssl-cert"),
        ("private_key_permissions", '{"/etc/ssl" = "0400 root:root"}', "a table such as"),
        ("private_key_permissions", '{"etc/ssl" = ["0400 root:root"]}', "a table such as"),
        ("private_key_permissions", '{"/etc/ssl" = []}', "a table such as"),
        ("localcerts_folder", '"/etc/ssl/"', "without / at its end"),
        ("localcerts_folder", '""', "a path from /"),
        ("dh_file", '"dhparam.pem"', "or an empty text"),
        ("subject", '{ CO = "US" }', "keys of C, ST"),
        ("public_lifetime_days", '{"2026-3-15" = 200}', "a table such as"),
        ("key_groups", '[""]', "a list of texts"),
        ("renewal_days", f'"{"x" * 5000}"', "a whole number"),
    ],
)
def test_a_value_of_the_wrong_form_is_refused(write: Writer, name: str, value: str, says: str) -> None:
    section = f'[parameters.{name}]\nvalue = {value}\nclause = "c"\n'
    message = refused(write(GOOD.replace("[parameters.renewal_days]", f"{section}[parameters.stamp_days]")))
    assert ":9: " in message
    assert f"{name} (" in message
    assert says in message


def test_a_policy_may_extend_one_that_lies_beside_it(write: Writer) -> None:
    write(GOOD)
    path = write(GOOD.replace('"ours"', '"mine"').replace('"notes"', '"ours"').replace("14", "21"), "mine.toml")
    policy = load(str(path), CHECKS)
    assert policy.number("renewal_days") == 21
    assert policy.level("csr.subject", MUST) is None


def test_policies_that_extend_each_other_are_refused(write: Writer) -> None:
    write(GOOD.replace('"notes"', '"mine"'))
    path = write(GOOD.replace('"notes"', '"ours"'), "mine.toml")
    assert "leads back to this policy" in refused(path)


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    assert "cannot be read: No such file" in refused(tmp_path / "none.toml")


def test_a_host_may_have_parameters_of_its_own() -> None:
    notes = load("notes", CHECKS)
    own = notes.overridden({"renewal_days": 5}, "web1's tls_parameters")
    assert (own.number("renewal_days"), notes.number("renewal_days")) == (5, 30)
    assert own.clause("certificate.renewal-due", ["renewal_days"]) == "web1's tls_parameters"
    with pytest.raises(ValueError, match="did you mean 'renewal_days'"):
        notes.overridden({"renewal_day": 5}, "x")
    with pytest.raises(ValueError, match="a whole number"):
        notes.overridden({"renewal_days": "5"}, "x")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(sorted(PARAMETERS)) | st.text(max_size=20), json_values)
def test_any_value_is_taken_or_refused_in_one_line(name: str, value: object) -> None:
    try:
        assert checked(name, value) is value
    except ValueError as error:
        assert len(str(error)) <= 400  # noqa: PT017 - either outcome is right, but never another error


@given(st.text(max_size=200))
def test_any_text_is_a_policy_or_refused_with_its_file(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("policy") / "any.toml"
    path.write_text(text, encoding="utf-8", errors="replace")
    try:
        assert isinstance(load(str(path), CHECKS), Policy)
    except TomlError as error:
        assert str(error).startswith(str(path))  # noqa: PT017
