"""The lab's hosts by name, and the fleet of `make demo`."""

from dataclasses import replace

from lab.host import Host, sound

HOSTS: dict[str, Host] = {"sound": replace(sound("sound"), key="rsa-4096", services=("nginx", "postfix", "dovecot", "prosody"))}
DEMO = ("sound",)


def named(name: str) -> list[Host]:
    """The hosts that a word on the command line means."""
    return [HOSTS[host] for host in (DEMO if name == "demo" else (name,))]
