"""Servers to try the wire engine on, each with what it truly supports."""
