"""Makes Debian 12 systems that have nothing but their base, and runs commands in them."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from common import ROOT, run, say

FOLDER = ROOT / ".build-bare"
BASE = FOLDER / "debian12"
# What a package manager leaves of its own work, and what other packages make while they are configured.
OWN_WORK = re.compile(r"^/(proc|dev|sys|run|tmp|root|var/(cache|log|lib/(apt|dpkg|systemd)|tmp)|etc/(passwd|group|shadow|gshadow|subuid|subgid)-)(/|$)")


def enter_own_mounts():
    """Goes on in a mount namespace, so that no mount outlives this process."""
    if os.environ.get("PACKAGING_TEST_MOUNTS") != "own":
        os.environ["PACKAGING_TEST_MOUNTS"] = "own"
        os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", sys.executable, *sys.argv])


def make_base():
    """Fetches what every system here is a copy of, once."""
    if not (BASE / ".complete").is_file():
        say("debootstrap: a bare Debian 12")
        shutil.rmtree(BASE, ignore_errors=True)
        FOLDER.mkdir(exist_ok=True)
        run("debootstrap", "--variant=minbase", "bookworm", BASE)
        (BASE / ".complete").touch()


class BareSystem:
    """A copy of the bare system, which goes when its block ends."""

    def __init__(self, name):
        self.root = FOLDER / name

    def __enter__(self):
        make_base()
        self._remove()
        run("cp", "--archive", "--reflink=auto", BASE, self.root)
        for folder in ("proc", "dev"):
            run("mount", "--rbind", f"/{folder}", self.root / folder)
        # The way to the mirror is the machine's.
        shutil.copy("/etc/resolv.conf", self.root / "etc/resolv.conf")
        for file in Path("/etc/apt/apt.conf.d").glob("*"):
            if "proxy" in file.read_text(errors="replace").lower():
                shutil.copy(file, self.root / "etc/apt/apt.conf.d")
        # Nothing is started in there.
        policy = self.root / "usr/sbin/policy-rc.d"
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
        return self

    def __exit__(self, *_):
        self._remove()

    def _remove(self):
        for folder in ("proc", "dev"):
            subprocess.run(["umount", "--recursive", "--lazy", self.root / folder], capture_output=True, check=False)
        shutil.rmtree(self.root, ignore_errors=True)

    def run(self, *command, **environment):
        """Runs a command in there with an environment of its own."""
        return run(*self.command(*command, **environment))

    def command(self, *command, **environment):
        """What runs a command in there."""
        settings = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8", **environment}
        settings |= {name: os.environ[name] for name in ("http_proxy", "https_proxy", "no_proxy") if name in os.environ}
        return ["chroot", self.root, "env", "-i", *(f"{name}={value}" for name, value in settings.items()), *command]

    def install(self, *packages):
        self.run("apt-get", "update", "-qq")
        self.run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages, DEBIAN_FRONTEND="noninteractive")

    def script(self, name, *command, **environment):
        """An executable of this machine that runs a program in there."""
        file = FOLDER / f"{self.root.name}-{name}"
        words = " ".join(f"'{word}'" for word in self.command(*command, **environment))
        file.write_text(
            '#!/bin/sh\n# Settings of the relay are handed on; the rest of the environment stays outside.\n'
            f"exec {words.replace(chr(39) + command[0] + chr(39), '$(env | grep ^AVATAR_RELAY_) ' + command[0])} \"$@\"\n")
        file.chmod(0o755)
        return file

    def files(self):
        """The paths of everything that packages and their scripts have made."""
        found = set()
        for folder, folders, names in os.walk(self.root):
            inside = "/" + os.path.relpath(folder, self.root) if folder != str(self.root) else ""
            folders[:] = [name for name in folders if not OWN_WORK.match(f"{inside}/{name}") and name != "__pycache__"]
            found |= {f"{inside}/{name}" for name in folders + names if not OWN_WORK.match(f"{inside}/{name}")}
        return found

    def users(self):
        return {
            line.split(":")[0] for name in ("passwd", "group") for line in (self.root / "etc" / name).read_text().splitlines()}


def conversation(mock, relay, web):
    """The README's page is opened in a browser, and its face speaks: relay and mock are programs of a bare system."""
    environment = os.environ | {
        "AVATAR_MOCK_PROGRAM": str(mock), "RELAY_PROGRAM": str(relay), "AVATAR_RELAY_WEB_ROOT": web,
        "PYTHONPATH": str(ROOT / "kits/python"), "PYTHONDONTWRITEBYTECODE": "1",
    }
    run(
        ROOT / ".build-venv/bin/python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "avatar_relay_mock.pytest_plugin",
        cwd=ROOT / "examples/playwright", env=environment)
