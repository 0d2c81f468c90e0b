"""A network of the tests' own, where the machine permits: WebRTC gathers addresses, and nothing leaves the machine."""

import ctypes
import os
import subprocess

# linux/sched.h
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000

entered = False
"""Whether this process is in a network of its own, so that it may take interfaces down."""

# Chromium gathers candidates only where an interface is up and a default route exists.
SET_UP = """
ip link set lo up
ip link add e2e0 type dummy 2>/dev/null || { ip link add e2e0 type veth peer name e2e1 && ip link set e2e1 up; }
ip addr add 10.255.0.1/24 dev e2e0
ip link set e2e0 up
ip route add default via 10.255.0.254 dev e2e0
"""


def enter():
    """Moves this process, and all that it starts, into a new network. Returns whether it did."""
    global entered  # noqa: PLW0603
    as_root = os.geteuid() == 0
    attempt = ["unshare", "-n" if as_root else "-rn", "sh", "-ec", SET_UP]
    try:
        # Tried in a child first: once moved, this process could not go back.
        if subprocess.run(attempt, capture_output=True, timeout=30).returncode != 0:
            return False
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return False
    user, group = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET if as_root else CLONE_NEWUSER | CLONE_NEWNET) != 0:
        return False
    if not as_root:
        for file, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
            with open(f"/proc/self/{file}", "w", encoding="ascii") as map_file:
                map_file.write(text)
    subprocess.run(["sh", "-ec", SET_UP], check=True, timeout=30)
    entered = True
    return True


def set_loopback(state):
    """Takes the loopback interface "down" or "up": what is connected stays so, and hears nothing."""
    assert entered, "the machine's own interfaces are not a test's to take down"
    subprocess.run(["ip", "link", "set", "lo", state], check=True, timeout=30)
