"""Builds the Debian package: both programs, web files, manual pages, unit, configuration, user."""

import gzip
import os
import shutil

import manual
from common import ARCHITECTURE, DIST, ROOT, STAGE, VERSION, run
from inventory import NOTICE

SOURCES = ROOT / "packaging/debian"
DESCRIPTION = """\
Description: signaling relay for streaming avatars, and a mock of their providers
 Browsers hold one WebSocket to the relay and speak one protocol; the relay
 holds the keys of D-ID and HeyGen and owns every session from first offer to
 last DELETE. mock-provider stands in for both, offline: a WebRTC peer with a
 face that is drawn, a voice, and the vendors' own events.
"""


def build(built):
    root = STAGE / "deb"
    shutil.rmtree(root, ignore_errors=True)

    def put(source, path, mode=0o644):
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        target.chmod(mode)

    for name, program in built.items():
        put(program, f"usr/bin/{name}", 0o755)
        page = root / f"usr/share/man/man1/{name}.1.gz"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_bytes(gzip.compress(manual.page(program).encode(), mtime=0))
        page.chmod(0o644)
    run(ROOT / "web/build", root / "usr/share/avatar-relay/web")
    put(SOURCES / "avatar-relay.service", "lib/systemd/system/avatar-relay.service")
    put(SOURCES / "config.json", "etc/avatar-relay/config.json")
    documents = root / "usr/share/doc/avatar-relay"
    documents.mkdir(parents=True)
    (documents / "copyright").write_text(_copyright())
    (documents / "NOTICE.gz").write_bytes(gzip.compress(NOTICE.read_bytes(), mtime=0))
    for name in ("CHANGELOG.md", "docs/operations.md", "docs/mock.md"):
        put(ROOT / name, f"usr/share/doc/avatar-relay/{name.split('/')[-1]}")

    size = sum(path.stat().st_size for path in root.rglob("*") if path.is_file()) // 1024
    control = root / "DEBIAN"
    control.mkdir()
    (control / "control").write_text(
        f"Package: avatar-relay\nVersion: {VERSION}\nArchitecture: {ARCHITECTURE}\nSection: net\nPriority: optional\n"
        "Maintainer: Avatar Relay <avatar-relay@localhost>\n"
        f"Installed-Size: {size}\nDepends: {_depends(built)}\n"
        "Recommends: libespeak-ng1, fonts-dejavu-core\n"
        "Suggests: fonts-droid-fallback, fonts-lohit-deva, fonts-tlwg-loma-otf, fonts-unifont\n" + DESCRIPTION)
    (control / "conffiles").write_text("/etc/avatar-relay/config.json\n")
    for script in ("postinst", "prerm", "postrm"):
        shutil.copyfile(SOURCES / script, control / script)
        (control / script).chmod(0o755)
    for folder in [root, *(path for path in root.rglob("*") if path.is_dir())]:
        folder.chmod(0o755)
    file = DIST / f"avatar-relay_{VERSION}_{ARCHITECTURE}.deb"
    run("dpkg-deb", "--root-owner-group", "-Zxz", "--build", root, file)
    return file


def _depends(built):
    """What the programs are linked with, as dpkg-shlibdeps finds it, and what they load by name or call."""
    folder = STAGE / "shlibdeps"
    (folder / "debian").mkdir(parents=True, exist_ok=True)
    (folder / "debian/control").write_text("Source: avatar-relay\n\nPackage: avatar-relay\nArchitecture: any\n")
    arguments = [word for program in built.values() for word in ("-e", program)]
    found = run("dpkg-shlibdeps", "-O", *arguments, cwd=folder, env={**os.environ, "LC_ALL": "C"})
    linked = found.split("shlibs:Depends=")[1].strip()
    # The libuv part of libwebsockets is a plugin; the user is made by adduser; providers are trusted by their certificates.
    return f"{linked}, libwebsockets-evlib-uv, adduser, ca-certificates"


def _copyright():
    return (
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: avatar-relay\n\n"
        "Files: *\nCopyright: the authors of Avatar Relay\nLicense: Apache-2.0\n"
        " On Debian systems the full text is in /usr/share/common-licenses/Apache-2.0.\n"
        " NOTICE.gz beside this file has the licenses of what is compiled into the programs.\n")
