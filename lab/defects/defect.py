"""What a defect is: one fault, as data, and the few ways to plant it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from lab import layout
from lab.host import Host, Plant, Site
from lab.services.nginx import SITE, TLS
from lab.services.postfix import MAIN

Change = Callable[[Host], Host]


@dataclass(frozen=True, slots=True)
class Defect:
    """A fault that a check must find.

    `change` alters the host's data, `plant` its files before the services start, `running` its files once they run,
    when no service sees it. `check` is the id that it violates; `also` are ids that it cannot help violating, or that
    it leaves unknown. `base` is the host it is planted on.
    """

    name: str
    check: str
    change: Change | None = None
    plant: Plant | None = None
    running: Plant | None = None
    also: frozenset[str] = frozenset()
    base: str = "sound"

    def applied(self, host: Host) -> Host:
        """The host with this defect."""
        changed = self.change(host) if self.change else host
        plants = (*changed.plants, self.plant) if self.plant else changed.plants
        running = (*changed.plants_running, self.running) if self.running else changed.plants_running
        return replace(changed, plants=plants, plants_running=running)


def host(**changes: Any) -> Change:
    """A change of the host's own fields."""
    return lambda before: replace(before, **changes)


def serving(*services: str) -> Change:
    """A change that has more services run."""
    return lambda before: replace(before, services=tuple(dict.fromkeys((*before.services, *services))))


def leaf(**changes: Any) -> Change:
    """A change of the end-entity certificate's template."""
    return lambda before: replace(before, leaf=replace(before.leaf, **changes))


def intermediate(**changes: Any) -> Change:
    """A change of the template of the authority that issued the end-entity certificate."""
    return lambda before: replace(
        before, authorities=(*before.authorities[:-1], replace(before.authorities[-1], **changes))
    )


def variables(**values: str) -> Change:
    """A change of what the inventory says of the host."""
    return lambda before: replace(before, variables=(*before.variables, *values.items()))


def both(*changes: Change) -> Change:
    """Several changes, one after the other."""

    def change(before: Host) -> Host:
        for each in changes:
            before = each(before)
        return before

    return change


def edit(path: str, old: str, new: str) -> Plant:
    """Replace a text in a file."""
    return lambda site: site.files.edit(path, old, new)


def tls(old: str, new: str) -> Plant:
    """Replace a text in nginx's TLS settings."""
    return edit(TLS, old, new)


def ciphers(more: str) -> Plant:
    """Put more before nginx's cipher string."""
    return tls("ssl_ciphers ", f"ssl_ciphers {more}:")


def site_conf(old: str, new: str) -> Plant:
    """Replace a text in nginx's site."""
    return edit(SITE, old, new)


def combined(data: Callable[[Site], bytes]) -> Plant:
    """Write another chain file, both where it was made and where services read it."""

    def plant(site: Site) -> None:
        chain = data(site)
        site.files.write(f"{site.original}.combined.crt", chain, 0o400)
        site.files.write(site.combined, chain, 0o444)

    return plant


def mail(chain: Callable[[Site], bytes], key: Callable[[Site], bytes] | None = None) -> Plant:
    """Give Postfix another chain than the host's other services have, and another key where one is given."""

    def plant(site: Site) -> None:
        site.files.write("/etc/postfix/mail.pem", chain(site), 0o444)
        site.files.edit(MAIN, site.combined, "/etc/postfix/mail.pem")
        if key:
            site.files.write("/etc/postfix/mail.key", key(site), 0o400)
            site.files.edit(MAIN, site.key, "/etc/postfix/mail.key")

    return plant


def dhparam(name: str) -> Plant:
    """Write other DH parameters, of those in `lab/dh`."""
    text = (layout.DH / f"{name}.pem").read_text()
    return lambda site: site.files.write(layout.DH_FILE, text)


def also(*checks: str) -> frozenset[str]:
    """Check ids."""
    return frozenset(checks)


WITHOUT_FLOOR = also("key-exchange.signature-schemes")  # below security level 1 OpenSSL signs with SHA-1 too
