"""The wire: what servers answer to hellos of our own; the only place with sockets."""
