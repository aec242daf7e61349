"""Tests of the pytest front."""
