"""What is said before TLS begins, protocol by protocol."""

from collections.abc import Mapping

from tlsfleet.wire.starttls.dialogue import Starttls
from tlsfleet.wire.starttls.imap import IMAP
from tlsfleet.wire.starttls.pop3 import POP3
from tlsfleet.wire.starttls.smtp import LMTP, SMTP

PROTOCOLS: Mapping[str, Starttls] = {"smtp": SMTP, "lmtp": LMTP, "imap": IMAP, "pop3": POP3}
