"""The inside of a host: our one command against the same properties read one by one through testinfra's ssh://."""

import shlex
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import testinfra

from tlsfleet import inside
from tlsfleet.check import load_checks
from tlsfleet.facts import CertificateFile, CsrFile, DhParameters, FileFacts, HostFacts, KeyFacts, ServiceConfig, User
from tlsfleet.inventory import Target, resolve
from tlsfleet.policy import load

ROUNDS = 7
Property = Callable[[Any], object]


def main() -> None:
    """Print both times and their ratio for the one host of an inventory."""
    (target,) = resolve(None, Path(sys.argv[1])).targets
    policy = load("notes", [check.id for check in load_checks()])
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        facts = inside.build(inside.collect(target, inside.Options(), policy))
        times.append(time.perf_counter() - start)
    assert facts.failure is None, facts.failure
    ours = median(times)
    print(f"tlsfleet, one SSH command, script to facts: {ours:.2f} s (median of {ROUNDS})", flush=True)
    properties = list(_properties(facts))
    host = _plain_host(target)
    start = time.perf_counter()
    for read in properties:
        read(host)
    theirs = time.perf_counter() - start
    each = theirs / len(properties)
    print(f"testinfra ssh://, {len(properties)} properties one by one: {theirs:.1f} s ({1000 * each:.0f} ms each)")
    print(f"ratio: {theirs / ours:.0f}")


def _plain_host(target: Target) -> Any:
    """testinfra's own ssh backend, given no more than the way to the host."""
    connection = target.connection
    return testinfra.get_host(
        f"ssh://{connection.user}@{connection.host}",
        ssh_identity_file=connection.key,
        ssh_extra_args=connection.common_args,
    )


def _properties(facts: HostFacts) -> Iterator[Property]:
    """Each fact as the test that its reader would write."""
    yield from _files(facts)
    yield from _contents(facts)
    yield from _services(facts)
    assert isinstance(facts.groups, tuple)
    assert isinstance(facts.users, tuple)
    for group in facts.groups:
        yield _of("group", group.name, "members")
    for user in facts.users:
        assert isinstance(user, User)
        yield _of("user", user.name, "groups")


def _files(facts: HostFacts) -> Iterator[Property]:
    assert isinstance(facts.files, tuple)
    found = [file for file in facts.files if isinstance(file, FileFacts)]
    folders = {folder.path for file in found for folder in file.parents if not hasattr(folder, "reason")}
    for path in [*(file.path for file in found), *sorted(folders)]:
        for name in ("exists", "mode", "user", "group", "size", "mtime"):
            yield _of("file", path, name)
    for file in found:
        yield _of("file", file.path, "is_symlink")
        yield _said(f"getfacl -p -s -- {shlex.quote(file.path)}")


def _contents(facts: HostFacts) -> Iterator[Property]:
    commands = []
    for part in (facts.certificates, facts.keys, facts.csrs, facts.dh_params):
        assert isinstance(part, tuple)
        for item in part:
            path = shlex.quote(item.subject)
            match item:
                case CertificateFile():
                    commands += [f"openssl x509 -in {path} -noout -text"] * len(item.certificates)
                case KeyFacts():
                    commands.append(f"openssl pkey -in {path} -passin pass: -pubout")
                case CsrFile():
                    commands.append(f"openssl req -in {path} -noout -text")
                case DhParameters():
                    commands.append(f"openssl dhparam -in {path} -noout -text")
    yield from map(_said, commands)


def _services(facts: HostFacts) -> Iterator[Property]:
    assert isinstance(facts.services, tuple)
    assert isinstance(facts.listeners, tuple)
    assert not hasattr(facts.packages, "reason")
    for service in facts.services:
        assert isinstance(service, ServiceConfig)
        yield _said(f"pgrep {service.service}")
        yield _said(f"{service.service} -V")
        yield _said(f"{service.service} -t")
        yield from (_of("file", path, "content") for path in service.config_files)
    for listener in facts.listeners:
        yield _of("socket", f"{listener.transport}://{listener.port}", "is_listening")
    for name in getattr(facts.packages, "versions", {}):
        yield _of("package", name, "version")
    yield _said("date +%s.%N")


def _of(module: str, subject: str, name: str) -> Property:
    """A property of one of testinfra's modules."""

    def read(host: Any) -> object:
        return getattr(getattr(host, module)(subject), name)

    return read


def _said(command: str) -> Property:
    """What a command says."""

    def read(host: Any) -> object:
        return host.run(command).stdout_bytes

    return read


if __name__ == "__main__":
    main()
