"""Functions of libgnutls, called by ctypes."""

import ctypes
from collections.abc import Iterator
from ctypes import byref, c_char_p, c_int, c_size_t, c_ubyte, c_uint, c_void_p
from typing import Any, NamedTuple

# gnutls.h
SERVER, PEM, CERTIFICATE, ANONYMOUS, MEDIUM = 1, 1, 1, 2, 35
NO_MORE = -56


class Suite(NamedTuple):
    """A row of the library's table."""

    number: int
    exchange: str
    lowest: str


class Listed(NamedTuple):
    """What a priority string comes to."""

    protocols: tuple[str, ...]
    suites: tuple[Suite, ...]
    groups: tuple[str, ...]


class Library:
    """What a server needs of it."""

    def __init__(self) -> None:
        self._gnutls = ctypes.CDLL("libgnutls.so.30")
        for name in ("cipher_suite_info", "kx_get_name", "protocol_get_name", "group_get_name", "strerror"):
            getattr(self._gnutls, f"gnutls_{name}").restype = c_char_p

    def listed(self, priority: str) -> Listed:
        """The protocols, suites and groups of a priority string, in its order."""
        cache = self._priority(priority)
        protocols = self._list("gnutls_priority_protocol_list", cache)
        groups = self._list("gnutls_priority_group_list", cache)
        return Listed(
            tuple(self._gnutls.gnutls_protocol_get_name(one).decode() for one in protocols),
            tuple(self._suites(cache)),
            tuple((self._gnutls.gnutls_group_get_name(one) or b"?").decode() for one in groups),
        )

    def credentials(self, files: list[list[str]]) -> tuple[c_void_p, c_void_p]:
        """Of certificates (pairs of certificate and key), and of anonymous key exchange."""
        certificates, anonymous = c_void_p(), c_void_p()
        self._sure(self._gnutls.gnutls_certificate_allocate_credentials(byref(certificates)))
        for certificate, key in files:
            set_file = self._gnutls.gnutls_certificate_set_x509_key_file
            self._sure(set_file(certificates, certificate.encode(), key.encode(), PEM))
        self._sure(self._gnutls.gnutls_certificate_set_known_dh_params(certificates, MEDIUM))
        self._sure(self._gnutls.gnutls_anon_allocate_server_credentials(byref(anonymous)))
        self._sure(self._gnutls.gnutls_anon_set_server_known_dh_params(anonymous, MEDIUM))
        return certificates, anonymous

    def converse(self, priority: str, credentials: tuple[c_void_p, c_void_p], descriptor: int) -> None:
        """Shake hands, answer all that comes with one word, until the client ends it."""
        session, library = c_void_p(), self._gnutls
        self._sure(library.gnutls_init(byref(session), SERVER))
        self._sure(library.gnutls_priority_set(session, self._priority(priority)))
        for kind, one in zip((CERTIFICATE, ANONYMOUS), credentials, strict=True):
            self._sure(library.gnutls_credentials_set(session, kind, one))
        library.gnutls_transport_set_int2(session, descriptor, descriptor)
        while (result := library.gnutls_handshake(session)) < 0 and not library.gnutls_error_is_fatal(result):
            pass
        if result < 0:
            library.gnutls_alert_send_appropriate(session, result)
            return
        buffer = ctypes.create_string_buffer(16384)
        while library.gnutls_record_recv(session, buffer, c_size_t(len(buffer))) > 0:
            library.gnutls_record_send(session, b"HTTP/1.0 200 OK\r\n\r\n", c_size_t(19))
        library.gnutls_bye(session, 1)

    def _suites(self, cache: c_void_p) -> Iterator[Suite]:
        index, row = 0, c_uint()
        while (result := self._gnutls.gnutls_priority_get_cipher_suite_index(cache, index, byref(row))) != NO_MORE:
            index += 1
            if result == 0:
                number, exchange, lowest = (c_ubyte * 2)(), c_int(), c_int()
                describe = self._gnutls.gnutls_cipher_suite_info
                describe(c_size_t(row.value), number, byref(exchange), None, None, byref(lowest))
                name = self._gnutls.gnutls_kx_get_name(exchange.value)
                least = self._gnutls.gnutls_protocol_get_name(lowest.value)
                yield Suite(int.from_bytes(bytes(number), "big"), (name or b"").decode(), least.decode())

    def _priority(self, text: str) -> c_void_p:
        cache, where = c_void_p(), c_char_p()
        self._sure(self._gnutls.gnutls_priority_init(byref(cache), text.encode(), byref(where)))
        return cache

    def _list(self, name: str, cache: c_void_p) -> list[int]:
        found = ctypes.POINTER(c_uint)()
        count = getattr(self._gnutls, name)(cache, byref(found))
        return [found[index] for index in range(count)]

    def _sure(self, result: Any) -> None:
        if result < 0:
            raise RuntimeError(self._gnutls.gnutls_strerror(result).decode())
