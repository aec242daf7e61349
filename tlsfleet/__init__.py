"""tlsfleet audits the TLS of a fleet of servers, from the inside and from the wire."""

__version__ = "0.1.0"
