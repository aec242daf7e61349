"""The grammar of declared endpoints."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlsfleet.inventory.endpoint import CLASSES, STARTTLS, DeclaredEndpoint, is_host_name, parse_endpoint

LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)
NAMES = st.builds(
    lambda labels, top: ".".join([*labels, top]), st.lists(LABELS, max_size=4), st.sampled_from(["org", "x1"])
)
ADDRESSES = st.none() | NAMES | st.ip_addresses().map(str)
ENDPOINTS = st.builds(
    DeclaredEndpoint,
    st.integers(1, 65535),
    ADDRESSES,
    st.none() | st.sampled_from(STARTTLS),
    st.none() | NAMES,
    st.none() | st.sampled_from(CLASSES),
)


@given(ENDPOINTS)
def test_what_is_written_is_read_again(endpoint: DeclaredEndpoint) -> None:
    assert parse_endpoint(str(endpoint)) == endpoint


@given(st.text() | st.from_regex(r"(\[?[0-9a-f:.]*\]?:)?[0-9]{1,6}(/[a-z]+)?(@[a-z.]+)?(![a-z]+)?"))
def test_any_text_is_an_endpoint_or_a_plain_error(text: str) -> None:
    try:
        endpoint = parse_endpoint(text)
    except ValueError:
        return
    assert 1 <= endpoint.port <= 65535
    assert parse_endpoint(str(endpoint)) == endpoint


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("443", DeclaredEndpoint(443)),
        ("25/smtp", DeclaredEndpoint(25, starttls="smtp")),
        ("[::1]:443", DeclaredEndpoint(443, "::1")),
        ("[2001:DB8:0::1]:8443", DeclaredEndpoint(8443, "2001:db8::1")),
        (
            "192.0.2.1:5222/xmpp-client@x.org!local",
            DeclaredEndpoint(5222, "192.0.2.1", "xmpp-client", "x.org", "local"),
        ),
        ("mail.example.org:465", DeclaredEndpoint(465, "mail.example.org")),
        ("25!opportunistic", DeclaredEndpoint(25, endpoint_class="opportunistic")),
    ],
)
def test_forms(text: str, endpoint: DeclaredEndpoint) -> None:
    assert parse_endpoint(text) == endpoint


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is not of the form"),
        ("https", "is not of the form"),
        ("0", "a port is from 1 to 65535"),
        ("65536", "a port is from 1 to 65535"),
        ("9" * 5000, "a port is from 1 to 65535"),
        ("٤٤٣", "is not of the form"),
        ("::1:443", "in brackets"),
        ("[::1]", "is not of the form"),
        ("[::g]:443", "is neither an address nor a host name"),
        ("999.0.0.1:443", "is neither an address nor a host name"),
        ("-x:443", "is neither an address nor a host name"),
        (":443", "is neither an address nor a host name"),
        ("25/smpt", "unknown STARTTLS protocol 'smpt'; did you mean 'smtp'?"),
        ("25/", "unknown STARTTLS protocol"),
        ("443@", "'' is no host name"),
        ("443@a..b", "'a..b' is no host name"),
        ("443@*.example.org", "is no host name"),
        ("443!opportun", "unknown class 'opportun'; did you mean 'opportunistic'?"),
        ("443!local@x", "is not of the form"),
        ("443\n", "is not of the form"),
        (" 443", "is not of the form"),
    ],
)
def test_mistakes_are_named(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        parse_endpoint(text)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("text", "sound"),
    [
        ("example.org", True),
        ("localhost", True),
        ("xn--bcher-kva.example", True),
        ("a" * 63 + ".org", True),
        ("a" * 64 + ".org", False),
        (".".join(["a" * 60] * 5), False),
        ("192.0.2.1", False),
        ("bücher.example", False),
        ("a_b.org", False),
        ("a-.org", False),
        ("example.org.", False),
        ("example.org\n", False),
        ("", False),
    ],
)
def test_host_names(text: str, sound: bool) -> None:
    assert is_host_name(text) is sound
