"""Servers of what no server of Debian's has any more, or has yet, as programs of their own."""

CONF, PID_FILE = "/etc/odd.conf", "/run/odd.pid"
WEB_PORT, MAIL_PORT = 8443, 587
KEEPS_PLAINTEXT = "keeps-plaintext"
