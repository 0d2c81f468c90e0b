"""Builds the Python wheel: the mock with its libraries, the kit, the pytest plugin."""

import base64
import hashlib
import re
import zipfile

from common import DIST, MACHINE, ROOT, TOOLS, VERSION, run
from inventory import NOTICE

KIT = ROOT / "kits/python"
NAME = "avatar_relay_mock"
# So that the same contents are the same file: the oldest time that a zip archive can hold.
EPOCH = (1980, 1, 1, 0, 0, 0)
METADATA = f"""\
Metadata-Version: 2.1
Name: avatar-relay-mock
Version: {VERSION}
Summary: D-ID's and HeyGen's streaming APIs on a port of this machine, for tests: no key, no network, no credits.
License: Apache-2.0
Requires-Python: >=3.9
Classifier: Framework :: Pytest
Classifier: Operating System :: POSIX :: Linux
Classifier: Typing :: Typed
Description-Content-Type: text/markdown

"""


def build(bundle):
    folder, _ = bundle
    glibc = newest_glibc(folder)
    tag = f"py3-none-manylinux_{glibc.replace('.', '_')}_{MACHINE}"
    information = f"{NAME}-{VERSION}.dist-info"
    files = {f"{NAME}/{path.name}": path for path in sorted((KIT / NAME).iterdir()) if path.is_file()}
    files |= {f"{NAME}/{path.relative_to(folder)}": path for path in sorted(folder.rglob("*")) if path.is_file()}
    contents = {name: path.read_bytes() for name, path in files.items()}
    contents |= {
        f"{information}/METADATA": (METADATA + (KIT / "README.md").read_text()).encode(),
        f"{information}/WHEEL": f"Wheel-Version: 1.0\nGenerator: avatar-relay\nRoot-Is-Purelib: false\nTag: {tag}\n".encode(),
        f"{information}/entry_points.txt":
            f"[pytest11]\navatar_relay_mock = {NAME}.pytest_plugin\n\n"
            f"[console_scripts]\nmock-provider = {NAME}.program:main\n".encode(),
        f"{information}/licenses/LICENSE": (ROOT / "LICENSE").read_bytes(),
        f"{information}/licenses/NOTICE": NOTICE.read_bytes(),
    }
    record = "".join(f"{name},sha256={_digest(data)},{len(data)}\n" for name, data in contents.items())
    contents[f"{information}/RECORD"] = f"{record}{information}/RECORD,,\n".encode()
    file = DIST / f"{NAME}-{VERSION}-{tag}.whl"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in contents.items():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr = (0o100755 if "/bin/" in name else 0o100644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    check(file, glibc)
    return file


def newest_glibc(folder):
    """The newest version of glibc that anything in the folder asks for, as `2.35`."""
    versions = {(0, 0)}
    for path in folder.rglob("*"):
        if path.is_file():
            versions |= {tuple(map(int, pair)) for pair in re.findall(r"GLIBC_(\d+)\.(\d+)", run("objdump", "-T", path))}
    return ".".join(map(str, max(versions)))


def check(file, glibc):
    """auditwheel reads the same from it: this tag, and no library of the machine's that is not everywhere."""
    told = run(TOOLS / "auditwheel", "show", file)
    words = " ".join(told.split())
    tag = f"manylinux_{glibc.replace('.', '_')}_{MACHINE}"
    assert re.search(rf'following platform tag: "{tag}"', words), told


def _digest(data):
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
