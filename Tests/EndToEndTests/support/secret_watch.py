"""Looks for secrets in what every process of the test run wrote."""

import base64
import json
import re


class SecretWatch:
    """Keeps log files and secrets of a whole run; at its end no log may hold any of the secrets."""

    def __init__(self):
        self.secrets = set()
        self.keys = set()
        self.found = []

    def add(self, secret):
        self.secrets.add(secret)

    def add_key(self, key):
        """A provider key, also as HTTP Basic sends it."""
        self.keys |= {key, base64.b64encode(key.encode()).decode()}
        self.secrets |= self.keys

    def heard(self, message):
        """Takes the secret of a session from what a client was sent, and refuses what no client may be sent."""
        for key in self.keys:
            if key in message:
                self.found.append(f"a client was sent {key}")
        for secret in re.findall(r'"secret": ?"([^"]+)"', message):
            self.secrets.add(secret)

    def look(self, name, text):
        """Looks at what a process wrote: its log, its output, an answer to the operator."""
        for secret in self.secrets:
            if secret in text:
                self.found.append(f"{name} shows {json.dumps(secret)}")


WATCH = SecretWatch()
