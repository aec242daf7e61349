"""What is said before TLS begins, protocol by protocol."""

from collections.abc import Mapping

from tlsfleet.wire.starttls.dialogue import Dialogue
from tlsfleet.wire.starttls.ftp import Ftp
from tlsfleet.wire.starttls.imap import Imap
from tlsfleet.wire.starttls.ldap import Ldap
from tlsfleet.wire.starttls.pop3 import Pop3
from tlsfleet.wire.starttls.postgres import Postgres
from tlsfleet.wire.starttls.sieve import Sieve
from tlsfleet.wire.starttls.smtp import Lmtp, Smtp
from tlsfleet.wire.starttls.xmpp import XmppClient, XmppServer

PROTOCOLS: Mapping[str, type[Dialogue]] = {
    "smtp": Smtp,
    "lmtp": Lmtp,
    "imap": Imap,
    "pop3": Pop3,
    "sieve": Sieve,
    "xmpp-client": XmppClient,
    "xmpp-server": XmppServer,
    "ftp": Ftp,
    "ldap": Ldap,
    "postgres": Postgres,
}
