"""The layer between this machine's root and a host: it hides what is this machine's own and lays fresh folders."""

import os
import pwd
import stat
from pathlib import Path

VISIBLE: dict[str, set[str]] = {
    "/": {"bin", "lib", "lib32", "lib64", "libx32", "sbin", "usr"},
    "/etc": {
        *("alternatives", "bash.bashrc", "ca-certificates.conf", "debian_version", "default", "host.conf"),
        *("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "login.defs", "mime.types", "nsswitch.conf"),
        *("os-release", "pam.conf", "pam.d", "profile", "protocols", "rpc", "security", "services", "shells"),
    },
    "/etc/nginx": {"fastcgi.conf", "fastcgi_params", "mime.types", "proxy_params", "scgi_params", "uwsgi_params"},
    "/etc/postfix": {
        "dynamicmaps.cf",
        "dynamicmaps.cf.d",
        "makedefs.out",
        "post-install",
        "postfix-files",
        "postfix-script",
    },
    "/usr/local": set(),
    "/var": set(),
    "/var/lib": {"dpkg"},
}
FRESH = {
    "/boot": 0o755,
    "/dev": 0o755,
    "/home": 0o755,
    "/media": 0o755,
    "/mnt": 0o755,
    "/opt": 0o755,
    "/proc": 0o555,
    "/root": 0o700,
    "/run": 0o755,
    "/run/lock": 0o1777,
    "/run/sshd": 0o755,
    "/srv": 0o755,
    "/sys": 0o555,
    "/tmp": 0o1777,
    "/usr/local/bin": 0o755,
    "/usr/local/sbin": 0o755,
    "/usr/local/lib": 0o755,
    "/usr/local/share": 0o755,
    "/var/cache": 0o755,
    "/var/log": 0o755,
    "/var/mail": 0o1777,
    "/var/spool": 0o755,
    "/var/tmp": 0o1777,
    "/var/www": 0o755,
    "/var/www/html": 0o755,
}
LINKS = {"/var/run": "/run", "/var/lock": "/run/lock"}
AUTHORITIES = Path("/usr/share/ca-certificates/mozilla")
OPENSSL_CNF = """\
HOME = .
openssl_conf = openssl_init

[openssl_init]

[req]
default_bits = 2048
default_md = sha256
distinguished_name = req_distinguished_name
attributes = req_attributes
x509_extensions = v3_ca
string_mask = utf8only
# req_extensions = v3_req

[req_distinguished_name]
countryName = Country Name (2 letter code)
stateOrProvinceName = State or Province Name (full name)
localityName = Locality Name (eg, city)
organizationName = Organization Name (eg, company)
organizationalUnitName = Organizational Unit Name (eg, section)
commonName = Common Name (e.g. server FQDN or YOUR name)

[req_attributes]
challengePassword = A challenge password

[v3_req]
basicConstraints = CA:FALSE
keyUsage = nonRepudiation, digitalSignature, keyEncipherment

[v3_ca]
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always,issuer
basicConstraints = critical,CA:true
"""


def make(base: Path) -> None:
    """Make the layer in an empty folder on a file system with trusted extended attributes (tmpfs has them)."""
    mask = os.umask(0o022)
    try:
        _make(base)
    finally:
        os.umask(mask)


def _make(base: Path) -> None:
    for folder, visible in VISIBLE.items():
        _hide(base, folder, visible)
    for path, mode in FRESH.items():
        _fresh(base, path, mode)
    for path, target in LINKS.items():
        _place(base, path).symlink_to(target)
    _accounts(base)
    _ssl(base)
    for path, text in {"/etc/resolv.conf": "", "/etc/fstab": "", "/etc/motd": ""}.items():
        _text(base, path, text)


def _place(base: Path, path: str) -> Path:
    place = base / path.lstrip("/")
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.exists() and place.is_char_device():
        place.unlink()
    return place


def _hide(base: Path, folder: str, visible: set[str]) -> None:
    place = base / folder.lstrip("/")
    place.mkdir(parents=True, exist_ok=True)
    for own in Path(folder).iterdir():
        if own.name not in visible and not (place / own.name).exists() and str(own) not in VISIBLE:
            os.mknod(place / own.name, stat.S_IFCHR, os.makedev(0, 0))


def _fresh(base: Path, path: str, mode: int) -> None:
    place = _place(base, path)
    place.mkdir()
    place.chmod(mode)
    os.setxattr(place, "trusted.overlay.opaque", b"y")


def _text(base: Path, path: str, text: str, mode: int = 0o644, gid: int = 0) -> None:
    place = _place(base, path)
    place.write_text(text)
    place.chmod(mode)
    os.chown(place, 0, gid)


def _accounts(base: Path) -> None:
    """The system's users and groups, none with a password or members."""
    users = [user for user in pwd.getpwall() if user.pw_uid < 1000 or user.pw_uid == 65534]
    passwd = [f"{u.pw_name}:x:{u.pw_uid}:{u.pw_gid}:{u.pw_gecos}:{u.pw_dir}:{u.pw_shell}" for u in users]
    groups = [line.split(":") for line in Path("/etc/group").read_text().splitlines() if line.count(":") == 3]
    kept = [fields for fields in groups if int(fields[2]) < 1000 or int(fields[2]) == 65534]
    shadow = next(int(fields[2]) for fields in kept if fields[0] == "shadow")
    _text(base, "/etc/passwd", "".join(f"{line}\n" for line in passwd))
    _text(base, "/etc/group", "".join(f"{fields[0]}:x:{fields[2]}:\n" for fields in kept))
    _text(base, "/etc/shadow", "".join(f"{u.pw_name}:*:19000:0:99999:7:::\n" for u in users), 0o640, shadow)
    _text(base, "/etc/gshadow", "".join(f"{fields[0]}:*::\n" for fields in kept), 0o640, shadow)


def _ssl(base: Path) -> None:
    """Debian's /etc/ssl: its openssl.cnf and the public authorities, none of this machine's own."""
    for path, mode in {"/etc/ssl": 0o755, "/etc/ssl/certs": 0o755, "/etc/ssl/private": 0o710}.items():
        _fresh(base, path, mode)
    group = next(line for line in (base / "etc/group").read_text().splitlines() if line.startswith("ssl-cert:"))
    os.chown(base / "etc/ssl/private", 0, int(group.split(":")[2]))
    _text(base, "/etc/ssl/openssl.cnf", OPENSSL_CNF)
    for authority in sorted(AUTHORITIES.glob("*.crt")):
        (base / "etc/ssl/certs" / f"{authority.stem}.pem").symlink_to(authority)
