"""What an HTTP server block of nginx serves: whether it only redirects, its document roots, its HSTS header."""

from collections.abc import Iterator, Sequence

from tlsfleet.facts import Unknown
from tlsfleet.services.nginx_settings import Scope
from tlsfleet.services.nginx_tree import WITHHELD, Statement

REDIRECTS = frozenset({"301", "302", "303", "307", "308"})
ACME = "/.well-known/acme-challenge"
ONWARD = "onward"  # the request goes on to what follows

Outcome = bool | Unknown | str


def redirects_only(statements: Sequence[Statement], ports: frozenset[str]) -> bool | Unknown:
    """Whether a plain HTTP server does nothing but redirect to HTTPS, refuse, and serve ACME challenges.

    ``ports`` are those it listens on: a condition on $server_port always holds where 80 is the only one.
    """
    outcome = _script(statements, ports)
    if not isinstance(outcome, str):
        return outcome
    locations = list(_locations(statements))
    if not any(item.args in {("/",), ("^~", "/")} for item in locations):
        return False
    return _worst(_location(item, ports) for item in locations if not _is_acme(item))


def _script(statements: Sequence[Statement], ports: frozenset[str]) -> Outcome:
    """The rewrite directives in their order: True where every request is answered by them, and only with redirects."""
    for item in statements:
        if item.unread:
            return Unknown("redirects", item.unread)
        outcome = _step(item, ports)
        if outcome != ONWARD:
            return outcome
        if item.name == "break" or (item.name == "rewrite" and item.args[-1:] in {("last",), ("break",)}):
            return ONWARD
    return ONWARD


def _step(item: Statement, ports: frozenset[str]) -> Outcome:
    if item.name == "return":
        return _answer(item.args)
    if item.name == "rewrite" and len(item.args) > 1 and item.args[1] in {"https://", "http://"}:
        https = item.args[1] == "https://"
        return True if https and item.args[0] == "all" else ONWARD if https else False
    if item.name == "rewrite" and item.args[-1:] in {("permanent",), ("redirect",)}:
        return Unknown("redirects", f"the redirect at {item.where} goes to what is not known")
    if item.name == "if" and item.block is not None:
        inner = _script(item.block, ports)
        always = item.args == ("plain",) or (item.args == ("port80",) and ports == {"80"})
        if inner == ONWARD and any(part.name == "break" for part in item.block):
            return Unknown("redirects", f"the condition at {item.where} skips what follows it")
        return inner if always or inner is not True else ONWARD
    return ONWARD


def _answer(args: tuple[str, ...]) -> bool | Unknown:
    if not args:
        return False
    code, target = (args[0], "".join(args[1:2])) if args[0].isdigit() or len(args) > 1 else ("302", args[0])
    if code.isdigit() and code.startswith(("4", "5")):
        return True
    if code not in REDIRECTS:
        return Unknown("redirects", "a response code that was not sent") if code == WITHHELD else False
    return Unknown("redirects", "a redirect to what is not known") if target == WITHHELD else target == "https://"


def _locations(statements: Sequence[Statement]) -> Iterator[Statement]:
    return (item for item in statements if item.name == "location" and item.block is not None)


def _is_acme(item: Statement) -> bool:
    return item.args[-1:] != () and item.args[-1].startswith(ACME) and item.args[0] not in {"~", "~*"}


def _location(item: Statement, ports: frozenset[str]) -> bool | Unknown:
    block = item.block or ()
    outcome = _script(block, ports)
    if not isinstance(outcome, str):
        return outcome
    denied = [part.args for part in block if part.name in {"allow", "deny"}]
    return denied == [("all",)] and any(part.name == "deny" for part in block)


def _worst(outcomes: Iterator[bool | Unknown]) -> bool | Unknown:
    found = list(outcomes)
    if False in found:
        return False
    return next((outcome for outcome in found if isinstance(outcome, Unknown)), True)


def document_roots(scope: Scope, statements: Sequence[Statement]) -> tuple[str | Unknown, ...]:
    """Every root and alias of a server, the inherited or built-in one where it has none of its own."""
    own = list(_roots(statements))
    found = [_root(scope, item) for item in own]
    if not any(item.name == "root" for item in statements):
        inherited = scope.find("document_roots", "root")
        if isinstance(inherited, Unknown):
            found.append(inherited)
        else:
            found.append(_root(scope, inherited[-1]) if inherited else f"{scope.host.prefix}/html")
    gaps = [Unknown("document root", item.unread) for item in _within(statements) if item.unread]
    return tuple(dict.fromkeys([*found, *gaps]))


def _within(statements: Sequence[Statement]) -> Iterator[Statement]:
    for item in statements:
        yield item
        yield from _within(item.block or ())


def _roots(statements: Sequence[Statement]) -> Iterator[Statement]:
    return (item for item in _within(statements) if item.name in {"root", "alias"})


def _root(scope: Scope, item: Statement) -> str | Unknown:
    path = item.args[0] if item.args else WITHHELD
    if path == WITHHELD:
        return Unknown("document root", f"its path at {item.where} was not sent")
    if "$" in path:
        return Unknown("document root", f"its path {path} at {item.where} holds a variable")
    return path if path.startswith("/") else f"{scope.host.prefix}/{path}"


def strict_transport_security(scope: Scope, statements: Sequence[Statement]) -> str | Unknown | None:
    """The header's value; a location with add_header of its own drops what it would have inherited."""
    found = scope.find("strict_transport_security", "add_header")
    value = found if isinstance(found, Unknown) else _header(found)
    for location in (item for item in _within(statements) if item.name in {"location", "if"}):
        own = [item for item in location.block or () if item.name == "add_header"]
        if own and _header(own) != value:
            return Unknown(
                "Strict-Transport-Security", f"{location.where} sets other headers than the rest of the server"
            )
    return value


def _header(statements: Sequence[Statement]) -> str | Unknown | None:
    for item in statements:
        if item.args[:1] == ("Strict-Transport-Security",):
            return (
                Unknown(item.args[0], f"its value at {item.where} was not sent")
                if WITHHELD in item.args
                else item.args[1]
            )
    return None
