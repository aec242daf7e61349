"""Loads the front of the audits; all of it is in tlsfleet.plugin."""

pytest_plugins = ["tlsfleet.plugin"]
