"""Keys of access tokens that are fetched from an issuer's URL, over real TLS."""

import base64
import json
import signal
import ssl
import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from support.relay_program import KEYS, RunningRelay, environment, program
from support.signaling_peer import signaling_peer
from support.tcp_forwarder import certificate
from support.waiting import PATIENCE, until


def openssl(*arguments, data=None):
    return subprocess.run(["openssl", *arguments], input=data, capture_output=True, timeout=PATIENCE, check=True).stdout


class Issuer:
    """Has a key pair, and publishes what it is told to."""

    def __init__(self, folder, name):
        self.name = name
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(openssl("genpkey", "-algorithm", "ed25519"))
        der = openssl("pkey", "-in", str(self.file), "-pubout", "-outform", "DER")
        x = base64.urlsafe_b64encode(der[-32:]).rstrip(b"=").decode()
        self.jwk = {"kty": "OKP", "crv": "Ed25519", "kid": name, "x": x, "use": "sig", "x5t": "AA"}
        self.fingerprint = openssl("dgst", "-sha256", "-r", data=der).split()[0].decode()

    def token(self):
        command = [program(), "token", "--key-file", f"{self.name}={self.file}", "--subject", "alice"]
        made = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=PATIENCE, check=True)
        return made.stdout.strip()


@contextmanager
def published(folder):
    """An https server whose answer is `answer`: a status and a body."""
    certificate(folder, "authority")
    pem, key = certificate(folder, "server", "authority")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            status, body = server.answer
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def key_set(*issuers):
    strange = [{"kty": "RSA", "kid": "of-others", "n": "AQAB", "e": "AQAB"}, {"kty": "AKP", "alg": "ML-DSA-44"}]
    return 200, json.dumps({"keys": [*strange, *(issuer.jwk for issuer in issuers)]}).encode()


def test_keys_of_a_url_are_fetched_and_withdrawn(tmp_path):
    old, new = Issuer(tmp_path, "old"), Issuer(tmp_path, "new")
    with published(tmp_path) as server:
        server.answer = key_set(old)
        settings = [
            "--access-jwks-url", f"https://localhost:{server.server_port}/jwks", "--upstream-ca-file",
            str(tmp_path / "authority.pem"),
        ]
        report = subprocess.run(
            [program(), "check", *settings], env=environment(**KEYS), capture_output=True, text=True, timeout=PATIENCE, check=True)
        assert f"key       old EdDSA public key {old.fingerprint}\n" in report.stdout
        assert "left out  key of-others is an RSA key\n" in report.stdout
        with RunningRelay("serve", "--listen-port", "0", *settings) as relay:

            def authorize(issuer):
                with signaling_peer(relay.signaling) as peer:
                    peer.send("authorize", token=issuer.token())
                    answer = peer.receive()
                    return answer.get("error", {}).get("message")

            assert authorize(old) is None and authorize(new) == "keyUnknown"
            server.answer = key_set(new)
            relay.process.send_signal(signal.SIGHUP)
            until(lambda: relay.log.read_text().count('"access keys reloaded"'), lambda count: count == 1, "a reload")
            assert authorize(new) is None and authorize(old) == "keyUnknown"
            # What cannot be fetched stays as it was.
            server.answer = 503, b"later"
            relay.process.send_signal(signal.SIGHUP)
            until(relay.log.read_text, lambda text: "not reloaded, the old ones stay" in text, "a failed reload")
            assert authorize(new) is None
        failed = subprocess.run(
            [program(), "check", *settings], env=environment(), capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert failed.returncode == 1 and "access.jwks-url cannot be fetched: status 503" in failed.stderr
