"""Starts what a measurement needs, on loopback: mock provider, nginx with TLS, a far network, relays; ends them by their ids."""

import contextlib
import os
import re
import resource
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

READY_SECONDS = 60
# No limit strikes, since all browsers come from one address. Everything else is the relay's default, its ledger too.
UNLIMITED = """--limits-messages-per-second 0 --limits-connections-per-address 20000 --limits-talks-per-minute 0
  --limits-characters-per-minute 0 --limits-opens-per-minute 0 --limits-total-opens-per-minute 0
  --limits-sessions 10000 --limits-sessions-per-subject 10000""".split()

# Defaults of nginx's are left alone where clients see them: 128 streams of a connection at once, 1000 requests of a
# connection, 75 s of silence. Towards the mock there are enough connections that it is never waited for one.
NGINX = """
daemon off;
master_process off;
worker_rlimit_nofile 16384;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log error;
events {{ worker_connections 8192; }}
http {{
  log_format calls '$connection $request_method $uri $status';
  access_log {folder}/calls.log calls;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  ssl_certificate {folder}/localhost.pem;
  ssl_certificate_key {folder}/localhost.key;
  ssl_protocols TLSv1.2 TLSv1.3;
  upstream mock {{ server 127.0.0.1:{mock}; keepalive 2048; keepalive_requests 1000000; keepalive_timeout 60s; }}
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  server {{ listen unix:{sockets}/h2 ssl http2 backlog=4096; location / {{ proxy_pass http://mock; }} }}
  server {{ listen unix:{sockets}/h1 ssl backlog=4096; location / {{ proxy_pass http://mock; }} }}
}}
"""


def certify(folder):
    """Makes an authority that lives two days, and a certificate of it for localhost."""
    new = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2".split()
    for name, more in (
        ("authority", []),
        ("localhost", ["-CA", "authority.pem", "-CAkey", "authority.key", "-addext", "subjectAltName=DNS:localhost",
                       "-addext", "basicConstraints=critical,CA:FALSE"]),
    ):
        command = ["openssl", "req", "-x509", *new, "-subj", f"/CN={name}", *more]
        command += ["-keyout", f"{name}.key", "-out", f"{name}.pem"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)


class Program:
    """A process, told ready by a line on its standard output that has a port in it; `port` is that."""

    def __init__(self, name, command, folder, ready=r"(?:port |127\.0\.0\.1:)(\d+)", **environment):
        self.name, self.log = name, folder / f"{name}.stderr"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=folder, env=own_environment() | environment, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=log)
        self.port = None
        if ready:
            line = self.process.stdout.readline().decode()
            found = re.search(ready, line)
            if not found:
                raise SystemExit(f"{name} did not start: {line}{self.log.read_text(errors='replace')[-2000:]}")
            self.port = int(found[1])

    def seconds(self):
        """CPU time so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self):
        status = self.process.poll()
        if status is not None:
            print(f"{self.name} had ended with {status}: {self.log.read_text(errors='replace')[-2000:]}", file=sys.stderr)
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(15)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


def own_environment():
    """Without settings of the relay's: it refuses what it does not know, and others are not the measurement's."""
    return {name: value for name, value in os.environ.items() if not name.startswith("AVATAR_RELAY_")}


def is_listened_on(path):
    """The file of a socket is there a moment before."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


class Stage:
    """The provider, seen from here through a network with this round trip in milliseconds."""

    def __init__(self, release, build, round_trip):
        self.release, self.build, self.round_trip = Path(release).absolute(), Path(build).absolute(), round_trip
        self.programs = contextlib.ExitStack()
        self.numbers = self.read = 0

    def __enter__(self):
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        # Where the tree is, and not in the system's temporary folder, which may be memory: the ledger is a file.
        self.folder = Path(self.programs.enter_context(tempfile.TemporaryDirectory(prefix="network-", dir=self.build)))
        # A path of a socket has 107 bytes at most.
        self.sockets = Path(self.programs.enter_context(tempfile.TemporaryDirectory(prefix="network-")))
        certify(self.folder)
        self.authority = self.folder / "authority.pem"
        with contextlib.ExitStack() as unless_all_start:
            unless_all_start.push(self.programs)
            self.mock = self._start("mock", [
                self.release / "mock-provider", "--port", "0", "--lenient", "--media", "none", "--max-sessions", "10000",
                "--log-level", "error"])
            self.nginx = self._start_nginx()
            self.networks = {
                protocol: self._start(f"network-{protocol}", [
                    self.build / "delay-proxy", self.sockets / protocol, str(self.round_trip / 2)])
                for protocol in ("h2", "h1")
            }
            unless_all_start.pop_all()
        return self

    def __exit__(self, *exception):
        return self.programs.__exit__(*exception)

    def _start(self, name, command, **options):
        program = Program(name, command, self.folder, **options)
        self.programs.callback(program.end)
        return program

    def _start_nginx(self):
        text = NGINX.format(folder=self.folder, sockets=self.sockets, mock=self.mock.port)
        (self.folder / "nginx.conf").write_text(text)
        command = ["nginx", "-p", self.folder, "-c", self.folder / "nginx.conf", "-e", self.folder / "nginx.log"]
        # It says nothing when it is ready, but its sockets are there before it looks at its configuration's workers.
        nginx = self._start("nginx", command, ready=None)
        for _ in range(READY_SECONDS * 10):
            if all(is_listened_on(self.sockets / protocol) for protocol in ("h2", "h1")):
                return nginx
            with contextlib.suppress(subprocess.TimeoutExpired):
                nginx.process.wait(0.1)
                raise SystemExit(f"nginx did not start: {nginx.log.read_text(errors='replace')}")
        raise SystemExit("nginx did not start in time")

    def url(self, protocol):
        return f"https://localhost:{self.networks[protocol].port}"

    def start_relay(self, protocol):
        """A relay whose providers are there; the caller ends it."""
        self.numbers += 1
        command = [self.release / "avatar-relay", "serve", "--listen-port", "0", *UNLIMITED, "--log-level", "error"]
        command += ["--did-url", self.url(protocol), "--heygen-url", self.url(protocol), "--upstream-ca-file", self.authority]
        command += ["--did-source-url", "https://avatar.example/anna.png"]
        command += ["--ledger", os.environ.get("LEDGER") or f"{self.folder}/ledger-{self.numbers}.db"]
        keys = {"AVATAR_RELAY_DID_KEY": "offline", "AVATAR_RELAY_HEYGEN_KEY": "offline"}
        return Program(f"relay-{self.numbers}", command, self.folder, **keys)

    def calls(self):
        """What nginx answered since it was last asked: connection, method, path and status of each."""
        text = (self.folder / "calls.log").read_text()
        calls = [line.split() for line in text[self.read:].splitlines()]
        self.read = len(text)
        return calls
