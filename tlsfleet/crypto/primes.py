"""Safe primes of Diffie-Hellman, told by Miller and Rabin's test with bases that nobody can choose a prime for."""

from functools import lru_cache
from hashlib import shake_256

from tlsfleet.known.dh_primes import is_standard

MAX_BITS = 8192
# The error is 4 ** -12 for the worst number, far less for one that was made honestly (Damgard and others, 1993).
ROUNDS, LONG, ROUNDS_OF_LONG = 12, 3072, 5
SMALL = tuple(
    number for number in range(3, 2000, 2) if all(number % factor for factor in range(3, 45, 2) if factor < number)
)


@lru_cache(maxsize=256)
def is_safe_prime(number: int) -> bool | None:
    """Whether it is a prime p = 2q + 1 with q a prime too; None for more than MAX_BITS bits, which take too long.

    Given that q is a prime, one exponentiation proves that p is one (Pocklington 1914).
    """
    if is_standard(number):
        return True
    if number.bit_length() > MAX_BITS:
        return None
    half = number // 2
    if number < 7 or number % 4 != 3:
        return number in {5, 7}
    if any(value % factor == 0 and value != factor for value in (number, half) for factor in SMALL):
        return False
    return pow(2, number - 1, number) == 1 and number % 3 != 0 and _is_prime(half)


def _is_prime(number: int) -> bool:
    """Miller and Rabin's test of an odd number. The bases are a hash of it, so that it cannot be made to pass."""
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    return number == 3 or all(_passes(number, base, odd, twos) for base in _bases(number))


def _passes(number: int, base: int, odd: int, twos: int) -> bool:
    power = pow(base, odd, number)
    if power in {1, number - 1}:
        return True
    for _ in range(twos - 1):
        power = power * power % number
        if power == number - 1:
            return True
    return False


def _bases(number: int) -> list[int]:
    width, rounds = 32, ROUNDS if number.bit_length() <= LONG else ROUNDS_OF_LONG
    stream = shake_256(number.to_bytes((number.bit_length() + 7) // 8, "big")).digest(rounds * width)
    chunks = [stream[start : start + width] for start in range(0, len(stream), width)]
    return [2 + int.from_bytes(chunk, "big") % (number - 3) for chunk in chunks]
