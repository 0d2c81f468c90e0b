"""The wheel: installed with pip, the kit's tests and the example passed with it, the page's face spoke, uninstalled."""

import shutil

import deb_test
from bare import FOLDER, BareSystem, conversation
from common import DIST, ROOT, VERSION, run


def test():
    [wheel] = DIST.glob("avatar_relay_mock-*.whl")
    with BareSystem("wheel") as system, deb_test.installed("wheel-relay") as other:
        # pytest comes from Python's registry, on this machine: in there is no way to it.
        packages = system.root / "tmp/packages"
        run(ROOT / ".build-venv/bin/pip", "download", "--quiet", "--dest", FOLDER / "packages", "pytest==9.2.0",
            "exceptiongroup", "tomli", "typing_extensions")
        shutil.copytree(FOLDER / "packages", packages)
        shutil.copy(wheel, packages)
        system.install("python3", "python3-venv")
        system.run("python3", "-m", "venv", "/tmp/venv")
        system.run("/tmp/venv/bin/pip", "install", "-q", "--no-index", "--find-links", "/tmp/packages", "pytest")
        only_pytest = _within(system, "tmp/venv")
        system.run("/tmp/venv/bin/pip", "install", "-q", "--no-index", "--find-links", "/tmp/packages", "avatar-relay-mock")
        assert system.run("/tmp/venv/bin/mock-provider", "--version").strip() == VERSION
        for folder, target in (("kits/python/tests", "tmp/kit/tests"), ("examples/pytest", "tmp/example")):
            shutil.copytree(ROOT / folder, system.root / target, ignore=shutil.ignore_patterns("__pycache__"))
        # The kit is the installed one: its sources are not in there.
        (system.root / "tmp/kit/pytest.ini").write_text("[pytest]\npythonpath = tests\navatar_mock_options = --media none\n")
        tests = [
            # Without pytest's own compiled copies of the plugin, which pip knows nothing of.
            system.run(
                "sh", "-c", f"cd /tmp/{folder} && /tmp/venv/bin/python -m pytest -q -p no:cacheprovider", PYTHONDONTWRITEBYTECODE="1"
            ).strip().split("\n")[-1]
            for folder in ("kit", "example")]
        conversation(
            system.script("mock", "/tmp/venv/bin/mock-provider"), other.script("relay", "avatar-relay"),
            "/usr/share/avatar-relay/web")
        system.run("/tmp/venv/bin/pip", "uninstall", "-q", "-y", "avatar-relay-mock")
        left = {path for path in _within(system, "tmp/venv") - only_pytest if "site-packages/avatar" in path or "/bin/" in path}
        assert not left, sorted(left)[:20]
    return f"kit {tests[0]}; example {tests[1]}; the page's face spoke; uninstalled without a trace"


def _within(system, folder):
    return {str(path.relative_to(system.root)) for path in (system.root / folder).rglob("*")}
