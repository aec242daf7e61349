"""Until when the releases of distributions get security updates."""

from dataclasses import dataclass
from datetime import date

# Distributions without releases: what is installed is as new as its last upgrade.
ROLLING = frozenset({"arch", "gentoo", "void", "opensuse-tumbleweed", "nixos", "kali"})
SOURCES = {
    "debian": "https://www.debian.org/releases/ and https://wiki.debian.org/LTS",
    "ubuntu": "https://ubuntu.com/about/release-cycle",
    "rhel": "https://access.redhat.com/support/policy/updates/errata",
    "centos": "https://www.centos.org/cl-vs-cs/",
    "almalinux": "https://wiki.almalinux.org/release-notes/",
    "rocky": "https://wiki.rockylinux.org/rocky/version/",
    "ol": "https://www.oracle.com/a/ocom/docs/elsp-lifetime-069338.pdf",
    "fedora": "https://docs.fedoraproject.org/en-US/releases/",
    "alpine": "https://alpinelinux.org/releases/",
    "amzn": "https://aws.amazon.com/linux/",
    "opensuse-leap": "https://en.opensuse.org/Lifetime",
}
SAME = {"raspbian": "debian"}


@dataclass(frozen=True, slots=True)
class Support:
    """``ends``: the last day of security updates for everyone; ``extended``: what can be had by contract after it."""

    ends: date
    phase: str = "support"
    extended: str = ""


def _rows(phase: str, extended: str, *rows: tuple[str, str]) -> dict[str, Support]:
    return {release: Support(date.fromisoformat(ends), phase, extended) for release, ends in rows}


# Debian's dates are those of its long-term support, which comes by the same security archive, without a contract.
SUPPORT: dict[str, dict[str, Support]] = {
    "debian": _rows(
        "long-term support",
        "Freexian's ELTS",
        *(("6", "2016-02-29"), ("7", "2018-05-31"), ("8", "2020-06-30"), ("9", "2022-06-30"), ("10", "2024-06-30")),
        *(("11", "2026-08-31"), ("12", "2028-06-30"), ("13", "2030-06-30")),
    ),
    "ubuntu": _rows(
        "standard support",
        "Ubuntu Pro (ESM)",
        *(("10.04", "2015-04-30"), ("12.04", "2017-04-28"), ("14.04", "2019-04-25"), ("16.04", "2021-04-30")),
        *(("18.04", "2023-05-31"), ("20.04", "2025-05-31"), ("22.04", "2027-04-01"), ("24.04", "2029-05-31")),
        ("26.04", "2031-04-30"),
    )
    | _rows(
        "support",
        "",
        *(("12.10", "2014-05-16"), ("13.04", "2014-01-27"), ("13.10", "2014-07-17"), ("14.10", "2015-07-23")),
        *(("15.04", "2016-02-04"), ("15.10", "2016-07-28"), ("16.10", "2017-07-20"), ("17.04", "2018-01-13")),
        *(("17.10", "2018-07-19"), ("18.10", "2019-07-18"), ("19.04", "2020-01-23"), ("19.10", "2020-07-06")),
        *(("20.10", "2021-07-22"), ("21.04", "2022-01-20"), ("21.10", "2022-07-14"), ("22.10", "2023-07-20")),
        *(("23.04", "2024-01-20"), ("23.10", "2024-07-12"), ("24.10", "2025-07-10"), ("25.04", "2026-01-17")),
        ("25.10", "2026-07-01"),
    ),
    "rhel": _rows(
        "maintenance support",
        "Extended Life Cycle Support",
        *(("5", "2017-03-31"), ("6", "2020-11-30"), ("7", "2024-06-30"), ("8", "2029-05-31"), ("9", "2032-05-31")),
        ("10", "2035-05-31"),
    ),
    # Stream bears the same name and number as CentOS Linux: 8 and up are Stream's dates.
    "centos": _rows(
        "support",
        "",
        *(("5", "2017-03-31"), ("6", "2020-11-30"), ("7", "2024-06-30"), ("8", "2024-05-31"), ("9", "2027-05-31")),
        ("10", "2030-01-01"),
    ),
    "almalinux": _rows("support", "", ("8", "2029-03-01"), ("9", "2032-05-31"), ("10", "2035-05-31")),
    "rocky": _rows("support", "", ("8", "2029-05-31"), ("9", "2032-05-31"), ("10", "2035-05-31")),
    "ol": _rows(
        "premier support",
        "Oracle's Extended Support",
        *(("6", "2021-03-01"), ("7", "2024-12-31"), ("8", "2029-07-31"), ("9", "2032-06-30")),
    ),
    "fedora": _rows(
        "support",
        "",
        *(("34", "2022-06-07"), ("35", "2022-12-13"), ("36", "2023-05-16"), ("37", "2023-12-05"), ("38", "2024-05-21")),
        *(("39", "2024-11-26"), ("40", "2025-05-13"), ("41", "2025-12-15"), ("42", "2026-05-13"), ("43", "2026-12-09")),
    ),
    "alpine": _rows(
        "support",
        "",
        *(("3.12", "2022-05-01"), ("3.13", "2022-11-01"), ("3.14", "2023-05-01"), ("3.15", "2023-11-01")),
        *(("3.16", "2024-05-23"), ("3.17", "2024-11-22"), ("3.18", "2025-05-09"), ("3.19", "2025-11-01")),
        *(("3.20", "2026-04-01"), ("3.21", "2026-11-01"), ("3.22", "2027-05-01"), ("3.23", "2027-11-01")),
    ),
    "amzn": _rows("support", "", ("2018.03", "2023-12-31"), ("2", "2026-06-30"), ("2023", "2029-06-30")),
    "opensuse-leap": _rows(
        "support",
        "",
        *(("15.2", "2022-01-04"), ("15.3", "2022-12-31"), ("15.4", "2023-12-07"), ("15.5", "2024-12-31")),
        *(("15.6", "2026-04-30"), ("16.0", "2027-10-31")),
    ),
}


def support(distribution: str, release: str) -> Support | None:
    """The support of a release (os-release's ID and VERSION_ID, or a prefix of it); None if not known."""
    known = SUPPORT.get(SAME.get(distribution, distribution), {})
    parts = release.split(".")
    prefixes = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((known[prefix] for prefix in prefixes if prefix in known), None)


def source(distribution: str) -> str:
    """Where the distribution says so; empty for one that is not known."""
    return SOURCES.get(SAME.get(distribution, distribution), "")
