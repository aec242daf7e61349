"""Edits: functions from facts to facts that break one thing of a host; ``sound_host`` applies them in their order."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.checks import certificates
from tests.checks.hosts import (
    COMBINED,
    CRT,
    DH,
    LOCALCERTS,
    OWNERS,
    PRIVATE,
    PUBLIC,
    SET,
    SITE,
    Edit,
    made_file,
    sound_endpoint,
)
from tlsfleet.facts import (
    Absent,
    AclEntry,
    Certificate,
    CertificateFile,
    CertificatePair,
    CsrFile,
    DhParameters,
    EndpointFacts,
    FileFacts,
    FileStat,
    Folder,
    FolderListing,
    Group,
    HostFacts,
    KeyFacts,
    Malformed,
    Missing,
    ServedChain,
    ServiceConfig,
    TlsBlock,
    Unknown,
)


def with_file(item: FileFacts | Missing) -> Edit:
    """The host with these facts of a file, in the place of those that it had at the path."""
    return _put("files", item)


def stat(
    path: str, mode: int | None = None, owner: str | None = None, group: str | None = None, **changes: Any
) -> Edit:
    """The host with another mode, owner or group at a file, or another ``acl``, ``mtime`` ..."""

    def edit(facts: HostFacts) -> HostFacts:
        item = facts.file(path)
        assert isinstance(item, FileFacts), f"{path} is no file of this host"
        changed = _restat(item.target, mode, owner, group, changes)
        return with_file(replace(item, link=changed, target=changed))(facts)

    return edit


def folder_stat(
    path: str, mode: int | None = None, owner: str | None = None, group: str | None = None, **changes: Any
) -> Edit:
    """The host with another mode, owner, group or ACL at a folder, wherever it is on the way to a file."""

    def change(parent: Folder | Unknown) -> Folder | Unknown:
        if isinstance(parent, Unknown) or parent.path != path:
            return parent
        return Folder(path, _restat(parent.stat, mode, owner, group, changes))

    return _parents_edit(change)


def folder_unknown(path: str, reason: str = "permission denied") -> Edit:
    """The host at which a folder could not be looked at."""

    def change(parent: Folder | Unknown) -> Folder | Unknown:
        return Unknown(path, reason) if isinstance(parent, Folder) and parent.path == path else parent

    return _parents_edit(change)


def acl(*entries: str) -> tuple[AclEntry, ...]:
    """An ACL of entries as getfacl writes them: user:alice:r--, group::r--, mask::r--."""
    return tuple(
        AclEntry(kind, name, sum(bit for bit, letter in zip((4, 2, 1), bits, strict=True) if letter != "-"))
        for kind, name, bits in (entry.split(":") for entry in entries)
    )


def with_key(item: KeyFacts | Missing) -> Edit:
    """The host with this key at its path."""
    return _put("keys", item)


def with_certificates(path: str, *held: Certificate | Malformed) -> Edit:
    """The host with these certificates in a file."""
    return _put("certificates", CertificateFile(path, held))


def with_certificate_file(item: CertificateFile | Missing) -> Edit:
    """The host with this certificate file, or with the reason why there is none."""
    return _put("certificates", item)


def with_leaf(certificate: Certificate) -> Edit:
    """The host with another end-entity certificate in all four files of the set, which its endpoints serve."""
    chain = certificates.chain(certificate)

    def edit(facts: HostFacts) -> HostFacts:
        for path in (SET["crt"], CRT):
            facts = with_certificates(path, certificate)(facts)
        for path in (SET["combined.crt"], COMBINED):
            facts = with_certificates(path, *chain)(facts)
        return serving(*chain)(facts)

    return edit


def with_csr(item: CsrFile | Missing) -> Edit:
    """The host with this CSR at its path."""
    return _put("csrs", item)


def with_dh(item: DhParameters | Missing) -> Edit:
    """The host with these DH parameters at their path."""
    return _put("dh_params", item)


def with_listing(item: FolderListing | Missing) -> Edit:
    """The host with this listing of one of the notes' folders."""
    return _put("listings", item)


def group(name: str, *members: str) -> Edit:
    """The host with these members of a group."""

    def edit(facts: HostFacts) -> HostFacts:
        held = facts.groups if isinstance(facts.groups, tuple) else ()
        others = tuple(item for item in held if item.name != name)
        return replace(facts, groups=(*others, Group(name, OWNERS[name], members)))

    return edit


def service(**changes: Any) -> Edit:
    """The host with other values of its (first) service."""

    def edit(facts: HostFacts) -> HostFacts:
        first, *others = _known_services(facts)
        return replace(facts, services=(replace(first, **changes), *others))

    return edit


def block(transport: str = "tls", **changes: Any) -> Edit:
    """The host with other values of its first service's blocks of a transport (addresses, server_names ...)."""

    def edit(facts: HostFacts) -> HostFacts:
        changed = tuple(
            replace(item, **changes) if isinstance(item, TlsBlock) and item.transport == transport else item
            for item in _known_services(facts)[0].blocks
        )
        return service(blocks=changed)(facts)

    return edit


def setting(transport: str = "tls", **changes: Any) -> Edit:
    """The host with other settings of its first service's blocks of a transport."""

    def edit(facts: HostFacts) -> HostFacts:
        changed = tuple(
            replace(item, settings=replace(item.settings, **changes))
            if isinstance(item, TlsBlock) and item.transport == transport
            else item
            for item in _known_services(facts)[0].blocks
        )
        return service(blocks=changed)(facts)

    return edit


def declared(**changes: Any) -> Edit:
    """The host with other declarations in the inventory."""
    return lambda facts: replace(facts, declared=replace(facts.declared, **changes))


def endpoints(**changes: Any) -> Edit:
    """The host with other values of each endpoint that has no failure (protocols, cipher_suites ...)."""

    def edit(facts: HostFacts) -> HostFacts:
        assert isinstance(facts.endpoints, tuple)
        changed = tuple(
            replace(each, **changes) if isinstance(each, EndpointFacts) else each for each in facts.endpoints
        )
        return replace(facts, endpoints=changed)

    return edit


def serving(*held: Certificate | Malformed) -> Edit:
    """The host whose endpoints serve this chain."""
    return endpoints(chains=(ServedChain("ECDSA", held),))


def mail_serving(*held: Certificate | Malformed, **changes: Any) -> Edit:
    """The host with one endpoint alone, that of its mail server, which serves this chain: no config of it is read."""
    return mail(chains=(ServedChain("ECDSA", held),), **changes)


def mail(**changes: Any) -> Edit:
    """The host with one endpoint alone, that of its mail server."""
    return only_endpoint(sound_endpoint(**{"port": 587, "starttls": "smtp", **changes}))


def without_shell(facts: HostFacts) -> HostFacts:
    """The host as one sees it that the inventory gives no shell on."""
    return HostFacts(facts.host, facts.collected_at, replace(facts.declared, shell=False), endpoints=facts.endpoints)


def only_endpoint(*found: EndpointFacts | Unknown) -> Edit:
    """The host with these endpoints and no others."""
    return lambda facts: replace(facts, endpoints=found)


def without_set(facts: HostFacts) -> HostFacts:
    """The host without a dated set: its files are certbot's, under /etc/letsencrypt/live."""
    live = "/etc/letsencrypt/live/www.example.org"
    chain, secret = f"{live}/fullchain.pem", f"{live}/privkey.pem"
    return replace(
        setting(certificates=(CertificatePair(chain, secret),))(facts),
        files=(
            *(made_file(path, 0o644, holds_private_key=False) for path in (chain, DH, SITE)),
            made_file(secret, 0o600),
        ),
        listings=(Absent(LOCALCERTS), FolderListing(PRIVATE, ()), FolderListing(PUBLIC, ())),
        certificates=(CertificateFile(chain, certificates.chain()),),
        keys=(certificates.key_facts(secret),),
        csrs=(),
    )


def _put(part: str, item: Any) -> Edit:
    def edit(facts: HostFacts) -> HostFacts:
        held = getattr(facts, part)
        others = () if isinstance(held, Unknown) else tuple(other for other in held if other.subject != item.subject)
        changes: dict[str, Any] = {part: (*others, item)}
        return replace(facts, **changes)

    return edit


def _parents_edit(change: Callable[[Folder | Unknown], Folder | Unknown]) -> Edit:
    def edit(facts: HostFacts) -> HostFacts:
        held = facts.files if isinstance(facts.files, tuple) else ()
        files = tuple(
            replace(item, parents=tuple(map(change, item.parents))) if isinstance(item, FileFacts) else item
            for item in held
        )
        return replace(facts, files=files)

    return edit


def _restat(
    item: FileStat, mode: int | None, owner: str | None, group_name: str | None, changes: dict[str, Any]
) -> FileStat:
    new_owner, new_group = owner or item.owner, group_name or item.group
    ids = {"uid": OWNERS.get(new_owner, item.uid), "gid": OWNERS.get(new_group, item.gid)}
    new_mode = item.mode if mode is None else mode
    return replace(item, **{"mode": new_mode, "owner": new_owner, "group": new_group, **ids, **changes})


def _known_services(facts: HostFacts) -> list[ServiceConfig]:
    held = facts.services if isinstance(facts.services, tuple) else ()
    return [item for item in held if isinstance(item, ServiceConfig)]
