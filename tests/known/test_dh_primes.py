"""DH primes: the table against CryptoDataHub's, and the safe ones against Miller and Rabin."""

import json
import re
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlsfleet.crypto.primes import _is_prime, is_safe_prime
from tlsfleet.known.dh_primes import SAFE, WELL_KNOWN, is_standard, well_known

ROWS = json.loads(files("cryptodatahub.common").joinpath("dhparam-well-known.json").read_text("utf-8"))
POSTFIX_3_1 = "APPLICATION_SERVER_POSTFIX_VERSION_3_1_BIT_512"  # listed with its DER around it
OPENSSL = {
    "OpenSSL 0.9's s_server, 512 bits": "da583c16d9852289d0e4af756f4cca92dd4be533b804fb0fed94ef9c8a4403ed"
    "574650d36999db29d776276ba2d3d412e218f4dd1e084cf6d8003e7c4774e833",
    "OpenSSL's tests, 512 bits": "cbc8e186d01f9417a699f0c61f0dacb6253e0639ca7204b06edac061e67a7725"
    "e83bb95f9ab6b5fe990ba1934e3533b8e1f1134f591ad257c026213302c5ae23",
}


def listed(name: str) -> int:
    digits = "".join(re.findall("[0-9A-F]", "".join(ROWS[name]["parameter_numbers"]["p"]).upper().replace("0X", "")))
    return int(digits[10:138] if name == POSTFIX_3_1 else digits, 16)


@pytest.mark.parametrize("name", [name for name in ROWS if listed(name).bit_length() <= 1024])
def test_every_short_prime_of_the_list_is_well_known(name: str) -> None:
    prime = listed(name)
    found = well_known(prime)
    assert found
    assert found.endswith(f", {prime.bit_length()} bits")


@pytest.mark.parametrize("name", OPENSSL)
def test_those_of_openssl_are_well_known(name: str) -> None:
    prime = int(OPENSSL[name], 16)
    assert well_known(prime) == name
    assert is_safe_prime(prime)


def test_the_table_has_no_others() -> None:
    short = {well_known(listed(name)) for name in ROWS} | set(OPENSSL) | {"OpenSSL's tests, 1024 bits"}
    assert set(WELL_KNOWN.values()) == short - {None}


def test_the_standards_primes_are_all_there() -> None:
    standard = {name for name in ROWS if is_standard(listed(name))}
    assert standard == {name for name in ROWS if name.startswith(("RFC3526", "RFC7919"))}
    assert len(standard) == len(SAFE)


@given(st.integers(min_value=-10, max_value=10**6))
def test_safe_primes_are_told(number: int) -> None:
    def prime(value: int) -> bool:
        return value > 1 and all(value % factor for factor in range(2, int(value**0.5) + 1))

    assert is_safe_prime(number) == (number % 2 == 1 and prime(number) and prime(number // 2))


@pytest.mark.parametrize("number", [3215031751, 341550071728321, (2**89 - 1) * (2**107 - 1)])
def test_a_strong_pseudoprime_is_not_taken_for_a_prime(number: int) -> None:
    assert not _is_prime(number)
    assert _is_prime(2**127 - 1)
