"""From ``--hosts`` and an inventory to targets, by ansible-core; and every way in which it can fail."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tlsfleet.inventory import InventoryError, Target, resolve

ROOT = Path(__file__).parent.parent.parent
FLEET = """\
[web]
web1 ansible_host=192.0.2.1 ansible_become=false
web2:2222 tls_endpoints=443,8443
web3 tls_names="{{ inventory_hostname }}.example.org" ansible_password=hunter2

[mail]
mail[1:2] tls_parameters='{"renewal_days": 14}'

[db]
db1 tls_endpoints=443

[production:children]
web
mail

[retired]
"""
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes inventory.ini (or another file) in a folder of its own, which is the working folder."""
    monkeypatch.chdir(tmp_path)

    def _write(text: str, name: str = "inventory.ini") -> Path:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return _write


@pytest.fixture
def fleet(write: Write) -> Path:
    return write(FLEET)


def names(hosts: str | None, inventory: Path) -> list[str]:
    return [target.name for target in resolve(hosts, inventory).targets]


def message(hosts: str | None, inventory: Path) -> str:
    """The one line of the error that this selection is."""
    with pytest.raises(InventoryError) as caught:
        resolve(hosts, inventory)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500
    return str(caught.value)


def only(inventory: Path) -> Target:
    (target,) = resolve(None, inventory).targets
    return target


@pytest.mark.parametrize(
    ("hosts", "chosen"),
    [
        ("web1", ["web1"]),
        ("web", ["web1", "web2", "web3"]),
        ("web:!web3", ["web1", "web2"]),
        ("web,!web3", ["web1", "web2"]),
        ("web:!web3,db", ["web1", "web2", "db1"]),
        ("mail*", ["mail1", "mail2"]),
        ("web,db", ["web1", "web2", "web3", "db1"]),
        ("production:&mail", ["mail1", "mail2"]),
        ("~(web|db)1", ["web1", "db1"]),
        ("web[0:1]", ["web1", "web2"]),
        ("web1,web1, web", ["web1", "web2", "web3"]),
        ("all:!production", ["db1"]),
        ("web1,ssh://root@x:22,local://", ["web1", "ssh://root@x:22", "local://"]),
        ("tls://x.org:443,tls://x.org:443", ["tls://x.org:443"]),
    ],
)
def test_selection(fleet: Path, hosts: str, chosen: list[str]) -> None:
    assert names(hosts, fleet) == chosen


@pytest.mark.parametrize("hosts", [None, "all", "*", "web,mail,db", "production,db,ssh://x"])
def test_the_whole_inventory_is_known_as_such(fleet: Path, hosts: str | None) -> None:
    selection = resolve(hosts, fleet)
    assert selection.whole_inventory
    assert selection.inventory_names == ("web1", "web2", "web3", "mail1", "mail2", "db1")


@pytest.mark.parametrize("hosts", ["web", "ssh://x"])
def test_a_part_of_it_is_not_the_whole(fleet: Path, hosts: str) -> None:
    assert not resolve(hosts, fleet).whole_inventory


def test_specs_alone_need_no_inventory() -> None:
    assert names("local://", Path("there/is/none.ini")) == ["local://"]


def test_an_empty_inventory_has_nothing_to_audit(write: Write) -> None:
    selection = resolve(None, write("# nobody yet\n"))
    assert (selection.targets, selection.whole_inventory) == ((), True)


@pytest.mark.parametrize(
    ("hosts", "says"),
    [
        ("wbe1", "no host or group 'wbe1' in inventory.ini; did you mean 'web1'?"),
        ("web,wbe1", "no host or group 'wbe1'"),
        ("web:!wbe1", "no host or group 'wbe1'"),
        ("zzzzzzzz", "(one that it lacks is written ssh://zzzzzzzz)"),
        ("localhost", "no host or group 'localhost'"),
        ("127.0.0.1", "no host or group '127.0.0.1'"),
        ("ungrouped", "the group 'ungrouped' of inventory.ini has no hosts"),
        ("retired", "the group 'retired' of inventory.ini has no hosts"),
        ("proxy*", "the pattern 'proxy*' matches no host of inventory.ini"),
        ("web,~^x", "the pattern '~^x' matches no host"),
        ("web:!web", "'web:!web' leaves no host of inventory.ini"),
        ("web[9]", "No hosts matched the subscripted pattern 'web[9]'"),
        ("~(", "Invalid host list pattern: ~("),
        ("~[", "the pattern '~[' is malformed"),
        ("web[0", "the pattern 'web[0' is malformed"),
        ("", "names nothing"),
        (" , ", "names nothing"),
        ("web,paramiko://x", "checks no host keys"),
    ],
)
def test_what_names_nothing_is_one_line(fleet: Path, hosts: str, says: str) -> None:
    assert message(hosts, fleet).startswith("--hosts: ")
    assert says in message(hosts, fleet)


def test_connection_variables_reach_the_target(fleet: Path) -> None:
    web1, web2, web3 = resolve("web", fleet).targets
    assert (web1.connection.host, web1.connection.become) == ("192.0.2.1", False)
    assert (web2.connection.port, web2.endpoints) == (2222, ("443", "8443"))
    assert (web3.names, web3.connection.ignored) == (("web3.example.org",), ("ansible_password",))
    assert "hunter2" not in repr((web1, web2, web3))


def test_values_are_plain_and_placed(fleet: Path) -> None:
    (mail1,) = resolve("mail1", fleet).targets
    assert mail1.parameters == {"renewal_days": 14}
    assert {type(mail1.parameters), *map(type, mail1.variables.values()), type(mail1.name)} == {dict, str}
    assert mail1.places == {"tls_parameters": "inventory.ini:7"}


def test_group_and_host_variables_beside_the_inventory(fleet: Path, write: Write) -> None:
    write("tls_policy: notes-2014\nansible_user: audit\n", "group_vars/web.yml")
    write("tls_policy: notes\n", "host_vars/web2.yml")
    web1, web2 = resolve("web1,web2", fleet).targets
    assert (web1.policy, web1.connection.user, web2.policy) == ("notes-2014", "audit", "notes")
    assert web1.places["tls_policy"] == "group_vars/web.yml:1"


def test_a_folder_and_a_script_are_inventories(write: Write) -> None:
    write("[web]\nweb1\n", "fleet/static.ini")
    script = write('#!/bin/sh\necho \'{"db": {"hosts": ["db1"], "vars": {"tls_policy": "x"}}}\'\n', "fleet/dynamic.sh")
    script.chmod(0o755)
    selection = resolve(None, Path("fleet"))
    assert sorted((target.name, target.policy) for target in selection.targets) == [("db1", "x"), ("web1", None)]


def test_yaml(write: Write) -> None:
    path = write(
        "web:\n  hosts:\n    web1:\n      tls_endpoints: [443, 25/smtp]\n      ansible_become: no\n", "hosts.yml"
    )
    assert only(path).endpoints == ("443", "25/smtp")
    assert not only(path).connection.become


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("inventory.ini", "[web\nweb1\n", "inventory.ini:1: cannot be read as an inventory: a line is neither"),
        (
            "inventory.ini",
            "[web]\nweb1\nweb2 port 22\n",
            "inventory.ini:3: cannot be read as an inventory: Expected key=value",
        ),
        ("inventory.ini", '[web]\nweb1 a="b\n', "inventory.ini:2: cannot be read as an inventory: Error parsing host"),
        (
            "inventory.ini",
            "web1\n[web:vars]\nx\n",
            "inventory.ini:3: cannot be read as an inventory: Expected key=value",
        ),
        ("inventory.ini", "a\n[web:children]\nnope\n", "inventory.ini:3: cannot be read as an inventory: Section"),
        ("inventory.ini", "[web:hots]\nweb1\n", "inventory.ini:1: cannot be read as an inventory: Section [web:hots]"),
        (
            "hosts.yml",
            "web:\n  hosts:\n    web1: {\n",
            "hosts.yml:4: cannot be read as an inventory: YAML parsing failed",
        ),
        ("hosts.yml", "web:\n  hosts:\n  - web1\n", 'hosts.yml: cannot be read as an inventory: Invalid "hosts" entry'),
        (
            "hosts.yml",
            "web1\nweb2\n",
            "hosts.yml: cannot be read as an inventory: YAML inventory has invalid structure",
        ),
        (
            "hosts.yml",
            "web:\n  hosts:\n    a: {}\n    a: {}\n",
            "hosts.yml:4: cannot be read as an inventory: YAML parsing failed",
        ),
        ("script", "#!/bin/sh\nexit3\n", "script: no inventory could be read from it (a script must be executable)"),
        ("inventory.ini", "a\x00b\n", "inventory.ini: the host name 'a\\x00b' holds characters that cannot be shown"),
        ("inventory.ini", "fleet\n", "inventory.ini: a host cannot be called 'fleet'"),
        (
            "inventory.ini",
            "a tls_name=x\n",
            "inventory.ini:1: a: tls_name: unknown variable; did you mean 'tls_names'?",
        ),
        ("inventory.ini", "a tls_policy={{nope}}\n", "inventory.ini:1: a: tls_policy: 'nope' is undefined"),
        ("inventory.ini", "a tls_policy={{\n", "inventory.ini:1: a: tls_policy: "),
        ("inventory.ini", "a ansible_port=x\n", "inventory.ini:1: a: ansible_port: a port"),
    ],
)
def test_a_broken_inventory_names_file_and_line(write: Write, name: str, text: str, says: str) -> None:
    assert message(None, write(text, name)).startswith(says)


def test_a_missing_inventory_is_one_line() -> None:
    assert message(None, Path("none.ini")) == "none.ini: there is no such inventory: name one with --inventory FILE"


def test_one_broken_file_in_a_folder_is_an_error(write: Write) -> None:
    write("web1\n", "fleet/a.ini")
    write("web2 what\n", "fleet/b.ini")
    assert message(None, Path("fleet")).startswith("fleet/b.ini:1: ")


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    assert "no inventory could be read from it" in message(None, tmp_path)


def test_a_failing_script_is_an_error(write: Write) -> None:
    script = write("#!/bin/sh\nexit 3\n", "script")
    script.chmod(0o755)
    assert "exit code 3" in message(None, script)


def test_no_part_of_a_broken_line_is_shown(write: Write) -> None:
    for text in (
        "a ansible_password=my hunter2\n",
        "a ansible_password='hunter2\n",
        "[all:vars]\nansible_password hunter2\n",
    ):
        assert "hunter2" not in message(None, write(text))


def test_a_vault_is_opened_by_ansibles_own_setting_only(
    fleet: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("tls_policy: notes\n", "group_vars/all/vault.yml")
    write("sesame\n", "password")
    encrypt = ["ansible-vault", "encrypt", "--vault-password-file", "password", "group_vars/all/vault.yml"]
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    subprocess.run(encrypt, check=True, capture_output=True, env=environment)
    assert "ANSIBLE_VAULT_PASSWORD_FILE" in message("db1", fleet)
    read = "from tlsfleet.inventory import *; print(resolve('db1', Path('inventory.ini')).targets[0].policy)"
    code = f"import sys; from pathlib import Path; sys.path.insert(0, {str(ROOT)!r}); {read}"
    environment["ANSIBLE_VAULT_PASSWORD_FILE"] = "password"
    shown = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, env=environment, text=True)
    assert (shown.stdout, shown.stderr) == ("notes\n", "")


def test_ansible_prints_nothing_and_leaves_the_environment(fleet: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = dict(os.environ)
    message("web,proxy*", fleet)
    message(None, fleet.with_name("none.ini"))
    resolve("web", fleet)
    assert capfd.readouterr() == ("", "")
    assert dict(os.environ) == before


@pytest.mark.parametrize(
    "environment",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0"},
        {"LC_ALL": "de_DE@euro"},
        {"HOME": "/proc/none"},
        {"COLUMNS": "0", "TERM": ""},
    ],
    ids=",".join,
)
def test_an_odd_environment_does_no_harm(fleet: Path, environment: dict[str, str]) -> None:
    code = "from tlsfleet.inventory import *; print(len(resolve('web', Path('inventory.ini')).targets))"
    shown = subprocess.run(
        [
            sys.executable,
            "-W",
            "error",
            "-c",
            f"import sys; from pathlib import Path; sys.path.insert(0, {str(ROOT)!r}); {code}",
        ],
        check=False,
        capture_output=True,
        env={"PATH": os.environ["PATH"], **environment},
        text=True,
    )
    assert (shown.returncode, shown.stdout, shown.stderr) == (0, "3\n", "")


def test_a_broken_ansible_cfg_is_one_line(fleet: Path, write: Write) -> None:
    write("[defaults\n", "ansible.cfg")
    code = "from tlsfleet.inventory import *; resolve('web', Path('inventory.ini'))"
    shown = subprocess.run(
        [sys.executable, "-c", f"import sys; from pathlib import Path; sys.path.insert(0, {str(ROOT)!r}); {code}"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert "InventoryError: inventory.ini: Error reading config file" in shown.stderr.splitlines()[-1]


def test_the_shipped_inventory_is_this_machine_alone() -> None:
    target = only(ROOT / "inventory.ini")
    assert (target.name, target.connection.kind) == ("localhost", "local")


def test_the_shipped_examples_work_when_uncommented(write: Write) -> None:
    shipped = (ROOT / "inventory.ini").read_text(encoding="utf-8").splitlines()
    examples = [line.removeprefix("#").strip() for line in shipped[shipped.index("# [web]") :]]
    targets = {target.name: target for target in resolve(None, write("\n".join(examples))).targets}
    assert list(targets) == [
        *("web1.example.org", "web2.example.org", "web3", "mail1.example.org", "mail2.example.org", "cdn.example.org"),
    ]
    assert targets["web2.example.org"].connection.become
    assert targets["web3"].names == ("www.example.org", "example.org")
    assert targets["web3"].parameters == {"renewal_days": 14}
    assert targets["web3"].connection.common_args == "-J jump.example.org"
    assert targets["mail2.example.org"].endpoints == ("25/smtp", "465", "587/smtp", "143/imap", "993")
    assert targets["cdn.example.org"].connection.kind == "none"
