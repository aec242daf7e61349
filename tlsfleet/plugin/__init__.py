"""The pytest front: options, markers and fixtures. `auditing` has what a run that audits does."""

import shlex
import traceback
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest

from tlsfleet import inside
from tlsfleet.check import Check, Vantage, load_checks
from tlsfleet.plan import PlanError, near
from tlsfleet.plugin.auditing import KEY, Auditing
from tlsfleet.report.outcome import Judged
from tlsfleet.request import Request, plan_of
from tlsfleet.verdict import Level

AUDITS = "tests_hosts"
JOBS = 32
TESTINFRA = ("ssh_config", "ssh_identity_file", "ssh_extra_args", "sudo", "sudo_user")
MARKERS = {
    Level.MUST: "a rule that fails the run where it is violated",
    Level.SHOULD: "a rule that warns where it is violated, and fails under --strict",
    Level.MAY: "a recommendation, which never fails",
    Vantage.INSIDE: "judged by what the host itself shows",
    Vantage.WIRE: "judged by what the host answers on the wire",
    Vantage.BOTH: "judged from the inside and on the wire",
    Vantage.FLEET: "judged over all hosts of the run",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add to testinfra's options, and pytest's, what an audit takes."""
    group = parser.getgroup("tlsfleet", "audits of hosts (--hosts chooses them; --strict fails a violated SHOULD, too)")
    group.addoption("--inventory", metavar="FILE", help="the fleet, in Ansible's format (default: inventory.ini)")
    group.addoption(
        "--policy",
        metavar="NAME|FILE",
        help="judge all hosts by this one (default: the inventory's tls_policy, else notes)",
    )
    group.addoption("--waivers", metavar="FILE", help="the accepted violations (default: waivers.toml)")
    group.addoption(
        "--replay",
        metavar="RUN",
        help="judge a saved run again, offline: latest, its name below DIR, or its folder",
    )
    group.addoption(
        "--reports", metavar="DIR", default="reports", help="each run leaves a folder there (default: reports)"
    )
    group.addoption(
        "--cross-check",
        action="store_true",
        help="have sslyze scan every endpoint too, and list where it says otherwise (some 600 connections each)",
    )
    group.addoption("--jobs", metavar="N", default=str(JOBS), help=f"hosts asked at a time (default: {JOBS})")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Resolve what is asked for: bad input ends the run here, before anything is written."""
    if config.option.help:
        return
    checks = _checks()
    for area in dict.fromkeys(check.area for check in checks):
        config.addinivalue_line("markers", f"{area}: rules of {area}")
    for marker, meaning in MARKERS.items():
        config.addinivalue_line("markers", f"{marker}: {meaning}")
    if not config.option.markers and _is_audit(config):
        _refuse_workers(config)
        if getattr(config.option, "force_ansible", False):
            raise pytest.UsageError("--force-ansible: hosts are asked by ssh, as the inventory says: leave it out")
        _refuse_unheld(config, checks)
        config.stash[KEY] = _auditing(config, checks)
        config.pluginmanager.register(config.stash[KEY], "tlsfleet-auditing")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the audits out of a run that is not of them: the self-tests need no inventory."""
    is_audit = collection_path.is_relative_to(config.rootpath / AUDITS)
    return True if is_audit and KEY not in config.stash else None


@pytest.fixture
def verdict(request: pytest.FixtureRequest) -> Judged:
    """The verdict of one check on one host. Unknown at MUST or SHOULD is an error here, not applicable a skip."""
    auditing = request.config.stash[KEY]
    judged = auditing.judged(request.param)
    if judged is None:
        pytest.fail("no verdict was reached", pytrace=False)
    request.node.user_properties.extend(judged.properties())
    judged.prepare()
    return judged


@pytest.fixture(scope="module")
def host(request: pytest.FixtureRequest) -> Any:
    """testinfra's host, for tests of your own in tests_hosts/: on each selected host, with its host key checked."""
    auditing = request.config.stash.get(KEY, None)
    if auditing is None:
        pytest.fail(f"the fixture host is for tests in {AUDITS}/", pytrace=False)
    if request.param is None:
        pytest.skip("a replay connects to no host")
    if request.param.connection.kind == "none":
        pytest.skip("the inventory gives no shell on this host")
    return inside.testinfra_host(request.param, auditing.request.connection)


def _jobs(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text[:6]) <= 1000:
        raise pytest.UsageError(f"--jobs: a number from 1 to 1000 is needed, not {text!r}")
    return int(text)


def _checks() -> tuple[Check, ...]:
    try:
        return load_checks()
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a user's own check, say where
        last = error if isinstance(error, SyntaxError) else traceback.extract_tb(error.__traceback__)[-1]
        place = f"{last.filename}:{last.lineno}"
        raise pytest.UsageError(f"{place}: the checks cannot be loaded: {type(error).__name__}: {error}") from None


def _is_audit(config: pytest.Config) -> bool:
    """Whether the run is a bare ``pytest``, or has an argument inside the folder of the audits."""
    folder = config.rootpath / AUDITS
    start = config.invocation_params.dir
    if config.args_source is pytest.Config.ArgsSource.INVOCATION_DIR and start == config.rootpath:
        return True
    paths = (Path(start, argument.partition("[")[0].partition("::")[0]).resolve() for argument in config.args)
    return any(path.is_relative_to(folder.resolve()) for path in paths)


def _refuse_workers(config: pytest.Config) -> None:
    if hasattr(config, "workerinput") or any(config.getoption(name, None) for name in ("numprocesses", "tx")):
        raise pytest.UsageError("-n: audits ask many hosts at a time by themselves: leave it out, and set --jobs N")


def _refuse_unheld(config: pytest.Config, checks: Collection[Check]) -> None:
    """An area without a module of audits would be judged by nobody, and nobody would see it."""
    for area in dict.fromkeys(check.area for check in checks):
        module = Path(AUDITS, f"test_{area.replace('-', '_')}.py")
        if not (config.rootpath / module).is_file():
            raise pytest.UsageError(
                f"{module}: is missing: no rule of {area} would be judged; write it as its neighbours"
            )


def _auditing(config: pytest.Config, checks: Collection[Check]) -> Auditing:
    request = _request(config)
    try:
        plan, targets = plan_of(request, checks)
    except PlanError as error:
        raise pytest.UsageError(str(error)) from None
    if not plan.hosts:
        pytest.exit(f"{request.inventory} names no host: there is nothing to audit", pytest.ExitCode.NO_TESTS_COLLECTED)
    return Auditing(config, plan, targets, request)


def _request(config: pytest.Config) -> Request:
    option = config.option
    testinfra = {name: value for name in TESTINFRA if (value := getattr(option, name, None)) is not None}
    chosen = [f"{flag} {shlex.quote(text)}" for flag, text in (("-m", option.markexpr), ("-k", option.keyword)) if text]
    return Request(
        root=config.rootpath,
        reports=near(config.rootpath, option.reports),
        hosts=getattr(option, "hosts", None),
        inventory=option.inventory or getattr(option, "ansible_inventory", None) or "inventory.ini",
        policy=option.policy,
        waivers=option.waivers,
        replay=option.replay,
        jobs=_jobs(option.jobs),
        cross_check=option.cross_check,
        chosen=" ".join(chosen),
        backend=getattr(option, "connection", None),
        connection=inside.Options(**testinfra),
    )
