"""The Containerfile: built by buildah without an engine, on the bare system in place of the registry's image."""

import json
import shutil
import subprocess

from bare import FOLDER, BareSystem
from common import DIST, VERSION, run


def test():
    if not shutil.which("buildah"):
        return "not built, since there is no buildah here"
    storage = FOLDER / "images"
    shutil.rmtree(storage, ignore_errors=True)

    def buildah(*words):
        return run("buildah", "--root", storage / "root", "--runroot", storage / "run", "--storage-driver", "vfs", *words).strip()

    try:
        with BareSystem("image") as system:
            # The mounts stay outside.
            for folder in ("proc", "dev"):
                run("umount", "--recursive", system.root / folder)
            (system.root / "usr/sbin/policy-rc.d").unlink()
            container = buildah("from", "scratch")
            buildah("add", "--quiet", container, system.root, "/")
            buildah("commit", "--quiet", container, "docker.io/library/debian:bookworm-slim")
            buildah("rm", container)
        buildah("build", "--isolation", "chroot", "--format", "docker", "--pull=never", "--tag", "avatar-relay", DIST)
        image = json.loads(buildah("inspect", "--type", "image", "avatar-relay"))["Docker"]["config"]
        assert image["User"] == "avatar-relay" and image["Healthcheck"]["Test"][0] == "CMD-SHELL", image
        container = buildah("from", "--pull=never", "avatar-relay")
        inside = ("run", "--isolation", "chroot", container, "--")
        assert buildah(*inside, "avatar-relay", "--version") == VERSION
        assert buildah(*inside, "id", "-un") == "avatar-relay"
        # The health check judges either program, and is unhappy where neither runs.
        check = image["Healthcheck"]["Test"][1]
        healthy = f"for i in $(seq 100); do {check} >/dev/null && exit 0; sleep 0.1; done; exit 1"
        for program in (" ".join(image["Entrypoint"]), "mock-provider --media none --port 8080"):
            buildah(*inside, "sh", "-c", f"{program} >/dev/null 2>&1 & sh -c '{healthy}'; code=$?; kill $!; wait $!; exit $code")
        try:
            buildah(*inside, "sh", "-c", check)
        except SystemExit:
            return "built, each program healthy as a user without rights"
        raise AssertionError("healthy without a program")
    finally:
        subprocess.run(["rm", "-rf", storage], check=False)
