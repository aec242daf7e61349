"""The lab's hosts by name, and the fleet of `make demo`."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from lab import pair
from lab.defects import DEFECTS
from lab.host import Host, sound
from lab.system import LabError

ALL = ("nginx", "postfix", "dovecot", "prosody")
PROFILE_2014 = (("C", "US"), ("ST", "Massachusetts"), ("L", "Cambridge"), ("O", "tlsfleet lab"))


def sound_2014(name: str, services: tuple[str, ...] = ("nginx",)) -> Host:
    """The notes to the letter, as far as they work that way."""
    host = sound(name, key="rsa-4096", services=services, subject=PROFILE_2014, lifetime=729)
    csr = replace(host.csr, challenge="a random string that one writes down")
    return replace(host, policy="notes-2014", root_in_chain=True, csr=csr)


def plain(name: str) -> Host:
    """A host with sshd alone: nothing of it has to do with TLS."""
    return replace(sound(name, services=()), names=(), layout="none", previous=None, key_group_members=())


BASES: dict[str, Callable[[str], Host]] = {
    "sound": sound,
    "sound-2014": sound_2014,
    "sound-ecdsa": pair.host,
    "plain": plain,
}
HOSTS: dict[str, Host] = {
    "sound": sound("sound", key="rsa-4096", services=ALL),
    "sound-2014": sound_2014("sound-2014", ALL),
    "sound-ecdsa": pair.host("sound-ecdsa"),
    "plain": plain("plain"),
}


def variant(base: str, defects: Sequence[str], name: str | None = None) -> Host:
    """A host of this base, here with nginx alone, with these defects; named after them unless named."""
    host = BASES[base](name or "-".join(defects))
    for defect in defects:
        host = DEFECTS[defect].applied(host)
    return host


# A host a line of trouble; each check that a defect is known for has one here (tests/lab/test_lab.py holds that).
FAULTY: dict[str, tuple[str, ...]] = {
    "careless": (
        *("set-without-cnf", "set-world-readable", "csr-without-san", "key-world-readable"),
        *("key-readers-unexpected", "key-in-chain-file", "web-root-over-keys", "key-reused"),
        *(
            "certificate-writable",
            "dh-writable",
            "http-served",
            "session-tickets",
            "key-close-primes",
            "changed-after-start",
        ),
    ),
    "forgotten": (
        *("certificate-expired", "set-key-2048", "csr-of-other-key", "chain-twice", "protocols-old"),
        *("client-preference", "session-cache-small", "session-timeout-long", "library-vulnerable"),
        *("dh-1024", "clock-fast", "stamp-long-past"),
    ),
    "antique": (
        *("key-rsa-1024", "csr-sha1", "certificate-sha1", "certificate-long-lived"),
        *("common-name-elsewhere", "subject-with-unit", "chain-with-stranger", "chain-with-root"),
        *("dh-well-known", "ciphers-null", "compression-on"),
    ),
    "improvised": (
        *("csr-short-name", "certificate-for-clients"),
        *("certificate-without-authority-key", "certificate-staging", "chain-untrusted-root"),
        *("chain-leaf-only", "dh-unsafe-prime", "certificate-own-copy", "key-shared", "name-not-served"),
        *("key-group-writable",),
    ),
    "interrupted": (
        *("superseded-in-use", "certificate-renewal-due", "key-shared", "key-encrypted", "copy-differs"),
        *("dh-missing", "failure-logged", "library-not-restarted"),
    ),
    "tangled": (
        *("certificate-renewal-overdue", "chain-swapped", "chain-distrusted"),
        *("key-unreadable-by-worker", "dh-unreferenced", "name-not-declared"),
    ),
    "mismatched": (
        *("intermediate-expired", "chain-of-other-leaf", "key-of-other-certificate", "config-broken"),
        *("certificate-name-missing", "release-unsupported", "certificates-differ"),
    ),
    "ahead": ("config-not-understood",),
    "hasty": (
        *("renegotiation-by-client", "secret-not-extended", "early-data", "resumption-off", "alpn-any"),
        *("unknown-name-same",),
    ),
    "unguarded": (
        *("starttls-off-submission", "login-in-the-clear-mailboxes", "http-elsewhere-first", "hsts-missing"),
        *("staple-missing", "not-in-logs"),
    ),
    "drifting": (
        *("certificate-not-reloaded", "protocols-refused", "ciphers-added-later", "certificate-left-behind"),
        *("other-over-ipv6-mail", "dh-not-reloaded", "dhe-offered"),
    ),
    "unwatched": ("listener-forgotten", "endpoint-dead"),
    "lenient": (*("suites-null", "suites-in-the-clients-order", "groups-odd", "signed-with-sha1-mail"),),
    "keepsake": ("suites-static", "suites-static-mail"),
    "yesterday": ("suites-of-yesterday", "suites-cbc-mail"),
    "outdated": ("protocols-too-old", "tls13-missing-mail", "groups-of-today-alone"),
    "relic": ("ssl2", "ssl3", "ciphers-export", "ciphers-rc4", "compression"),
    "leaky": (
        *("heartbleed", "ccs-injection", "robot", "ticketbleed", "renegotiation-insecure", "fallback-accepted"),
        *("starttls-injection",),
    ),
}


def named(name: str) -> list[Host]:
    """The hosts that a word on the command line means: a host, a defect, or `demo`."""
    if name == "demo":
        return demo()
    if name in DEFECTS:
        return [variant(DEFECTS[name].base, [name])]
    if name in FAULTY:
        return [variant("sound", FAULTY[name], name)]
    if name not in HOSTS:
        hosts = ", ".join((*HOSTS, *FAULTY))
        raise LabError(f"no host or defect {name!r}; hosts: {hosts}; defects: {', '.join(DEFECTS)}")
    return [HOSTS[name]]


def demo() -> list[Host]:
    """The demo fleet: the sound hosts and the faulty ones."""
    return [host for name in ("sound", "sound-2014", *FAULTY) for host in named(name)]
