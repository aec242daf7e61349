"""nginx's defaults by version, and the names of its TLS directives; from nginx's CHANGES and module documentation."""

import re
from dataclasses import dataclass

Version = tuple[int, ...]


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


# ssl_protocols: 1.27.3 dropped TLSv1 and TLSv1.1, 1.23.4 added TLSv1.3, 1.9.1 dropped SSLv3.
PROTOCOLS: tuple[tuple[Version, tuple[str, ...]], ...] = (
    ((1, 27, 3), ("TLSv1.2", "TLSv1.3")),
    ((1, 23, 4), ("TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3")),
    ((1, 9, 1), ("TLSv1.0", "TLSv1.1", "TLSv1.2")),
    ((1, 1, 13), ("SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2")),
)
CIPHERS = "HIGH:!aNULL:!MD5"  # since 1.0.5
SESSION_TIMEOUT = 300
SESSION_CACHE = "none"

OLDEST = (1, 1, 13)
MODERN_GROUPS = (1, 11, 0)  # ssl_ecdh_curve auto; no built-in DH parameters; several certificates
NO_SSL_DIRECTIVE = (1, 25, 1)  # "ssl on" is refused
VHOST_PROTOCOLS = (1, 29, 2)  # ssl_protocols of the name asked for, with OpenSSL 1.1.1 or later
NO_FALLBACK_CHECK = (1, 19, 4)  # ssl_reject_handshake, ssl_conf_command

PROTOCOL_NAMES = {
    "SSLv2": "SSLv2",
    "SSLv3": "SSLv3",
    "TLSv1": "TLSv1.0",
    "TLSv1.1": "TLSv1.1",
    "TLSv1.2": "TLSv1.2",
    "TLSv1.3": "TLSv1.3",
}
# OpenSSL's names of groups, lower case, to IANA's; others are the same in both.
GROUP_NAMES = {
    "prime256v1": "secp256r1",
    "p-256": "secp256r1",
    "p-384": "secp384r1",
    "p-521": "secp521r1",
    "brainpoolp256r1": "brainpoolP256r1",
    "brainpoolp384r1": "brainpoolP384r1",
    "brainpoolp512r1": "brainpoolP512r1",
    "x25519mlkem768": "X25519MLKEM768",
    "secp256r1mlkem768": "SecP256r1MLKEM768",
    "secp384r1mlkem1024": "SecP384r1MLKEM1024",
    "mlkem512": "MLKEM512",
    "mlkem768": "MLKEM768",
    "mlkem1024": "MLKEM1024",
}

# A second one at the same level is refused ("directive is duplicate").
SINGLE = words(
    """ssl ssl_dhparam ssl_ecdh_curve ssl_ciphers ssl_prefer_server_ciphers ssl_session_timeout ssl_session_tickets
    ssl_early_data ssl_stapling ssl_stapling_verify ssl_stapling_file ssl_client_certificate ssl_trusted_certificate
    ssl_crl ssl_reject_handshake ssl_password_file ssl_buffer_size ssl_verify_client ssl_verify_depth root pid user
    daemon starttls protocol"""
)
# How many arguments there must be, where one more or less is refused.
ONE_ARGUMENT = SINGLE - {"user"} | {
    "ssl_certificate",
    "ssl_certificate_key",
    "ssl_session_ticket_key",
    "alias",
    "include",
}
BLOCKS = frozenset({"http", "server", "location", "if", "stream", "mail", "events", "limit_except"})

# Met and of no effect on what TlsSettings holds.
HARMLESS = words(
    """ssl_buffer_size ssl_verify_client ssl_verify_depth ssl_crl ssl_trusted_certificate ssl_stapling_verify
    ssl_stapling_file ssl_stapling_responder ssl_ocsp ssl_ocsp_responder ssl_ocsp_cache ssl_engine ssl_preread
    ssl_handshake_timeout ssl_certificate_cache ssl_certificate_compression ssl_object_cache_inheritable ssl_alpn
    ssl_ech_file proxy_ssl ssl_client_fingerprint http3 http3_hq http3_max_concurrent_streams http3_stream_buffer_size
    http3_max_table_capacity http3_max_blocked_streams http3_max_uni_streams http3_push http3_push_preload quic_gso
    quic_host_key quic_retry quic_bpf quic_active_connection_id_limit quic_mtu quic_timeout zone_sync_ssl proxy_pass_tls
    auth_http_pass_client_cert ssl_error_page"""
)
CLIENT_SIDE = re.compile(r"(proxy|grpc|uwsgi|zone_sync|memcached|fastcgi|js_fetch|otel|acme|auth|brotli|gzip|lua)_")

CORE = ("certificates", "protocols", "cipher_string", "cipher_suites", "server_preference", "groups")
RESUMPTION = ("session_cache", "session_timeout", "session_tickets", "session_ticket_keys")
HANDSHAKE = (*CORE, *RESUMPTION, "dh_parameters", "compression", "early_data")
EVERYTHING = (
    *HANDSHAKE,
    "password_files",
    "client_ca_files",
    "stapling",
    "reject_handshake",
    "redirects_only",
    "strict_transport_security",
    "document_roots",
)

# SSL_CONF_cmd's Options that change nothing of what TlsSettings holds.
HARMLESS_OPTIONS = words(
    """EmptyFragments Bugs DHSingle ECDHSingle PrioritizeChaCha NoRenegotiation
    EncryptThenMac AntiReplay MiddleboxCompat
    KTLS ExtendedMasterSecret CANames NoResumptionOnRenegotiation StrictCertCheck
    TxCertificateCompression     RxCertificateCompression KTLSTxZerocopySendfile IgnoreUnexpectedEOF PreferNoDHEKEX"""
)
HARMLESS_COMMANDS = words(
    """SignatureAlgorithms ClientSignatureAlgorithms RecordPadding NumTickets VerifyMode ChainCAFile ChainCAPath
    VerifyCAFile VerifyCAPath ClientCAFile ClientCAPath"""
)


@dataclass(frozen=True, slots=True)
class Build:
    """What nginx is: its version (None for a fork whose defaults are not known), and its TLS library."""

    version: Version | None
    library: str | None
    bundled: bool  # it carries a TLS library of its own
    openssl: str  # the first line of `openssl version`

    def since(self, version: Version) -> bool:
        """Whether it is at least this version; a fork is taken for an old one."""
        return self.version is not None and self.version >= version

    @property
    def openssl_version(self) -> Version:
        """The OpenSSL that it runs with, () for another library."""
        found = re.fullmatch(r"OpenSSL (\d+)\.(\d+)\.(\d+)[a-z]*", self.library or "")
        return tuple(map(int, found.groups())) if found else ()

    @property
    def same_openssl(self) -> bool:
        """Whether the host's `openssl` is the library that nginx runs with."""
        own = re.search(r"\(Library: (OpenSSL [^ )]+)", self.openssl) or re.match(r"(OpenSSL \S+)", self.openssl)
        return own is not None and own[1] == self.library and not self.bundled

    @property
    def label(self) -> str:
        return "default of nginx " + (".".join(map(str, self.version)) if self.version else "of an unknown version")


def default_protocols(version: Version | None) -> tuple[str, ...] | None:
    """ssl_protocols where it is not given; None where it is not known."""
    return next((protocols for since, protocols in PROTOCOLS if version and version >= since), None)
