"""Which configured block answers at an endpoint, which service serves it, and why that cannot be told."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.checks.certificates import NAMES
from tests.checks.edits import block, declared, only_endpoint, service
from tests.checks.hosts import ADDRESS, sound_endpoint, sound_host, sound_nginx
from tlsfleet.endpoints import Endpoint, EndpointFacts, Inapplicable
from tlsfleet.facts import HostFacts, Listener, TlsBlock, TlsSettings, Unknown
from tlsfleet.served import Served, answering, distinct, endpoints, told
from tlsfleet.subjects import Block
from tlsfleet.verdict import MAY, MUST, NotApplicable

ANY, ANY6 = "0.0.0.0:443", "[::]:443"
ADDRESS6 = "2001:db8::10"


def made(where: str, *names: str, at: tuple[str, ...] = (ANY,), default: bool = False) -> Block:
    """A block of nginx, known by its place."""
    found = TlsBlock("http", "tls", at, names, TlsSettings(), {}, where, at if default else ())
    return Block(sound_nginx(), found)


def chosen(blocks: list[Block], name: str | None = None, address: str = ADDRESS, port: int = 443) -> list[str]:
    """The places of the blocks that answer."""
    return [each.block.where for each in answering(blocks, Endpoint(address, port, server_name=name))]


def only(facts: HostFacts) -> Served:
    """The one endpoint of a host."""
    (found,) = endpoints(facts)
    assert isinstance(found, Served)
    return found


def host_of(program: str | Unknown, **changes: object) -> HostFacts:
    """A host with one endpoint, at which a program listens."""
    return sound_host(only_endpoint(sound_endpoint(**changes)), listeners=(listener(program),))


def listener(program: str | Unknown, address: str = "0.0.0.0", port: int = 443) -> Listener:
    return Listener("tcp", address, port, program, 700)


# Which block


NAMED = [
    made("default", "_", default=True),
    made("exact", "www.example.org"),
    made("dotted", ".dotted.example.org"),
    made("starred", "*.example.org"),
    made("longer", "*.a.example.org"),
    made("trailing", "www.example.*"),
]


@pytest.mark.parametrize(
    ("name", "where"),
    [
        (None, "default"),
        ("", "default"),
        ("www.example.org", "exact"),
        ("WWW.Example.org", "exact"),
        ("mail.example.org", "starred"),
        ("x.y.example.org", "starred"),
        ("b.a.example.org", "longer"),
        ("a.example.org", "starred"),
        ("example.org", "default"),
        ("dotted.example.org", "dotted"),
        ("x.dotted.example.org", "dotted"),
        ("www.example.com", "trailing"),
        ("www.example", "default"),
        ("other.net", "default"),
    ],
)
def test_the_name_decides_as_nginx_does(name: str | None, where: str) -> None:
    assert chosen(NAMED, name) == [where]


@given(st.permutations(NAMED), st.sampled_from(["www.example.org", "b.a.example.org", "other.net", None]))
def test_the_order_of_blocks_does_not_matter(blocks: list[Block], name: str | None) -> None:
    assert chosen(blocks, name) == chosen(NAMED, name)


@pytest.mark.parametrize("name", ["other.net", "www.example.com"])
def test_a_pattern_leaves_open_what_no_plain_name_decides(name: str) -> None:
    blocks = [made("default", default=True), made("pattern", "~^(www|mail)\\.")]
    assert chosen(blocks, name) == []
    assert chosen(blocks) == ["default"]


def test_a_pattern_comes_behind_all_plain_names() -> None:
    assert chosen([*NAMED, made("pattern", "~.")], "www.example.com") == ["trailing"]


def test_a_name_that_the_host_fills_in_may_be_any_but_one_that_stands_there() -> None:
    blocks = [*NAMED, made("hostname", "$hostname")]
    assert chosen(blocks, "mail.example.org") == []
    assert chosen(blocks, "www.example.org") == ["exact"]


def test_the_only_block_of_an_address_is_its_default() -> None:
    assert chosen([made("one", "www.example.org")], "other.net") == ["one"]
    assert chosen([made("one", "a.org"), made("two", "b.org")], "other.net") == []


@pytest.mark.parametrize(
    ("address", "where"),
    [(ADDRESS, "own"), ("192.0.2.11", "all"), (ADDRESS6, "own6"), ("2001:db8::11", "all6")],
)
def test_the_own_address_comes_before_all_addresses_of_its_family(address: str, where: str) -> None:
    blocks = [
        made("all", "www.example.org", default=True),
        made("own", at=(f"{ADDRESS}:443",), default=True),
        made("all6", "www.example.org", at=(ANY6,), default=True),
        made("own6", at=("[2001:DB8:0::10]:443",), default=True),
    ]
    assert chosen(blocks, "www.example.org", address) == [where]


def test_ipv6_serves_ipv4_only_where_nothing_else_does() -> None:
    both = made("both", "www.example.org", at=(ANY6,), default=True)
    assert chosen([both], address=ADDRESS) == ["both"]
    assert chosen([both, made("four", default=True)], "www.example.org", ADDRESS) == ["four"]
    assert chosen([made("four", default=True)], address=ADDRESS6) == []


def test_the_default_is_that_of_the_address() -> None:
    blocks = [
        made("first", at=(ANY, f"{ADDRESS}:443")),
        replace(made("second"), block=replace(made("second", at=(ANY,)).block, default_for=(ANY,))),
        replace(made("third"), block=replace(made("third", at=(f"{ADDRESS}:443",)).block, default_for=())),
    ]
    blocks[0] = replace(blocks[0], block=replace(blocks[0].block, default_for=(f"{ADDRESS}:443",)))
    assert chosen(blocks) == ["first"]
    assert chosen(blocks, address="192.0.2.11") == ["second"]


def test_a_host_name_in_the_place_of_an_address_leaves_open_which() -> None:
    blocks = [made("all", default=True), made("named", at=("www.example.org:443",), default=True)]
    assert chosen(blocks) == []
    assert chosen([*blocks, made("own", at=(f"{ADDRESS}:443",), default=True)]) == ["own"]


def test_localhost_is_no_address_of_others() -> None:
    blocks = [made("all", default=True), made("local", at=("localhost:443",), default=True)]
    assert chosen(blocks) == ["all"]
    assert chosen(blocks, address="127.0.0.1") == []


def test_other_ports_and_sockets_do_not_count() -> None:
    blocks = [made("other", at=("0.0.0.0:8443", "unix:/run/nginx.sock"), default=True), made("one", default=True)]
    assert chosen(blocks) == ["one"]
    assert chosen(blocks, port=8443) == ["other"]
    assert chosen(blocks, port=444) == []


# Which service, and why no block


def test_an_endpoint_has_the_block_of_the_program_that_listens_there() -> None:
    found = only(host_of("nginx"))
    assert (found.service, len(found.blocks), found.unread) == ("nginx", 1, None)
    assert found.place("certificates") == "/etc/nginx/sites-enabled/example:10"


def test_the_program_on_the_own_address_counts_not_that_on_others() -> None:
    others = (listener("haproxy", "127.0.0.1"), listener("master", "::"), listener("nginx"))
    facts = sound_host(only_endpoint(sound_endpoint()), listeners=others)
    assert only(facts).service == "nginx"
    local = sound_host(only_endpoint(sound_endpoint(address="127.0.0.1")), listeners=others)
    assert only(local).service == "haproxy"


@pytest.mark.parametrize("found", [(listener("nginx", "::"),), (listener("nginx", "*"),)])
def test_a_socket_of_both_families_counts_for_ipv4(found: tuple[Listener, ...]) -> None:
    assert only(sound_host(only_endpoint(sound_endpoint()), listeners=found)).service == "nginx"


@pytest.mark.parametrize(("program", "name"), [("haproxy", "haproxy"), ("docker-proxy", ""), ("master", "postfix")])
def test_what_another_program_answers_is_not_held_to_this_configuration(program: str, name: str) -> None:
    found = only(host_of(program))
    assert (found.service, found.blocks) == (name, ())
    assert isinstance(found.unread, NotApplicable)
    assert f"the configuration of {name or 'what answers there'} is not read" in found.unread.reason
    assert found.place("protocols") == f"{ADDRESS}:443"


@pytest.mark.parametrize("listeners", [(), Unknown("listeners", "no ss"), (listener(Unknown("pid", "not root")),)])
def test_without_a_known_program_the_configuration_counts(listeners: tuple[Listener, ...] | Unknown) -> None:
    assert only(sound_host(only_endpoint(sound_endpoint()), listeners=listeners)).service == "nginx"


def unread(facts: HostFacts) -> Unknown | NotApplicable | None:
    found = only(facts)
    assert found.blocks == ()
    return found.unread


def test_what_is_behind_a_terminator_or_has_no_shell_is_not_read() -> None:
    terminated = unread(sound_host(declared(terminated_by="a CDN"), only_endpoint(sound_endpoint())))
    assert terminated == NotApplicable("TLS is terminated by a CDN")
    off = unread(sound_host(declared(shell=False), only_endpoint(sound_endpoint()), services=()))
    assert off == NotApplicable("without a shell nothing tells what is configured")


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (lambda: sound_host(block(server_names=("~^w",)), ambiguous), "which block"),
        (lambda: sound_host(block(addresses=("0.0.0.0:8443",))), "no block of its configuration does"),
        (lambda: sound_host(service(blocks=(Unknown("nginx.conf:3", "not understood"),))), "nginx.conf:3: not under"),
        (lambda: sound_host(services=(Unknown("nginx 1", "permission denied"),)), "nginx 1: permission denied"),
        (lambda: sound_host(services=Unknown("host", "cut off")), "host: cut off"),
        (lambda: sound_host(services=Unknown("host", "lost"), listeners=()), "host: lost"),
        (lambda: sound_host(services=(Unknown("nginx 1", "denied"),), listeners=Unknown("x", "y")), "nginx 1: denied"),
    ],
)
def test_what_a_configuration_may_serve_is_unknown(facts: object, reason: str) -> None:
    assert callable(facts)
    found = unread(only_endpoint(sound_endpoint())(facts()))
    assert isinstance(found, Unknown)
    assert reason in found.reason
    assert found.subject == sound_endpoint().subject


def ambiguous(facts: HostFacts) -> HostFacts:
    """A second block on the address, so that none is the only one."""
    assert isinstance(facts.services, tuple)
    (nginx,) = facts.services
    assert not isinstance(nginx, Unknown)
    return service(blocks=(*nginx.blocks, made("two", "other.org", default=True).block))(facts)


def test_a_gap_elsewhere_is_nothing_to_a_service_that_is_never_read() -> None:
    facts = sound_host(only_endpoint(sound_endpoint(port=587, starttls="smtp")), services=(Unknown("nginx 1", "no"),))
    assert isinstance(only(facts).unread, NotApplicable)


# Selectors


def test_an_endpoint_that_failed_is_unknown() -> None:
    silent = EndpointFacts(sound_endpoint().endpoint, failure=Unknown("x", "it fell silent"))
    gap = Unknown("www.example.org:443", "its address is not known")
    assert list(endpoints(sound_host(only_endpoint(silent, gap)))) == [
        Unknown(sound_endpoint().subject, "it fell silent"),
        gap,
    ]
    assert list(endpoints(sound_host(endpoints=Unknown("endpoints", "cut off")))) == [Unknown("endpoints", "cut off")]


def test_of_names_that_are_answered_alike_the_first_alone_is_told() -> None:
    found = list(distinct(sound_host()))
    assert [each.subject for each in found] == [
        f"{ADDRESS}:443@{NAMES[0]}",
        f"{ADDRESS}:587/smtp@{NAMES[0]}",
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"groups": ("x25519",)},
        {"groups": Unknown("groups", "it fell silent")},
        {"vulnerabilities": {"heartbleed": True}},
        {"chains": ()},
    ],
)
def test_a_name_that_is_answered_otherwise_is_told_for_itself(changes: dict[str, Any]) -> None:
    other = sound_endpoint(server_name="other.example.org", **changes)
    found = list(distinct(sound_host(only_endpoint(sound_endpoint(), other, other))))
    assert [each.subject for each in found] == [sound_endpoint().subject, other.subject]


@pytest.mark.parametrize(
    ("endpoint_class", "at_most", "lenient"),
    [("mandatory", MUST, MUST), ("opportunistic", MUST, MAY), ("local", MAY, MUST)],
)
def test_the_class_says_how_binding_findings_are(endpoint_class: str, at_most: str, lenient: str) -> None:
    found = only(host_of("nginx", endpoint_class=endpoint_class))
    assert (found.at_most, found.lenient) == (at_most, lenient)


def test_what_was_not_told_comes_as_unknown() -> None:
    silent = Unknown("443", "it fell silent")
    found = only(host_of("nginx", protocols={"TLSv1.2": True, "TLSv1.0": silent}))
    assert found.spoken("TLSv1.0", "TLSv1.2", "TLSv1.3") == ("TLSv1.2",)
    assert list(found.untold("TLSv1.0", "TLSv1.2")) == [Unknown(found.subject, "TLSv1.0: it fell silent")]
    assert [each.reason for each in found.untold("TLSv1.3")] == ["TLSv1.3: it was not tried"]
    assert outcomes(told(silent, "x")) == ["Unknown: it fell silent"]
    assert outcomes(told(Inapplicable("no sense"), "x")) == ["NotApplicable: no sense"]
    assert outcomes(told(True, "x")) == []  # noqa: FBT003 - an answer


def outcomes(found: Iterator[Unknown | NotApplicable]) -> list[str]:
    return [f"{type(each).__name__}: {each.reason}" for each in found]


@pytest.mark.parametrize(
    ("changes", "command"),
    [
        ({}, f"openssl s_client -connect {ADDRESS}:443 -servername {NAMES[0]} -tls1_2 </dev/null"),
        ({"server_name": None}, f"openssl s_client -connect {ADDRESS}:443 -noservername -tls1_2 </dev/null"),
        (
            {"address": ADDRESS6, "port": 5222, "starttls": "xmpp-client", "server_name": "a b"},
            f"openssl s_client -connect '[{ADDRESS6}]:5222' -starttls xmpp -servername 'a b' -tls1_2 </dev/null",
        ),
    ],
)
def test_the_command_that_connects_can_be_typed(changes: dict[str, object], command: str) -> None:
    found = Served(sound_endpoint(**changes), (), "")
    assert found.s_client("-tls1_2").replace("-xmpphost 'a b' ", "") == command


@pytest.mark.parametrize(
    ("changes", "command"),
    [
        ({}, f"sslscan --ssl2 --sni-name={NAMES[0]} {ADDRESS}:443"),
        (
            {"address": ADDRESS6, "port": 587, "starttls": "smtp", "server_name": "a b"},
            f"sslscan --ssl2 --starttls-smtp --sni-name='a b' '[{ADDRESS6}]:587'",
        ),
        ({"server_name": None}, ""),
        ({"port": 5222, "starttls": "xmpp-client"}, ""),
    ],
    ids=str,
)
def test_sslscan_is_named_where_it_can_look(changes: dict[str, object], command: str) -> None:
    found = Served(sound_endpoint(**changes), (), "")
    assert found.sslscan("--ssl2") == command
