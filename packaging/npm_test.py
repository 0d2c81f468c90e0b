"""The npm packages: installed in a project, the kit's tests and the example passed with them on Debian's Node, removed."""

import os
import shutil

import deb_test
from bare import BareSystem, conversation
from common import DIST, ROOT, VERSION, run


def test():
    with BareSystem("npm") as system, deb_test.installed("npm-relay") as other:
        system.install("nodejs", "ca-certificates")
        project = system.root / "tmp/project"
        shutil.copytree(ROOT / "examples/node-test", project)
        # npm itself is this machine's: it unpacks, and nothing of it is used afterwards.
        quiet = {"npm_config_offline": "true", "npm_config_cache": str(system.root / "tmp/cache"), "npm_config_audit": "false"}
        for package in ("avatar-relay-mock", "avatar-relay"):
            run("npm", "install", "--silent", "--no-save", DIST / f"{package}-{VERSION}.tgz", cwd=project, env={**os.environ, **quiet})
        modules = project / "node_modules"
        assert system.run("/tmp/project/node_modules/.bin/mock-provider", "--version").strip() == VERSION
        assert system.run("sh", "-c", "cd /tmp/project && node --input-type=module -e 'import(\"avatar-relay/signaling\").then(m => console.log(Object.keys(m).length > 0))'").strip() == "true"
        counts = [_count(system.run("sh", "-c", "cd /tmp/project && node --test"))]
        # The kit's tests import the kit by their neighbour's name: here that is the installed package.
        shutil.copytree(ROOT / "kits/node/tests", modules / "avatar-relay-mock/tests")
        counts.append(_count(system.run("sh", "-c", "cd /tmp/project/node_modules/avatar-relay-mock && node --test tests/")))
        conversation(
            system.script("mock", "/tmp/project/node_modules/avatar-relay-mock/bin/mock-provider"), other.script("relay", "avatar-relay"),
            "/usr/share/avatar-relay/web")
        shutil.rmtree(modules / "avatar-relay-mock/tests")
        run("npm", "uninstall", "--silent", "--no-save", "avatar-relay-mock", "avatar-relay", cwd=project, env={**os.environ, **quiet})
        left = [path for path in modules.rglob("*") if "avatar" in path.name or "mock-provider" in path.name] if modules.exists() else []
        assert not left, left
    return f"example {counts[0]} and kit {counts[1]} tests passed, the page's face spoke, removed"


def _count(report):
    numbers = dict(line[2:].split() for line in report.splitlines() if line.startswith(("# pass", "# fail")))
    assert int(numbers["pass"]) > 0 and numbers["fail"] == "0", report
    return numbers["pass"]
