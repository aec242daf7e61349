"""sshd: the auditor's way in, with a log that tells each connection and command."""

from lab.host import Site

LOG = "/var/log/sshd.log"
START = f"/usr/sbin/sshd -E {LOG}"
STOP = "kill $(cat /run/sshd.pid)"
CONFIG = """\
Port 22
HostKey /etc/ssh/ssh_host_ed25519_key
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
PrintMotd no
PrintLastLog no
MaxStartups 100:30:200
LogLevel VERBOSE
Subsystem sftp /usr/lib/openssh/sftp-server
"""


def configure(site: Site) -> None:
    """Write sshd's configuration; the keys are the lab's to give."""
    site.files.write("/etc/ssh/sshd_config", CONFIG)
    site.files.folder("/run/sshd")
