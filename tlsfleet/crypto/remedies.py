"""Commands that mend certificates and their files, for the findings of several checks."""

from collections.abc import Iterable
from posixpath import dirname
from shlex import quote

from tlsfleet.known import directives
from tlsfleet.subjects import Pair

LIVE = "/etc/letsencrypt/live/"


def reload(pairs: Iterable[Pair]) -> str:
    """The commands that make the services of some uses read their files again, to be put after another."""
    names = dict.fromkeys(pair.service.service for pair in pairs)
    return "".join(f"; {directives.reload(name)}" for name in names)


def renew(path: str, pairs: tuple[Pair, ...]) -> str:
    """How to have the certificate at a path issued anew: by certbot, or by a request for the key it is used with."""
    if path.startswith(LIVE):
        name = path.removeprefix(LIVE).partition("/")[0]
        return f"certbot renew --force-renewal --cert-name {quote(name)}{reload(pairs)}"
    used = next((pair.pair.key for pair in pairs if isinstance(pair.pair.key, str)), None)
    key = used or f"{_stem(path)}.key"
    request = f"{dirname(key)}/renewal.csr"
    ask = f"openssl x509 -x509toreq -copy_extensions copyall -in {quote(path)} -signkey {quote(key)}"
    answer = f"have the CA sign {quote(request)}; write what it issues to {quote(path)}"
    return f"{ask} -out {quote(request)}; {answer}{reload(pairs)}"


def _stem(path: str) -> str:
    for suffix in (".combined.crt", ".crt", ".pem"):
        if path.endswith(suffix):
            return path.removesuffix(suffix)
    return path
