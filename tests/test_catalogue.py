"""The generated page of checks."""

from collections.abc import Iterator
from datetime import date, datetime

from tlsfleet.catalogue import main, page
from tlsfleet.check import INSIDE, Check, Outcome
from tlsfleet.policy import Override, Parameter, Policy
from tlsfleet.verdict import MAY, MUST, SHOULD


def body(_subject: object, _policy: Policy, _now: datetime) -> Iterator[Outcome]:
    """The key is unencrypted.

    Why: a service cannot ask. Source: N08.
    Remedy: openssl rsa.
    """
    yield from ()


def check(check_id: str) -> Check:
    return Check(
        check_id, MUST, INSIDE, lambda facts, policy: (), body, "no key", ("N08",), ("CVE-1",), ("key_curves",)
    )


def policy(name: str, **levels: Override) -> Policy:
    overrides = {check_id.replace("_", "."): override for check_id, override in levels.items()}
    return Policy(name, "1", date(2026, 1, 1), "test", {}, overrides)


def valued(name: str, curves: list[str]) -> Policy:
    return Policy(name, "1", date(2026, 1, 1), "test", {"key_curves": Parameter(curves, "test")}, {})


def test_a_check_is_shown_whole_with_its_levels() -> None:
    policies = [
        policy("notes"),
        policy("odd", key_plain=Override(SHOULD, "1")),
        policy("lax", key_plain=Override(None, "2")),
    ]
    shown = page([check("key.plain")], policies)
    assert "1 checks: [key](#key) (1)." in shown
    assert (
        "## key\n\n### key.plain\n\nThe key is unencrypted.\n\n"
        "- MUST, SHOULD in odd, off in lax; inside; notes N08; CVE-1\n"
        "- Why: a service cannot ask.\n- Source: N08.\n- Remedy: openssl rsa.\n"
    ) in shown


def test_a_parameter_is_shown_with_its_values_where_they_differ() -> None:
    policies = [valued("lax", ["P-224"]), valued("like-notes", ["P-256"]), valued("notes", ["P-256"])]
    shown = page([check("key.plain")], policies)
    assert '- `key_curves`: curves allowed: P-256, Ed25519 ..., `["P-256"]` in notes, `["P-224"]` in lax\n' in shown


def test_the_page_in_docs_is_what_the_checks_say() -> None:
    assert main(["--check"]) == 0


def test_areas_and_checks_are_in_order_and_none_is_lost() -> None:
    shown = page([check("b.two"), check("a.one"), check("b.one")], [policy("notes", b_two=Override(MAY, "3"))])
    headings = [line for line in shown.splitlines() if line.startswith("##")]
    assert headings == ["## a", "### a.one", "## b", "### b.one", "### b.two"]
    assert shown.count("MAY in notes") == 1


def test_the_order_of_registration_does_not_show() -> None:
    checks = [check("b.two"), check("a.one")]
    assert page(checks, []) == page(reversed(checks), [])
