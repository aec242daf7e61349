"""A server of what no server of Debian's has any more, or has yet: see lab/odd.

It runs by this interpreter and its libraries, which a host does not have: so in a host's namespaces but for its files.
"""

import shlex
import sys
from pathlib import Path

from lab.host import Plant, Site
from lab.odd import CONF, PID_FILE

ROOT = Path(__file__).parents[2]
LOG = "/var/log/odd.log"
START = (
    f"cd {shlex.quote(str(ROOT))} && "
    f'setsid {shlex.quote(sys.executable)} -m lab.odd "$HOST_ROOT" < /dev/null > "$HOST_ROOT{LOG}" 2>&1 &'
)
STOP = f"kill $(cat {PID_FILE})"


def configure(site: Site) -> None:
    """Write odd.conf: a server with the files of the others, and as yet without a fault."""
    site.files.write(CONF, f"certificate {site.combined}\nkey {site.key}\n")


def oddities(*names: str) -> Plant:
    """Give the server oddities, of those that lab/odd has."""
    return lambda site: site.files.append(CONF, "".join(f"oddity {name}\n" for name in names))
