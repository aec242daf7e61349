"""nginx: a corpus of whole configurations, each with the effective settings that it must come to (expected.json)."""

import json
import os
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from tests.services.nginx_host import frames
from tlsfleet.facts import CertificatePair, CipherSuite, ServiceConfig, TlsBlock, TlsSettings, Unknown
from tlsfleet.services.nginx import read

CORPUS = Path(__file__).parent / "corpus" / "nginx"
VERSIONS = {"debian13": ["1.26.3"], "default-server": ["1.22.1", "1.29.2"], "reject": ["1.25.1"], "mozilla": ["1.27.3"]}
CASES = [(path.name, version) for path in sorted(CORPUS.iterdir()) for version in VERSIONS.get(path.name, ["1.22.1"])]


def effective(name: str, version: str, root: Path) -> ServiceConfig:
    """The case's configuration, its /etc put under a folder, as read from there."""
    for source in (CORPUS / name).rglob("*"):
        if source.is_file() and source.suffix != ".json":
            target = root / source.relative_to(CORPUS / name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes().replace(b"/etc/", f"{root}/etc/".encode()))
    found = read(frames(root / "etc/nginx/nginx.conf", version))
    assert isinstance(found, ServiceConfig)
    return found


def plain(value: Any, root: Path) -> Any:
    """Facts as JSON: an unknown as {"unknown": reason}, a certificate pair as a list, a block without its defaults."""
    if isinstance(value, Unknown):
        return {"unknown": plain(value.reason, root)}
    if isinstance(value, CertificatePair):
        return [plain(value.certificate, root), plain(value.key, root)]
    if isinstance(value, CipherSuite):
        return value.name
    if isinstance(value, TlsBlock):
        return {**{name: plain(getattr(value, name), root) for name in BLOCK}, "settings": plain(value.settings, root)}
    if isinstance(value, TlsSettings):
        shown = {field.name: getattr(value, field.name) for field in fields(value)}
        return {name: plain(item, root) for name, item in shown.items() if item not in ((), None)}
    if isinstance(value, tuple | list):
        return [plain(item, root) for item in value]
    if isinstance(value, dict):
        return {name: plain(item, root) for name, item in value.items()}
    return value.replace(str(root), "") if isinstance(value, str) else value


BLOCK = ("protocol", "transport", "addresses", "server_names", "where", "default_for", "origins")


def shown(config: ServiceConfig, root: Path) -> dict[str, Any]:
    return {
        "user": plain(config.user, root),
        "blocks": plain(config.blocks, root),
        "problems": plain(config.problems, root),
        "not_understood": [plain([item.where, item.directive, item.affects], root) for item in config.not_understood],
        "files": plain(config.config_files, root),
    }


@pytest.mark.parametrize(("name", "version"), CASES)
def test_a_configuration_comes_to_its_effective_settings(name: str, version: str, tmp_path: Path) -> None:
    found = shown(effective(name, version, tmp_path), tmp_path)
    golden = CORPUS / name / f"expected-{version}.json"
    if os.environ.get("TLSFLEET_WRITE_GOLDEN"):
        golden.write_text(json.dumps(found, indent=1) + "\n")
    assert found == json.loads(golden.read_text())


@pytest.mark.parametrize("name", [name for name, _ in CASES if name.startswith("broken")])
def test_what_nginx_refuses_is_a_problem(name: str, tmp_path: Path) -> None:
    assert effective(name, "1.22.1", tmp_path).problems


@pytest.mark.parametrize(("name", "version"), [case for case in CASES if not case[0].startswith(("broken", "inline"))])
def test_what_nginx_takes_is_none(name: str, version: str, tmp_path: Path) -> None:
    assert effective(name, version, tmp_path).problems == ()
