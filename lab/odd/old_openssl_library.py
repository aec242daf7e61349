"""Functions of OpenSSL 1.0.2e inside nassl's extension module, found by its symbol table and called by ctypes.

nassl's wheel has that whole library in one file, for its client; the server's half is in there too, only not exported.
So its functions are called at the addresses that the file's symbol table has.
"""

import ctypes
import struct
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, NamedTuple

from lab.odd.applications import Talk

SET_TMP_RSA, SET_TMP_DH, OPTIONS, SET_CURVES, SET_ECDH_AUTO = 2, 3, 32, 92, 94  # ssl.h: SSL_CTRL_...
SET_TMP_DH_CALLBACK = 6
PEM, WANT_READ = 1, 2
# ssl.h: SSL_OP_...
WITHOUT = {"SSLv2": 1 << 24, "SSLv3": 1 << 25, "TLSv1.0": 1 << 26, "TLSv1.1": 1 << 28, "TLSv1.2": 1 << 27}
SERVER_PREFERENCE, NO_COMPRESSION, NO_TICKET = 1 << 22, 1 << 17, 1 << 14
EXPORT_BITS = 512
# OpenSSL 0.9's s_server.c: dh512_p
EXPORT_PRIME = int(
    "DA583C16D9852289D0E4AF756F4CCA92DD4BE533B804FB0FED94EF9C8A4403ED"
    "574650D36999DB29D776276BA2D3D412E218F4DD1E084CF6D8003E7C4774E833",
    16,
)
# RFC 2409 6.2, the Second Oakley Group
OAKLEY_1024 = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF",
    16,
)
# ssl_locl.h
SSL2, SSL3, TLS1_2 = 1, 2, 4
K_RSA, K_DHE, K_ECDH_ECDSA, K_ECDHE = 1, 8, 0x40, 0x80
A_RSA, A_DSS, A_NONE, A_ECDH, A_ECDSA = 1, 2, 4, 0x10, 0x40
DhChoice = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_int)


class Cipher(NamedTuple):
    """The head of an ssl_cipher_st."""

    number: int
    exchange: int
    authentication: int
    version: int

    def served(self, protocol: str, key_types: frozenset[str]) -> bool:
        """Whether a server with keys of these types serves it (ssl3_choose_cipher, ssl_set_cert_masks)."""
        if protocol == "SSLv2":
            return self.version == SSL2
        if self.version not in ({SSL3, TLS1_2} if protocol == "TLSv1.2" else {SSL3}):
            return False
        rsa, ecdsa = "RSA" in key_types, "ECDSA" in key_types
        exchanges = K_DHE | K_ECDHE | (K_RSA if rsa else 0) | (K_ECDH_ECDSA if ecdsa else 0)
        keys = A_NONE | (A_RSA if rsa else 0) | (A_ECDSA | A_ECDH if ecdsa else 0)
        return bool(self.exchange & exchanges and self.authentication & keys)


class Library:
    """What a server needs of it."""

    def __init__(self) -> None:
        from nassl import _nassl_legacy

        file = Path(_nassl_legacy.__file__)
        self._loaded = ctypes.CDLL(str(file))
        self._addresses = symbols(file.read_bytes())
        entry = ctypes.cast(self._loaded.PyInit__nassl_legacy, ctypes.c_void_p).value
        assert entry
        self._base = entry - self._addresses["PyInit__nassl_legacy"]
        self._number("SSL_library_init")()
        self._number("SSL_load_error_strings")()
        self._dh = {bits: self._parameters(prime) for bits, prime in ((512, EXPORT_PRIME), (1024, OAKLEY_1024))}
        self._choice = DhChoice(lambda _, export, bits: self._dh[EXPORT_BITS if export else 1024])

    def context(self, ciphers: str, options: int, curves: list[str], files: list[list[str]]) -> int:
        """An SSL_CTX of a server; files are pairs of certificate and key."""
        context = self._pointer("SSL_CTX_new")(ctypes.c_void_p(self._pointer("SSLv23_method")()))
        self.control(context, OPTIONS, options)
        handle = ctypes.c_void_p(context)
        self._sure("SSL_CTX_set_cipher_list")(handle, ciphers.encode())
        for certificate, key in files:
            self._sure("SSL_CTX_use_certificate_chain_file")(handle, certificate.encode())
            self._sure("SSL_CTX_use_PrivateKey_file")(handle, key.encode(), PEM)
        self._sure("SSL_CTX_set_session_id_context")(handle, b"test", 4)
        self.control(context, SET_CURVES, 0, ":".join(curves).encode())
        self.control(context, SET_ECDH_AUTO, 1)
        self.control(context, SET_TMP_RSA, 0, self._export_key())
        self._number("SSL_CTX_callback_ctrl")(handle, SET_TMP_DH_CALLBACK, self._choice)
        return int(context)

    def control(self, context: int, command: int, number: int, pointer: Any = None) -> None:
        """SSL_CTX_ctrl."""
        call = self._number("SSL_CTX_ctrl", ctypes.c_long)
        call(ctypes.c_void_p(context), command, ctypes.c_long(number), pointer)

    def ciphers(self, context: int) -> list[Cipher]:
        """The suites in the server's order."""
        connection = ctypes.c_void_p(self._pointer("SSL_new")(ctypes.c_void_p(context)))
        stack = ctypes.c_void_p(self._pointer("SSL_get_ciphers")(connection))
        value = self._pointer("sk_value")
        return [self._cipher(value(stack, index)) for index in range(self._number("sk_num")(stack))]

    def converse(self, context: int, descriptor: int, talk: Talk) -> None:
        """Shake hands, talk, say goodbye."""
        connection = ctypes.c_void_p(self._pointer("SSL_new")(ctypes.c_void_p(context)))
        self._number("SSL_set_fd")(connection, descriptor)
        if self._shaken(connection):
            talk(lambda: self._read(connection), lambda data: self._number("SSL_write")(connection, data, len(data)))
            self._number("SSL_shutdown")(connection)

    def _read(self, connection: ctypes.c_void_p) -> bytes:
        buffer = ctypes.create_string_buffer(16384)
        count = self._again("SSL_read", connection, buffer, len(buffer))
        return buffer.raw[: max(count, 0)]

    def _shaken(self, connection: ctypes.c_void_p) -> bool:
        return self._again("SSL_accept", connection) == 1

    def _again(self, name: str, connection: ctypes.c_void_p, *arguments: Any) -> int:
        # It wants to be called again after a heartbeat, and after a renegotiation.
        while (result := self._number(name)(connection, *arguments)) < 0:
            if self._number("SSL_get_error")(connection, result) != WANT_READ:
                break
        return int(result)

    def _cipher(self, address: int) -> Cipher:
        head = struct.unpack("iPLLLLLL", ctypes.string_at(address, 8 * 8))
        return Cipher(head[2], head[3], head[4], head[7])

    def _export_key(self) -> ctypes.c_void_p:
        # cryptography makes none so short; this OpenSSL does.
        exponent = ctypes.c_void_p(self._pointer("BN_new")())
        self._sure("BN_set_word")(exponent, ctypes.c_ulong(65537))
        key = ctypes.c_void_p(self._pointer("RSA_new")())
        self._sure("RSA_generate_key_ex")(key, EXPORT_BITS, exponent, None)
        return key

    def _parameters(self, prime: int) -> int:
        data = b"\2" + _length(body := b"\0" + prime.to_bytes(prime.bit_length() // 8, "big")) + body + b"\2\1\2"
        der = b"\x30" + _length(data) + data
        start = ctypes.c_char_p(der)
        address = self._pointer("d2i_DHparams")(None, ctypes.byref(start), ctypes.c_long(len(der)))
        assert address
        return int(address)

    def _number(self, name: str, result: Any = ctypes.c_int) -> Callable[..., Any]:
        call: Callable[..., Any] = ctypes.CFUNCTYPE(result)(self._base + self._addresses[name])
        return call

    def _pointer(self, name: str) -> Callable[..., Any]:
        return self._number(name, ctypes.c_void_p)

    def _sure(self, name: str) -> Callable[..., None]:
        def call(*arguments: Any) -> None:
            if self._number(name)(*arguments) != 1:
                raise RuntimeError(f"{name} failed")

        return call


def options(
    protocols: Collection[str], *, server_order: bool = True, compression: bool = False, tickets: bool = True
) -> int:
    """The options of a context that serves these protocols."""
    return (
        sum(bit for name, bit in WITHOUT.items() if name not in protocols)
        | (SERVER_PREFERENCE if server_order else 0)
        | (0 if compression else NO_COMPRESSION)
        | (0 if tickets else NO_TICKET)
    )


def symbols(elf: bytes) -> dict[str, int]:
    """The addresses of an ELF64 file's symbols, local ones too (System V ABI, .symtab)."""
    (table,), (size, count) = struct.unpack_from("<Q", elf, 0x28), struct.unpack_from("<HH", elf, 0x3A)
    sections = [struct.unpack_from("<IIQQQQIIQQ", elf, table + size * index) for index in range(count)]
    found = next(section for section in sections if section[1] == 2)
    names = sections[found[6]][4]
    entries = (struct.unpack_from("<IBBHQQ", elf, found[4] + 24 * index) for index in range(found[5] // 24))
    return {
        elf[names + at : elf.index(b"\0", names + at)].decode(): value for at, _, _, _, value, _ in entries if value
    }


def _length(data: bytes) -> bytes:
    return bytes([len(data)]) if len(data) < 128 else b"\x81" + bytes([len(data)])
