"""The facts of one sound nginx host with the notes' set, as the ground for cases."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from posixpath import dirname
from typing import Any

from tests.checks import certificates
from tests.checks.certificates import NAMES, NOW
from tlsfleet.facts import (
    CertificateFile,
    CertificatePair,
    CipherSuite,
    Clock,
    ConfigCheck,
    Declared,
    DhParameters,
    Endpoint,
    EndpointFacts,
    FileFacts,
    FileStat,
    Folder,
    FolderListing,
    Group,
    HostFacts,
    Http,
    Inapplicable,
    Listener,
    Packages,
    Preface,
    ServedChain,
    ServiceConfig,
    TlsBlock,
    TlsSettings,
    User,
)
from tlsfleet.iana import PROTOCOLS

STAMP = "20261113"
LOCALCERTS, PRIVATE, PUBLIC = "/etc/ssl/localcerts", "/etc/ssl/private", "/etc/ssl/certs"
SET = {suffix: f"{LOCALCERTS}/server_{STAMP}.{suffix}" for suffix in ("cnf", "key", "csr", "crt", "combined.crt")}
KEY = f"{PRIVATE}/server_{STAMP}.key"  # the copy that nginx uses
CRT = f"{PUBLIC}/server_{STAMP}.crt"
COMBINED = f"{PUBLIC}/server_{STAMP}.combined.crt"  # the copy that nginx uses
DH = "/etc/ssl/dhparam.pem"
SITE = "/etc/nginx/sites-enabled/example"

ADDRESS = "192.0.2.10"
OWNERS = {"root": 0, "www-data": 33, "ssl-cert": 110, "prosody": 111, "alice": 1000, "users": 100}
FOLDERS = {LOCALCERTS: (0o700, "root"), PRIVATE: (0o710, "ssl-cert")}  # others: 0755 root:root
FFDHE2048 = int(
    "ffffffffffffffffadf85458a2bb4a9aafdc5620273d3cf1d8b9c583ce2d3695a9e13641146433fbcc939dce249b3ef97d2fe363630c75d8"
    "f681b202aec4617ad3df1ed5d5fd65612433f51f5f066ed0856365553ded1af3b557135e7f57c935984f0c70e0e68b77e2a689daf3efe872"
    "1df158a136ade73530acca4f483a797abc0ab182b324fb61d108a94bb2c8e3fbb96adab760d7f4681d4f42a3de394df4ae56ede76372bb19"
    "0b07a7c8ee0a6d709e02fce1cdf7e2ecc03404cd28342f619172fe9ce98583ff8e4f1232eef28183c3fe3b1b4c6fad733bb5fcbc2ec22005"
    "c58ef1837d1683b2c6f34a26c1b2effa886b423861285c97ffffffffffffffff",
    16,
)
SUITES = (
    CipherSuite("TLS_AES_256_GCM_SHA384", "TLSv1.3"),
    CipherSuite("TLS_CHACHA20_POLY1305_SHA256", "TLSv1.3"),
    CipherSuite("TLS_AES_128_GCM_SHA256", "TLSv1.3"),
    CipherSuite("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLSv1.2"),
    CipherSuite("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLSv1.2"),
    CipherSuite("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLSv1.2"),
    CipherSuite("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLSv1.2"),
)

Edit = Callable[[HostFacts], HostFacts]


def sound_host(*edits: Edit, **parts: Any) -> HostFacts:
    """An nginx host with the notes' set and its copies, nothing wrong with it but some edits and parts replaced."""
    facts = replace(_sound(), **parts)
    for edit in edits:
        facts = edit(facts)
    return facts


def made_stat(mode: int, owner: str = "root", group: str = "root", kind: str = "file", **changes: Any) -> FileStat:
    """A stat without ACL; owner and group are of OWNERS."""
    mtime = (NOW - timedelta(days=9)).timestamp()
    return replace(FileStat(kind, mode, OWNERS[owner], OWNERS[group], owner, group, 1000, mtime), **changes)


def made_file(path: str, mode: int, group: str = "root", **changes: Any) -> FileFacts:
    """A plain file of root's, with the folders above it."""
    itself = made_stat(mode, "root", group)
    return replace(FileFacts(path, path, itself, itself, _parents(path)), **changes)


def _parents(path: str) -> tuple[Folder, ...]:
    folders = []
    while path != "/":
        path = dirname(path)
        mode, group = FOLDERS.get(path, (0o755, "root"))
        folders.append(Folder(path, made_stat(mode, "root", group, "directory")))
    return tuple(reversed(folders))


@cache
def _sound() -> HostFacts:
    leaf, chain = (certificates.sound_leaf(),), certificates.chain()
    modes = {
        **{path: 0o400 for path in SET.values() if path != SET["key"]},
        CRT: 0o444,
        COMBINED: 0o444,
        DH: 0o644,
        SITE: 0o644,
    }
    return HostFacts(
        host="web1",
        collected_at=NOW,
        declared=Declared(names=NAMES, trust_anchors=(certificates.root().facts,), trust_anchors_file="/etc/roots.pem"),
        files=(
            *(made_file(path, mode, holds_private_key=False) for path, mode in modes.items()),
            *(made_file(SET["key"], 0o400), made_file(KEY, 0o440, "ssl-cert")),
        ),
        listings=_listings(),
        certificates=tuple(
            CertificateFile(path, held)
            for path, held in ((SET["crt"], leaf), (CRT, leaf), (SET["combined.crt"], chain), (COMBINED, chain))
        ),
        keys=(certificates.key_facts(SET["key"]), certificates.key_facts(KEY)),
        csrs=(certificates.csr(SET["csr"]),),
        dh_params=(DhParameters(DH, FFDHE2048, 2),),
        groups=(Group("root", 0, ("root",)), Group("ssl-cert", 110, ()), Group("www-data", 33, ("www-data",))),
        users=(User("root", 0, ("root",)), User("www-data", 33, ("www-data",))),
        services=(sound_nginx(),),
        listeners=tuple(
            Listener("tcp", "0.0.0.0", port, program, 700)
            for port, program in ((80, "nginx"), (443, "nginx"), (587, "master"))
        ),
        packages=Packages(
            "debian", "13", "dpkg", {"openssl": "3.5.4-1~deb13u1", "libssl3t64": "3.5.4-1~deb13u1"}, "OpenSSL 3.5.4"
        ),
        stale_libraries=(),
        logs=(),
        clock=Clock(0.1, 0.05),
        endpoints=(
            sound_endpoint(),
            sound_endpoint(server_name=None),
            sound_endpoint(port=587, starttls="smtp"),
        ),
    )


def sound_endpoint(**changes: Any) -> EndpointFacts:
    """443 of the sound host as it answers for its name; changes are of the facts, or of the Endpoint itself."""
    own = {name: changes.pop(name) for name in list(changes) if name in Endpoint.__dataclass_fields__}
    endpoint = replace(Endpoint(ADDRESS, 443, server_name=NAMES[0]), **own)
    sound = EndpointFacts(
        endpoint,
        protocols={name: name in {"TLSv1.2", "TLSv1.3"} for name in PROTOCOLS},
        cipher_suites={
            "TLSv1.2": tuple(suite.name for suite in SUITES if suite.protocol == "TLSv1.2" and "ECDSA" in suite.name),
            "TLSv1.3": tuple(suite.name for suite in SUITES if suite.protocol == "TLSv1.3"),
        },
        server_order={"TLSv1.2": False, "TLSv1.3": False},
        groups=("X25519MLKEM768", "x25519", "secp256r1", "x448", "secp384r1", "secp521r1"),
        dh=(),
        signature_schemes=("ecdsa_secp256r1_sha256",),
        chains=(ServedChain("ECDSA", certificates.chain()),),
        secure_renegotiation=True,
        client_renegotiation=False,
        extended_master_secret=True,
        compression=False,
        fallback_scsv=Inapplicable("it speaks no two versions below TLS 1.3"),
        resumption={"id": True, "ticket": False, "psk": True},
        early_data=False,
        alpn=() if endpoint.starttls else ("http/1.1",),
        alpn_strict=True,
        unknown_name="refused" if endpoint.server_name else Inapplicable("no name was asked for"),
        vulnerabilities={
            "heartbleed": Inapplicable("it does not have the heartbeat extension"),
            "ccs-injection": False,
            "robot": Inapplicable("it offers no static RSA"),
            "ticketbleed": Inapplicable("it takes no tickets"),
        },
        preface=Preface(offered=True, greeting="220 ESMTP", injection=False) if endpoint.starttls else None,
        http=None if endpoint.starttls else Http(200, None, "max-age=31536000"),
        redirect=None if endpoint.starttls else Http(301, f"https://{NAMES[0]}/", None),
        connections=30,
    )
    return replace(sound, **changes)


def _listings() -> tuple[FolderListing, ...]:
    names = tuple(f"server_{STAMP}.{suffix}" for suffix in SET)
    copies = (names[3], names[4])
    return FolderListing(LOCALCERTS, names), FolderListing(PRIVATE, (names[1],)), FolderListing(PUBLIC, copies)


def sound_nginx() -> ServiceConfig:
    """The nginx with one name on 443 and redirects on 80."""
    tls = TlsBlock(
        "http",
        "tls",
        ("0.0.0.0:443", "[::]:443"),
        NAMES,
        _sound_settings(),
        {"certificates": f"{SITE}:10"},
        f"{SITE}:5",
    )
    plain = TlsBlock(
        "http", "plain", ("0.0.0.0:80", "[::]:80"), NAMES, TlsSettings(redirects_only=True), {}, f"{SITE}:1"
    )
    return ServiceConfig(
        service="nginx",
        version="1.26.3",
        running=True,
        started_at=NOW - timedelta(days=8),
        reloaded_at=NOW - timedelta(days=8),
        user="www-data",
        library="OpenSSL 3.5.4",
        blocks=(plain, tls),
        config_files=("/etc/nginx/nginx.conf", SITE),
        config_changed_at=NOW - timedelta(days=9),
        config_check=ConfigCheck(accepted=True, messages=(), command="nginx -t"),
    )


def _sound_settings() -> TlsSettings:
    return TlsSettings(
        certificates=(CertificatePair(COMBINED, KEY),),
        protocols=("TLSv1.2", "TLSv1.3"),
        cipher_string="ECDHE+AESGCM",
        cipher_suites=SUITES,
        server_preference=False,
        session_cache="shared:SSL:10m",
        session_timeout=300,
        session_tickets=False,
        dh_parameters=DH,
        compression=False,
        early_data=False,
        document_roots=("/var/www/html",),
    )
