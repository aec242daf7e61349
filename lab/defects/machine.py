"""Defects of the host around the services: software, clock; and of what the inventory says of it."""

import re
from dataclasses import replace

from lab.defects.defect import Defect, also, both, variables
from lab.host import Host, Site
from lab.services.nginx import SITE, TLS

STATUS = "/var/lib/dpkg/status"
LIBRARIES = ("libssl.so.3", "libcrypto.so.3")
OLD_RELEASE = """\
PRETTY_NAME="Debian GNU/Linux 9 (stretch)"
NAME="Debian GNU/Linux"
VERSION_ID="9"
VERSION="9 (stretch)"
VERSION_CODENAME=stretch
ID=debian
"""
FAST_CLOCK = '#!/bin/sh\nexec /usr/bin/date.real --date="now + 10 minutes" "$@"\n'


def _vulnerable_library(site: Site) -> None:
    """A package database that says an OpenSSL from before the fix of CVE-2022-3602."""
    text = site.files.read(STATUS).decode()
    entry = re.compile(r"(^Package: libssl3\n(?:.+\n)*?Version: ).*", re.MULTILINE)
    site.files.write(STATUS, entry.sub(r"\g<1>3.0.5-4", text))


def _replaced_library(site: Site) -> None:
    """What an upgrade without a restart does: the file is another one, the service maps the old."""
    folder = "/usr/lib/x86_64-linux-gnu"
    for library in LIBRARIES:
        site.files.copy(f"{folder}/{library}", f"{folder}/{library}.dpkg-new")
        site.files.path(f"{folder}/{library}.dpkg-new").rename(site.files.path(f"{folder}/{library}"))


def _old_release(site: Site) -> None:
    site.files.write("/usr/lib/os-release", OLD_RELEASE)


def _fast_clock(site: Site) -> None:
    site.files.copy("/usr/bin/date", "/usr/bin/date.real")
    site.files.write("/usr/bin/date", FAST_CLOCK, 0o755)


def _extra_name(before: Host) -> Host:
    name = f"stray.{before.name}.example.org"
    return replace(before, leaf=replace(before.leaf, names=(*before.names, name)))


def _served(site: Site) -> None:
    names = " ".join(site.host.names)
    site.files.edit(SITE, f"server_name {names};", f"server_name {' '.join(site.host.leaf.names)};")


def _declared(before: Host) -> Host:
    return variables(tls_names=",".join(before.leaf.names))(before)


MACHINE = (
    Defect("library-vulnerable", "software.tls-library-patched", plant=_vulnerable_library),
    Defect("library-not-restarted", "software.library-restarted", running=_replaced_library),
    Defect("release-unsupported", "software.release-supported", plant=_old_release),
    Defect("clock-fast", "host.clock-correct", plant=_fast_clock),
    Defect("name-not-declared", "coverage.names-match-inventory", _extra_name, _served),
    Defect("name-not-served", "coverage.names-match-inventory", both(_extra_name, _declared)),
    Defect(
        "config-not-understood",
        "coverage.config-understood",
        running=lambda site: site.files.append(TLS, "ssl_quantum_shield on;\n"),
        also=also("service.config-loads"),
    ),
)
