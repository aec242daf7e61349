"""Tests of the collection over one connection."""
