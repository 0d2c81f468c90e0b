"""Packs the npm packages: the mock with its libraries and helpers, and the browser client."""

import json
import os
import shutil

from common import DIST, ROOT, STAGE, VERSION, run
from inventory import NOTICE

KIT = ROOT / "kits/node"


def build_mock(bundle):
    folder = STAGE / "npm-mock"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(bundle[0], folder)
    for path in KIT.iterdir():
        if path.is_file():
            shutil.copy(path, folder)
    shutil.copy(ROOT / "LICENSE", folder)
    shutil.copy(NOTICE, folder / "NOTICE")
    return _pack(folder)


def build_client():
    folder = STAGE / "npm-client"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "web/client", folder / "client")
    for path in (ROOT / "web/package.json", ROOT / "LICENSE"):
        shutil.copy(path, folder)
    return _pack(folder)


def _pack(folder):
    assert json.loads((folder / "package.json").read_text())["version"] == VERSION, f"{folder} has another version"
    quiet = {"npm_config_offline": "true", "npm_config_update_notifier": "false", "npm_config_cache": str(STAGE / "npm-cache")}
    name = run("npm", "pack", "--silent", "--pack-destination", DIST, folder, env={**os.environ, **quiet}).strip().split("\n")[-1]
    return DIST / name
