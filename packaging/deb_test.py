"""The Debian package: installed, started as systemd would, spoken with, reloaded, purged without a trace."""

import os
import shlex
import shutil
import signal
import socket
import subprocess
import urllib.request
from contextlib import contextmanager

from bare import BareSystem, conversation
from common import ARCHITECTURE, DIST, VERSION, run

PACKAGE = f"avatar-relay_{VERSION}_{ARCHITECTURE}.deb"


def test():
    with installed("deb") as system:
        for name in ("avatar-relay", "mock-provider"):
            assert system.run(name, "--version").strip() == VERSION
            assert (system.root / f"usr/share/man/man1/{name}.1.gz").is_file()
        assert system.run("stat", "--format=%U %a", "/var/lib/avatar-relay").split() == ["avatar-relay", "700"]
        assert system.run("stat", "--format=%U %a", "/etc/avatar-relay/keys").split() == ["root", "700"]
        taken = system.run("sh", "-c", "mock-provider --media-folder /none 2>&1; echo $?")
        assert taken == "Error: --media-folder /none is no folder that can be read\n1\n", taken
        served = service(system)
        mock, relay = system.script("mock", "mock-provider"), system.script("relay", "avatar-relay")
        conversation(mock, relay, "/usr/share/avatar-relay/web")
        dev(system)
        system.run("apt-get", "purge", "-y", "-qq", "avatar-relay")
        # What apt itself recommends would stay otherwise, though this package brought it: ca-certificates.
        own = [f"APT::AutoRemove::{kind}Important=false" for kind in ("Recommends", "Suggests")]
        system.run("apt-get", "autoremove", "-y", "-qq", "--purge", *(f"-o{setting}" for setting in own))
        left = system.files() - system.files_before
        assert not left, sorted(left)[:20]
        assert system.users() <= system.users_before, system.users() - system.users_before
    return f"installed, {served}, the page's face spoke, purged without a trace"


@contextmanager
def installed(name):
    """A bare system with the package."""
    with BareSystem(name) as system:
        system.files_before, system.users_before = system.files(), system.users()
        shutil.copy(DIST / PACKAGE, system.root / "tmp")
        system.install(f"/tmp/{PACKAGE}")
        yield system


def service(system):
    """Runs the unit's command as its user, with the sockets that systemd would give; no systemd runs in a bare folder."""
    unit = system.root / "lib/systemd/system/avatar-relay.service"
    settings = dict(line.split("=", 1) for line in unit.read_text().splitlines() if "=" in line and line[0] != "#")
    assert settings["Type"] == "notify" and settings["ExecReload"] == "/bin/kill -HUP $MAINPID"
    if shutil.which("systemd-analyze"):
        # The programs are looked for on the machine that verifies, so in a copy they are its own.
        copy = system.root / "tmp/avatar-relay.service"
        copy.write_text(unit.read_text().replace("/usr/bin/avatar-relay", "/bin/true"))
        run("systemd-analyze", "verify", "--man=no", copy)
    state, runtime = system.root / "var/lib/avatar-relay", system.root / "run/avatar-relay"
    runtime.mkdir()
    shutil.chown(runtime, state.stat().st_uid, state.stat().st_gid)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(system.root / "run/notify"))
        os.chmod(system.root / "run/notify", 0o777)
        manager.settimeout(30)
        seconds = int(settings["WatchdogSec"])
        command = system.command(
            "setpriv", f"--reuid={settings['User']}", f"--regid={settings['Group']}", "--clear-groups", "--no-new-privs",
            *shlex.split(settings["ExecStart"]), NOTIFY_SOCKET="/run/notify", WATCHDOG_USEC=str(seconds * 1_000_000 // 30))
        with subprocess.Popen(command, cwd=state, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            def told(wanted):
                while not (notice := manager.recv(4096)).startswith(wanted):
                    assert process.poll() is None, process.stderr.read()
            try:
                told(b"READY=1")
                with urllib.request.urlopen("http://127.0.0.1:8080/console/", timeout=10) as reply:
                    assert b"<!doctype html>" in reply.read().lower()
                assert (state / "ledger.db").is_file()
                told(b"WATCHDOG=1")
                process.send_signal(signal.SIGHUP)
                told(b"RELOADING=1")
                told(b"READY=1")
                sessions = system.run("avatar-relay", "sessions", "--admin-listen", "unix:/run/avatar-relay/admin.sock")
                assert sessions.startswith("SESSION"), sessions
                process.send_signal(signal.SIGTERM)
                told(b"STOPPING=1")
                assert process.wait(20) == 0
            finally:
                if process.poll() is None:
                    process.kill()
    shutil.rmtree(runtime)
    return "the unit's command was ready, watched, reloaded and stopped"


def dev(system):
    """`avatar-relay dev` finds the mock and the web files where the package has put them."""
    with subprocess.Popen(
        system.command("avatar-relay", "dev", "--port", "0"), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        try:
            assert b'"event":"ready"' in process.stdout.readline()
        finally:
            process.terminate()
            assert process.wait(20) == 0
