"""The lab from the command line: python -m lab up|down|list|ssh|exec|demo."""

import argparse
import os
import signal
import sys
from collections.abc import Sequence

from lab.demo import demo
from lab.fleet import named
from lab.lab import Lab, clean
from lab.system import LabError, prepare, put_back, why_not

NAME = "cli"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 1 with one line where it cannot be done, 130 after Ctrl-C."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    options = _parser().parse_args(arguments)
    try:
        if options.do is not _demo and (obstacle := why_not()):
            raise LabError(obstacle)
        return int(options.do(options) or 0)
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lab", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    up = commands.add_parser("up", help="bring hosts up and print the path of their inventory")
    up.add_argument("hosts", nargs="*", metavar="HOST", default=["demo"], help="a host, or demo (the default)")
    up.set_defaults(do=_up)
    commands.add_parser("down", help="take everything down, also what a dead run has left").set_defaults(do=_down)
    commands.add_parser("list", help="list the hosts that are up").set_defaults(do=_list)
    commands.add_parser("demo", help="audit a fleet of sound and faulty hosts").set_defaults(do=_demo)
    ssh = commands.add_parser("ssh", help="open an SSH session on a host, or run a command there")
    ssh.add_argument("host", metavar="HOST")
    ssh.add_argument("words", nargs=argparse.REMAINDER, metavar="CMD")
    ssh.set_defaults(do=_ssh)
    execute = commands.add_parser("exec", help="run a command in the auditor's network namespace")
    execute.add_argument("words", nargs=argparse.REMAINDER, metavar="-- CMD")
    execute.set_defaults(do=_exec)
    return parser


def _up(options: argparse.Namespace) -> None:
    hosts = [host for word in options.hosts for host in named(word)]
    prepare()
    clean()
    try:
        lab = Lab.open(NAME)
        created = False
    except LabError:
        lab, created = Lab.create(NAME), True
    try:
        lab.up(hosts)
    except BaseException:
        if created:
            lab.down()
        raise
    inventory = lab.inventory()
    lab.keep()
    print(inventory)


def _down(_: argparse.Namespace) -> None:
    put_back()
    clean()
    Lab(NAME).down()


def _demo(_: argparse.Namespace) -> int:
    return demo()


def _list(_: argparse.Namespace) -> None:
    for host in Lab.open(NAME).hosts.values():
        print(f"{host.name:24} {host.address:16} {' '.join(host.services)}")


def _ssh(options: argparse.Namespace) -> None:
    _become(Lab.open(NAME).ssh(options.host, *options.words))


def _exec(options: argparse.Namespace) -> None:
    words = options.words[1:] if options.words[:1] == ["--"] else options.words
    if not words:
        raise LabError("exec needs a command: python -m lab exec -- ssh -V")
    _become([*Lab.open(NAME).command(), *words])


def _become(argv: Sequence[str]) -> None:
    sys.stdout.flush()
    os.execvp(argv[0], list(argv))


if __name__ == "__main__":
    sys.exit(main())
