"""One command over a real ssh: login shells, host keys, what fails and how that is told."""

import os
import shlex
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.inside.packed import policy
from tests.inside.sshd import OPTIONS, Server, serving
from tlsfleet.evidence import Evidence
from tlsfleet.inside import Options, collect
from tlsfleet.inside.connecting import _backend
from tlsfleet.inventory import Connection, Target

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="sshd is started in a namespace: that needs root")
SHELLS = [shell for name in ("dash", "bash", "mksh", "tcsh", "fish", "zsh") if (shell := shutil.which(name))]
LOOSE = (
    *("-o StrictHostKeyChecking=no", "-oStrictHostKeyChecking=off", "-o 'StrictHostKeyChecking accept-new'"),
    *("-o BatchMode=no", "-A -X -Y -t -tt", "-o ForwardAgent=yes -o ForwardX11=yes", "-S /tmp/master -M"),
    *(
        "-o ControlPath=/tmp/master -o ControlMaster=auto",
        "-o NoHostAuthenticationForLocalhost=yes",
        "-o RequestTTY=force",
    ),
    *("-L 8080:127.0.0.1:80", "-o PermitLocalCommand=yes -o LocalCommand=true", "-o VerifyHostKeyDNS=yes"),
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("sshd")) as server:
        yield server


def asked(target: Target, tmp_path: Path) -> Evidence:
    return collect(target, OPTIONS, policy(tmp_path))


def failure(target: Target, tmp_path: Path) -> str:
    found = asked(target, tmp_path)
    assert found.frames == ()
    assert found.failure is not None
    assert found.failure.isprintable()
    assert len(found.failure) < 600
    return found.failure


@pytest.mark.parametrize("shell", SHELLS, ids=lambda path: Path(path).name)
def test_every_login_shell_hands_the_line_on(shell: str, tmp_path: Path) -> None:
    with serving(tmp_path, shell) as server:
        found = asked(server.target(), tmp_path)
    assert found.failure is None
    assert [found.frames[at].kind for at in (0, -1)] == ["begin", "end"]


@pytest.mark.parametrize("shell", SHELLS, ids=lambda path: Path(path).name)
def test_without_sudo_that_is_said_whatever_the_shell(shell: str, tmp_path: Path) -> None:
    if shutil.which("sudo"):
        pytest.skip("sudo is installed")
    with serving(tmp_path, shell) as server:
        assert failure(server.target(become=True), tmp_path) == "sudo is not installed"


def test_banners_and_noise_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "banner").write_text("Authorised use only\n\x1b[2J")
    force = "printf 'Welcome \\033[31m\\n'; eval \"$SSH_ORIGINAL_COMMAND\"; echo bye"
    settings = f"Banner {tmp_path}/banner\nForceCommand {force}\n"
    with serving(tmp_path, "/bin/sh", settings) as server:
        found = asked(server.target(), tmp_path)
    assert found.failure is None
    assert found.frames[-1].kind == "end"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("exit 7", "no answer from its shell (exit status 7)"),
        ("exit 255", "no answer from its shell (exit status 255)"),
        ("echo This account is closed. >&2; exit 1", "(exit status 1): This account is closed."),
        (r"printf '\033]0;x\007\377\376\342\200\256 no\n' >&2; exit 1", r"\x1b]0;x\x07"),
        ("yes x | head -c 200000 | tr -d '\\n' >&2; exit 1", "xxxx"),
        ('eval "$SSH_ORIGINAL_COMMAND" | head -c 3000', "its answer broke off"),
        ('eval "$SSH_ORIGINAL_COMMAND" | sed "5s/ [^ ]* .$//"', "its answer came over damaged"),
    ],
    ids=["7", "255", "words", "escapes", "long", "cut", "damaged"],
)
def test_a_shell_that_does_not_answer_is_told(tmp_path: Path, command: str, said: str) -> None:
    (tmp_path / "force").write_text(command)
    with serving(tmp_path, "/bin/sh", f"ForceCommand . {tmp_path}/force\n") as server:
        assert said in failure(server.target(), tmp_path)


def test_a_login_without_a_shell_is_told(tmp_path: Path) -> None:
    with serving(tmp_path, "/usr/sbin/nologin") as server:
        assert failure(server.target(), tmp_path) == "the user's login shell lets nobody in (nologin)"


def test_the_host_key_must_be_known(server: Server, tmp_path: Path) -> None:
    server.known("")
    for loose in LOOSE:
        assert failure(server.target(loose), tmp_path).startswith("the host's key is not known: connect once"), loose
    server.known("other")
    assert failure(server.target("-o StrictHostKeyChecking=no"), tmp_path).startswith("the host's key is not the one")
    server.known("host")
    assert asked(server.target("-o StrictHostKeyChecking=no"), tmp_path).failure is None


@pytest.mark.parametrize("loose", LOOSE)
def test_nothing_given_weakens_the_connection(loose: str, tmp_path: Path) -> None:
    config = tmp_path / "config"
    rows = ("StrictHostKeyChecking no", "BatchMode no", "ForwardAgent yes", "ControlPath /tmp/%C", "RequestTTY yes")
    config.write_text("\n".join(("Host *", *rows, "")))
    target = Target("web", Connection("ssh", "web.example.org", common_args=loose, extra_args=loose))
    options = replace(OPTIONS, ssh_config=str(config), ssh_extra_args=loose)
    wanted = {
        *("stricthostkeychecking true", "batchmode yes", "forwardagent no", "forwardx11 no", "requesttty false"),
        *("nohostauthenticationforlocalhost no", "verifyhostkeydns false", "permitlocalcommand no"),
        *("clearallforwardings yes", "updatehostkeys false", "connectionattempts 1"),
    }
    effective = settings_of(target, options)
    assert wanted - effective == set()
    assert not [row for row in effective if row.startswith("controlpath ") and row != "controlpath none"]


def settings_of(target: Target, options: Options) -> set[str]:
    """ssh's own account (-G) of the settings that it would take."""
    command, arguments = _backend(target, options)._build_ssh_command("true")
    words = shlex.split(" ".join(command) % tuple(map(shlex.quote, arguments)))
    done = subprocess.run([words[0], "-G", *words[1:]], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines())


def test_a_refused_login_is_told(server: Server, tmp_path: Path) -> None:
    assert failure(server.target(key="other"), tmp_path).startswith("the login was refused (no password is asked for")
    ignored = replace(server.target(key="other").connection, ignored=("ansible_password",))
    target = replace(server.target(), connection=ignored)
    assert failure(target, tmp_path).endswith("; ansible_password is not used")


def test_too_many_keys_are_told(tmp_path: Path) -> None:
    with serving(tmp_path, settings="MaxAuthTries 1\n") as server:
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "third"], check=True)
        target = server.target(f"-i {tmp_path}/third -i {tmp_path}/other", key="other")
        assert failure(target, tmp_path).startswith("the login was refused, too many keys tried")


def test_a_closed_port_is_told(server: Server, tmp_path: Path) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        assert failure(server.target(port=held.getsockname()[1]), tmp_path) == "the connection was refused"


@pytest.mark.parametrize("said", [b"", b"HTTP/1.0 400 Bad Request\r\n\r\n", b"\0" * 100_000])
def test_a_port_that_speaks_no_ssh_is_told(server: Server, tmp_path: Path, said: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            client, _ = listener.accept()
            client.sendall(said)
            client.close()

        threading.Thread(target=answer, daemon=True).start()
        assert failure(server.target(port=listener.getsockname()[1]), tmp_path)
