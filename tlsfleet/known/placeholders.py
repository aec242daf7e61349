"""Certificates that stand in for a real one: distributions', products' and test CAs', told by their names."""

# Parts of a common name or organisation, of subject or issuer, in lower case, with what they are.
MARKS: tuple[tuple[str, str], ...] = (
    ("(staging)", "a test certificate of Let's Encrypt's staging service"),
    ("fake le ", "a test certificate of Let's Encrypt's staging service"),
    ("happy hacker fake", "a test certificate of Boulder's"),
    ("pebble intermediate ca", "a test certificate of Pebble's"),
    ("snakeoil", "a snake-oil certificate"),
    ("snake oil", "a snake-oil certificate"),
    ("internet widgits pty ltd", "made with OpenSSL's example answers"),
    ("someorganization", "the certificate that Red Hat's mod_ssl brings"),
    ("traefik default cert", "Traefik's default certificate"),
    ("kubernetes ingress controller fake certificate", "ingress-nginx's default certificate"),
    ("parallels panel", "Plesk's default certificate"),
    ("webmin webserver on", "Webmin's default certificate"),
    ("vmware default certificate", "VMware's default certificate"),
)
LOCAL_NAMES = frozenset({"localhost", "localhost.localdomain", "localhost4", "localhost6"})
LOCAL_ENDINGS = (".localhost", ".localdomain")
DOVECOT_DEFAULT = "imap.example.com"
SNAKEOIL_FILE = "ssl-cert-snakeoil"


def placeholder(path: str, common_names: tuple[str, ...], others: tuple[str, ...], names: tuple[str, ...]) -> str:
    """What kind of placeholder a certificate is; empty where it is none that is known.

    ``common_names`` are its own, ``others`` the rest of its subject's and its issuer's values, ``names`` its DNS names.
    """
    if SNAKEOIL_FILE in path:
        return "Debian's snake-oil certificate"
    for value in (*common_names, *others):
        for mark, meaning in MARKS:
            if mark in value.casefold():
                return meaning
    held = {name.casefold().rstrip(".") for name in (*common_names, *names)}
    if held and all(name in LOCAL_NAMES or name.endswith(LOCAL_ENDINGS) for name in held):
        return f"a certificate for {', '.join(sorted(held))[:200]}"
    return "Dovecot's example certificate" if held == {DOVECOT_DEFAULT} else ""
