"""Services as a whole: loading, restarts, logs."""

from datetime import timedelta

import pytest

from tests.checks.cases import CONFORMS, NOT_APPLICABLE, UNKNOWN, VIOLATES, Case, verdict
from tests.checks.certificates import NOW, key_facts
from tests.checks.edits import (
    service,
    setting,
    stat,
    with_certificate_file,
    with_certificates,
    with_dh,
    with_file,
    with_key,
)
from tests.checks.hosts import COMBINED, DH, KEY, Edit, made_file, made_stat, sound_host
from tlsfleet.facts import Absent, CertificatePair, ConfigCheck, HostFacts, LogLine, Malformed, Unknown
from tlsfleet.verdict import Status

GAP = Unknown("nginx -t", "it did not come over")
REFUSED = ConfigCheck(accepted=False, messages=("[emerg] unknown directive",), command="nginx -t")
STOPPED = service(running=False, started_at=None, reloaded_at=None)
LATE = (NOW - timedelta(days=1)).timestamp()


def read(*edits: Edit, **changes: object) -> HostFacts:
    """A host whose configuration was judged by reading it."""
    unasked = ConfigCheck(None, ("nginx is not running",), "nginx -t")
    return sound_host(service(config_check=unasked, **changes), *edits)


def logged(*lines: LogLine | Unknown) -> HostFacts:
    return sound_host(logs=lines)


def linked(mtime: float) -> Edit:
    """The combined file as a link, switched at a time."""
    link = made_stat(0o777, kind="link", mtime=mtime)
    return with_file(made_file(COMBINED, 0o444, link=link, real_path="/etc/ssl/certs/other.crt"))


CASES = [
    Case("service.config-loads", "accepted", CONFORMS, sound_host),
    Case(
        "service.config-loads",
        "refused",
        VIOLATES,
        lambda: sound_host(service(config_check=REFUSED)),
        "[emerg] unknown directive",
    ),
    Case("service.config-loads", "not told", UNKNOWN, lambda: sound_host(service(config_check=GAP))),
    Case("service.config-loads", "read, sound", CONFORMS, read, "nginx: judged by reading: nginx is not running"),
    Case(
        "service.config-loads",
        "read, a problem",
        VIOLATES,
        lambda: read(problems=("/etc/nginx/a:3: a duplicate listen 0.0.0.0:443",)),
        "a duplicate listen 0.0.0.0:443 (judged by reading: nginx is not running)",
    ),
    Case(
        "service.config-loads",
        "read, no certificate file",
        VIOLATES,
        lambda: read(with_certificate_file(Absent(COMBINED))),
    ),
    Case(
        "service.config-loads", "read, an empty certificate file", VIOLATES, lambda: read(with_certificates(COMBINED))
    ),
    Case("service.config-loads", "read, no key file", VIOLATES, lambda: read(with_key(Absent(KEY)))),
    Case(
        "service.config-loads",
        "read, another key",
        VIOLATES,
        lambda: read(with_key(key_facts(KEY, "another"))),
        f"is not the key of {COMBINED}",
    ),
    Case(
        "service.config-loads",
        "read, a passphrase nobody gives",
        VIOLATES,
        lambda: read(with_key(key_facts(KEY, encrypted=True, public_key=Unknown(KEY, "encrypted")))),
        "passphrase",
    ),
    Case(
        "service.config-loads",
        "read, a passphrase that is given",
        UNKNOWN,
        lambda: read(
            with_key(key_facts(KEY, encrypted=True, public_key=Unknown(KEY, "encrypted"))),
            setting(password_files=("/etc/nginx/pass",)),
        ),
    ),
    Case(
        "service.config-loads",
        "read, a damaged DH file",
        VIOLATES,
        lambda: read(with_dh(Malformed(DH, "no DH PARAMETERS"))),
    ),
    Case("service.config-loads", "read, no DH file", CONFORMS, lambda: read(setting(dh_parameters=None))),
    Case(
        "service.config-loads",
        "read, an unreadable key",
        UNKNOWN,
        lambda: read(with_key(Unknown(KEY, "permission denied"))),
    ),
    Case(
        "service.config-loads",
        "read, a certificate without a key",
        VIOLATES,
        lambda: read(setting(certificates=(CertificatePair(COMBINED, None),))),
    ),
    Case("service.config-loads", "no service", NOT_APPLICABLE, lambda: sound_host(services=())),
    Case(
        "service.config-loads",
        "services not told",
        UNKNOWN,
        lambda: sound_host(services=Unknown("services", "cut off")),
    ),
    Case(
        "service.config-loads",
        "a service not told",
        UNKNOWN,
        lambda: sound_host(services=(Unknown("nginx", "damaged"),)),
    ),
    Case("service.started-after-change", "started after all", CONFORMS, sound_host),
    Case(
        "service.started-after-change",
        "the key changed",
        VIOLATES,
        lambda: sound_host(stat(KEY, mtime=LATE)),
        "systemctl reload",
    ),
    Case(
        "service.started-after-change",
        "the certificate changed",
        VIOLATES,
        lambda: sound_host(stat(COMBINED, mtime=LATE)),
    ),
    Case("service.started-after-change", "the DH file changed", VIOLATES, lambda: sound_host(stat(DH, mtime=LATE))),
    Case(
        "service.started-after-change",
        "the configuration changed",
        VIOLATES,
        lambda: sound_host(service(config_changed_at=NOW - timedelta(days=1))),
        "/etc/nginx/nginx.conf changed at 2026-11-22 12:00:00",
    ),
    Case("service.started-after-change", "a link was switched", VIOLATES, lambda: sound_host(linked(LATE))),
    Case("service.started-after-change", "a link is old", CONFORMS, lambda: sound_host(linked(LATE - 30 * 86400))),
    Case(
        "service.started-after-change",
        "reloaded since",
        CONFORMS,
        lambda: sound_host(stat(KEY, mtime=LATE), service(reloaded_at=NOW)),
    ),
    Case(
        "service.started-after-change",
        "when it started is not told",
        UNKNOWN,
        lambda: sound_host(service(started_at=Unknown("nginx", "no /proc"), reloaded_at=None)),
    ),
    Case(
        "service.started-after-change",
        "it runs since nobody knows",
        UNKNOWN,
        lambda: sound_host(service(started_at=None, reloaded_at=None)),
    ),
    Case(
        "service.started-after-change",
        "a key nobody could see",
        UNKNOWN,
        lambda: sound_host(with_file(Unknown(KEY, "permission denied"))),
    ),
    Case("service.started-after-change", "stopped", NOT_APPLICABLE, lambda: sound_host(STOPPED)),
    Case(
        "service.started-after-change",
        "when the configuration changed is not told",
        UNKNOWN,
        lambda: sound_host(service(config_changed_at=Unknown("nginx", "no stat"))),
    ),
    Case("service.logs-clean", "nothing logged", CONFORMS, sound_host),
    Case(
        "service.logs-clean",
        "a failure",
        VIOLATES,
        lambda: logged(
            LogLine("nginx", NOW, "cannot load certificate"), LogLine("nginx", None, "cannot load certificate")
        ),
        "cannot load certificate (last at 2026-11-23",
    ),
    Case(
        "service.logs-clean",
        "another service's failure",
        CONFORMS,
        lambda: logged(LogLine("postfix", NOW, "cannot load")),
    ),
    Case(
        "service.logs-clean",
        "a log nobody could read",
        UNKNOWN,
        lambda: logged(Unknown("/var/log/nginx/error.log", "permission denied")),
    ),
    Case("service.logs-clean", "no logs came over", UNKNOWN, lambda: sound_host(logs=Unknown("logs", "cut off"))),
    Case("service.logs-clean", "stopped", NOT_APPLICABLE, lambda: sound_host(STOPPED)),
    Case(
        "service.logs-clean",
        "no service",
        NOT_APPLICABLE,
        lambda: sound_host(services=(), logs=Unknown("logs", "no service")),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    case.assert_status()


def test_one_message_is_one_finding() -> None:
    host = logged(*(LogLine("nginx", NOW, f"cannot load {number % 2}") for number in range(9)))
    assert len(verdict("service.logs-clean", host).findings) == 2


@pytest.mark.parametrize(("seconds", "status"), [(0.9, CONFORMS), (1.5, VIOLATES)])
def test_times_are_compared_to_the_second(seconds: float, status: Status) -> None:
    started = NOW - timedelta(days=2)
    changed = (started + timedelta(seconds=seconds)).timestamp()
    host = sound_host(stat(KEY, mtime=changed), service(started_at=started, reloaded_at=None))
    assert verdict("service.started-after-change", host).status is status
