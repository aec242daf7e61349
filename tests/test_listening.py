"""Which sockets speak TLS, and what is examined where nothing is declared."""

import pytest

from tests.checks.edits import block
from tests.checks.hosts import sound_host
from tlsfleet.facts import Listener
from tlsfleet.inventory.target import Connection, Target
from tlsfleet.listening import Heard, address_of, heard
from tlsfleet.wire.targets import MAX_ADDRESSES, MAX_NAMES, Wanted, wanted

ANY = "0.0.0.0"


def socket(address: str, port: int, transport: str = "tcp") -> Listener:
    return Listener(transport, address, port, "nginx", 1)


def one(listener: Listener) -> Heard:
    (found,) = heard(sound_host(), [listener])
    return found


def test_the_configuration_tells_names_and_that_tls_begins_at_once() -> None:
    found = one(socket(ANY, 443))
    assert (found.tls, found.starttls, found.names) == (True, None, ("www.example.org", "example.org"))


@pytest.mark.parametrize(
    ("port", "tls", "starttls"),
    [(80, False, None), (22, False, None), (993, True, None), (25, True, "smtp"), (3000, None, None)],
)
def test_without_a_configuration_the_port_tells(port: int, tls: bool | None, starttls: str | None) -> None:
    (found,) = heard(sound_host(services=()), [socket(ANY, port)])
    assert (found.tls, found.starttls) == (tls, starttls)


def test_a_configuration_goes_before_the_port() -> None:
    facts = sound_host(block(addresses=()), block("plain", addresses=("192.0.2.10:443",)))
    here, elsewhere = heard(facts, [socket("192.0.2.10", 443), socket("192.0.2.11", 443)])
    assert (here.tls, elsewhere.tls) == (False, True)


def test_what_is_passed_on_may_be_tls() -> None:
    facts = sound_host(block(addresses=()), block("plain", protocol="stream", addresses=(f"{ANY}:443", f"{ANY}:3306")))
    assert [found.tls for found in heard(facts, [socket(ANY, 443), socket(ANY, 3306)])] == [True, None]


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "127.9.9.9"])
def test_loopback_is_not_for_others(address: str) -> None:
    assert list(heard(sound_host(), [socket(address, 443), socket(ANY, 443, "udp")])) == []


@pytest.mark.parametrize(
    ("text", "address"),
    [("[2001:DB8:0::1]", "2001:db8::1"), ("fe80::1%eth0", "fe80::1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("*", "*")],
)
def test_addresses_are_compared_in_one_form(text: str, address: str) -> None:
    assert address_of(text) == address


def test_a_socket_for_others_is_not_the_hosts_own_where_it_is_asked_over_loopback() -> None:
    target = Target("self", Connection("local", "127.0.0.1"), names=("www.example.org",))
    found = wanted(target, sound_host(listeners=(socket(ANY, 443), socket(ANY, 25))))
    assert found == (
        Wanted("127.0.0.1", 443, None, ("www.example.org", "example.org"), "mandatory"),
        Wanted("127.0.0.1", 25, "smtp", ("www.example.org",), "opportunistic"),
    )


def test_names_and_addresses_that_are_too_many_are_told() -> None:
    names = tuple(f"www{number}.example.org" for number in range(MAX_NAMES + 2))
    place = Wanted("www.example.org", 443, None, names)
    assert len(place.at("192.0.2.1")) == MAX_NAMES + 1
    addresses = [f"192.0.2.{number}" for number in range(MAX_ADDRESSES + 1)]
    told = [each.reason.partition(" were")[0] for each in place.left_out(addresses)]
    assert told == [f"1 of its {MAX_ADDRESSES + 1} addresses", f"2 of its {MAX_NAMES + 2} names"]
    assert list(Wanted("192.0.2.1", 443, None, names[:MAX_NAMES]).left_out(addresses[:MAX_ADDRESSES])) == []
