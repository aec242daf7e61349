"""Lets an option of ours and its path stand apart: ``--inventory FILE`` as well as ``--inventory=FILE``.

Before it has read the conftest, pytest knows none of our options: it takes the FILE for a place to collect, its folder
for the root. So this is loaded by entry point, before the conftest, and starts the run anew with each pair joined.
"""

from collections.abc import Generator, Sequence

import pytest

# This module, and so its package, is there already when the second run begins.
TOLD = "ignore:Module already imported so cannot be rewritten; tlsfleet:pytest.PytestAssertRewriteWarning"
OPTIONS = (
    *("--inventory", "--policy", "--waivers", "--replay", "--reports", "--jobs"),
    *("--hosts", "--ansible-inventory", "--ssh-config", "--ssh-identity-file"),
)


def joined(arguments: Sequence[str]) -> list[str]:
    """The arguments with each of our options and its value as one."""
    found: list[str] = []
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word == "--":
            return [*found, word, *rest]
        found.append(f"{word}={rest.pop(0)}" if word in OPTIONS and rest else word)
    return found


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Run as if the pairs had been joined from the start, if any was not."""
    given = early_config.invocation_params.args
    better = joined(given)
    if better != list(given):
        raise SystemExit(pytest.main(["-W", TOLD, *better]))
    yield
