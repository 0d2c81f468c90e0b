"""Compiles both programs with Swift's libraries inside, and gathers the shared libraries that the mock brings along."""

import re
import shutil
import subprocess
import time
from pathlib import Path

from common import MULTIARCH, ROOT, SCRATCH, STAGE, TOOLS, run, say

# Every Debian and Ubuntu has them, and a program has to use the machine's own: the C library, its loader, the compilers'
# run time.
EVERYWHERE = re.compile(r"^(linux-vdso|ld-linux.*|lib(c|m|pthread|dl|rt|resolv|util|stdc\+\+|gcc_s))[.-]")
# Loaded by name at run time, so that nothing lists them: libwebsockets' libuv part, and NSS's own modules for libsrtp2.
PARTS = ["libwebsockets-evlib_uv.so", "libsoftokn3.so", "libfreebl3.so", "libfreeblpriv3.so"]
LIBRARIES = Path("/usr/lib") / MULTIARCH


def build():
    """Compiles and strips; returns the programs by name."""
    folder = STAGE / "programs"
    folder.mkdir(parents=True, exist_ok=True)
    built = {}
    for name in ("mock-provider", "avatar-relay"):
        started = time.monotonic()
        # Its progress is shown, since it takes minutes.
        command = ["swift", "build", "--configuration", "release", "--static-swift-stdlib", "--disable-local-rpath"]
        subprocess.run([*command, "--scratch-path", SCRATCH, "--product", name], cwd=ROOT, check=True)
        built[name] = folder / name
        shutil.copy2(SCRATCH / "release" / name, built[name])
        run("strip", built[name])
        check(built[name])
        say(f"{name}: {built[name].stat().st_size / 1e6:.1f} MB stripped, {time.monotonic() - started:.0f} s")
    return built


def check(program):
    """No folder of this machine is in it, and none of Swift's libraries is needed."""
    dynamic = run("readelf", "--dynamic", program)
    assert "RUNPATH" not in dynamic and "RPATH" not in dynamic, f"{program} has a RUNPATH"
    assert "libswift" not in dynamic and "Foundation" not in dynamic, f"{program} needs Swift's shared libraries"


def needed(file):
    """The paths of all shared libraries that a file needs, through others too, by name."""
    found = {}
    for name, path in re.findall(r"^\s*(\S+) => (\S+)", run("ldd", file), re.MULTILINE):
        assert path != "not", f"{file} needs {name}, which is not here"
        if not EVERYWHERE.match(name):
            found[name] = Path(path)
    return found


def bundle(mock):
    """The folder with the mock and the libraries that a plain Debian or Ubuntu lacks: `bin` and `lib`.

    Each file finds the others by its own place, so the folder may lie anywhere. espeak-ng is none of them: the mock
    looks for it when it starts.
    """
    folder = STAGE / "bundle"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "bin").mkdir(parents=True)
    (folder / "lib").mkdir()
    libraries = needed(mock)
    for part in PARTS:
        path = next(path for path in (LIBRARIES / part, LIBRARIES / "nss" / part) if path.is_file())
        libraries |= {part: path} | needed(path)
    assert not any("espeak" in name for name in libraries)
    shutil.copy2(mock, folder / "bin")
    patch = TOOLS / "patchelf"
    run(patch, "--set-rpath", "$ORIGIN/../lib", folder / "bin" / mock.name)
    for name, path in libraries.items():
        copy = folder / "lib" / name
        shutil.copyfile(path.resolve(), copy)
        copy.chmod(0o644)
        run("strip", "--strip-unneeded", copy)
        run(patch, "--set-rpath", "$ORIGIN", copy)
    _find_parts_here(next((folder / "lib").glob("libwebsockets.so.*")))
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    say(f"bundle: {len(libraries)} libraries, {sum(sizes) / 1e6:.1f} MB with the program")
    return folder, libraries


def _find_parts_here(library):
    """libwebsockets loads its libuv part from the folder that its build names; `PluginFolder.swift` goes there."""
    bytes_ = library.read_bytes()
    old = f"/usr/lib/{MULTIARCH}\0".encode()
    assert bytes_.count(old) == 1, f"{library.name} names its folder {bytes_.count(old)} times"
    library.write_bytes(bytes_.replace(old, b".".ljust(len(old), b"\0")))
