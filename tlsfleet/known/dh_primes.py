"""DH primes that are known: those of 1024 bits and less that many use, and the safe ones of the standards.

Told by the SHA-256 of the prime, big-endian without leading zeros. The values are those of RFC 2409 6.1 and 6.2,
RFC 5114 2.1, RFC 3526 and RFC 7919, and of the servers' own sources (a version is the first that had it), as
CryptoDataHub lists them; OpenSSL's are in apps/s_server.c and test/helpers/predefined_dhparams.c.
"""

from collections.abc import Mapping
from hashlib import sha256

# Whoever breaks one of these once, reads the connections of all who use it (Logjam).
WELL_KNOWN: Mapping[str, str] = {
    "3cdb020b9ef298b2f3f6cf5a872af527337bf7b9f654b2e70c49da16a4d24137": "Apache httpd 2.0.18's own, 512 bits",
    "f79d1db3c955a28fdeca462670a0712efee4b588c7858e4943883f903bd1354b": "Apache httpd 2.0.18's own, 1024 bits",
    "db01e702899166da28c9bc7896af62bcdf0c96d0fb341950ba80e68bd51a57ef": "Apache httpd 2.1.5's own, 512 bits",
    "bf910d9df4e0b2e76cda7443f592aa118e33ba2c224ebc27fb8978d873c8c2e3": "Apache httpd 2.1.5's own, 1024 bits",
    "486e235226a927b22b9389bf43377084cb9be4c303f08fd490613ab4d9dfbd31": "HAProxy 1.6's own, 1024 bits",
    "b52ba6a3026520a6c49d37e4587601801bee500123b3259b6bf03e7cecc3e63d": "Oakley group 1 (RFC 2409), 768 bits",
    "3f35a3f5f6c4376a744acad409bb22f8d897f949d2311d885adaa890981b67a0": "Oakley group 2 (RFC 2409), 1024 bits",
    "f26e2403f3f07946654404909f0ff81d9354de17250411b4c04b89af73178425": "OpenSSL 0.9's s_server, 512 bits",
    "c6f0d555cbea0a0ff3803ba9cc638dbf6b964c5420d6c167ffc6a1ab8902a3b2": "OpenSSL's tests, 512 bits",
    "1e207109e835948df6d736e4ae53a21bebb161aa0d9053844a75250fe93cff84": "OpenSSL's tests, 1024 bits",
    "6c863838510bab3e2093066fc14976f0265b0da72c465eb306018587b5df6b6a": "Postfix 2.2's own, 512 bits",
    "ef627d8cc44144f36a075d8dd8511bbd278cb5cf438f1052bdbdabe715232c1e": "Postfix 2.2's own, 1024 bits",
    "449ab49c277d21a601e806df3064d6e4b3040045110efe26b85d12e88ae9355a": "Postfix 3.1's own, 512 bits",
    "e2b343fa226b71092716a0cefea064b00c0a6855e25e199bf91452b88d81d03e": "ProFTPD 1.2.8's own, 512 bits",
    "7dafc874c19963c0dd38e642bf1f3ad92d0fafd9a8db4651e5ff44903aef69c3": "ProFTPD 1.2.8's own, 768 bits",
    "d2ae65bfc24596c0333a3ad57a67565d1494da51059f327d8cd7d6c36ea53dc1": "ProFTPD 1.2.8's own, 1024 bits",
    "bc66927384785251c604a3836e40475664b425ef690d8fc9b770ba80095488d0": "ProFTPD 1.3.2's own, 512 bits",
    "ad225f9367840e76af41a00757b85eada4ac49190ea6ec4e90a7114c1eb9d1de": "ProFTPD 1.3.2's own, 768 bits",
    "3b37d357836b4c0b81ae99d4bb204f5fb3b3cc53a79a4660db1499062a7c8d47": "ProFTPD 1.3.2's own, 1024 bits",
    "b85e2291d140459398cf0cd25689409c3d2eb44c590634464b7b3ae613ec4712": "ProFTPD 1.3.5's own, 512 bits",
    "b36ac84e5fa8bd7a6363e1fb989456e430ac24bec3899ebd876c327f00a78609": "ProFTPD 1.3.5's own, 768 bits",
    "20ce5e9531472e234e1ef76788a6f5f5da9d3ee746de9901fb962b6a1bf76f6f": "ProFTPD 1.3.5's own, 1024 bits",
    "42c55340f006f5b2ea5fb437952d551a344b97f1e125daf8d926c5ea8d5cacf3": "ProFTPD 1.3.7's own, 512 bits",
    "f50e69d53db8c4850afca68d49cf0a1f8bc5e9d8ffd1b16c03cff1af76e4e851": "ProFTPD 1.3.7's own, 768 bits",
    "a0e7611e593dd96519900f0ae86be34a2a28779c3b61c410e77797619b60ffd5": "ProFTPD 1.3.7's own, 1024 bits",
    "1c70784ccc75ed9ddab31a9fcbb1854bb3fe3bfc8814c1c100b18b16dcc01178": "ProFTPD 1.3.8's own, 512 bits",
    "4e6706b2928b0b84405ecbd2d6a7d53d56ae60ce67fb72e40c027b792822008c": "ProFTPD 1.3.8's own, 768 bits",
    "ec172d7c9ebbd008d562827a437b89e59c5b2a880c28bf14e0d63f716ac53729": "ProFTPD 1.3.8's own, 1024 bits",
    "44c55cfee5c075927cf682da5b681bdecbd5c3eb0784c14f5dce7610f0ef133d": "RFC 5114 section 2.1, 1024 bits",
    "8ae47dca3d24e9b64640062686da234dcabada26b0da6f090c5449c1338d9a11": "nginx 0.7.2's own, 1024 bits",
}

# p = 2q + 1 with p and q primes.
SAFE: Mapping[str, str] = {
    "64fcc83ec403930bf18393dbc883ccaa1fbb08ac876f77f7aa99748ca945019b": "RFC 3526, 1536 bits",
    "d66436f79bbd6b2e38c0ffbd079be904d2641415e2e67140e09448be9a60890e": "RFC 3526, 2048 bits",
    "48cf8b092fbce4359d9871abf74f98e25b6163379eaa15cd9087e800c6d1c55c": "RFC 3526, 3072 bits",
    "4ee95187682bcb230ad26a95205f6920e84708f6251b3894329b09ec23919e33": "RFC 3526, 4096 bits",
    "d1bfe6d0925ce7e4da262b62861514a7755e35831e429f343e7b864848657efd": "RFC 3526, 6144 bits",
    "39ab4feab950a3128fb71accb9fc3965d857012e081998a85996e3ea8b3c3bcf": "RFC 3526, 8192 bits",
    "9cd3b7f336872f46c09428d1bbc19877a4d440512cda8d1c1cf0cd6e33698966": "RFC 7919, 2048 bits",
    "0eaf67db3a839156d5013494a5318a772b5697d270d721f37f092efc69ea5a17": "RFC 7919, 3072 bits",
    "4648414224ac881b3d0dc59b466f96d06a558278776807797ecf1f66ff397b3e": "RFC 7919, 4096 bits",
    "227ac9066b3ddd9e193670cda2388fa884f65ba0cf98b742d1fe77a6687c79c7": "RFC 7919, 6144 bits",
    "770b14efaf6f049929c523113b3fa99a8d11dab1b18af3609590122075d19833": "RFC 7919, 8192 bits",
}


def well_known(prime: int) -> str | None:
    """Whose a widespread prime of 1024 bits or less is; None for any other."""
    return WELL_KNOWN.get(_digest(prime))


def is_standard(prime: int) -> bool:
    """Whether it is one of RFC 3526's or RFC 7919's, which are safe primes."""
    return _digest(prime) in SAFE


def _digest(prime: int) -> str:
    return sha256(prime.to_bytes((prime.bit_length() + 7) // 8, "big")).hexdigest() if prime > 0 else ""
