"""Lists what is inside, for people (NOTICE) and for programs (a CycloneDX document)."""

import json
import re
import uuid
from functools import cache
from pathlib import Path

from common import ARCHITECTURE, DIST, ROOT, SCRATCH, STAGE, VERSION, run
from programs import needed

NOTICE = STAGE / "NOTICE"


@cache
def package_of(path):
    """The Debian package that a file belongs to, and its version."""
    for spelling in (str(path), str(path).removeprefix("/usr"), "/usr" + str(path)):
        try:
            name = run("dpkg-query", "--search", spelling).split(":")[0]
        except SystemExit:
            continue
        return name, run("dpkg-query", "--show", "--showformat=${Version}\n", name).split("\n")[0]
    raise SystemExit(f"{path} belongs to no Debian package")


def copyright_of(package):
    return Path(f"/usr/share/doc/{package}/copyright").read_text(errors="replace")


def licenses_of(package):
    """The short names of a machine-readable copyright file's licenses; none where it is in words alone."""
    return sorted(set(re.findall(r"^License: *([A-Za-z0-9.+-]+)", copyright_of(package), re.MULTILINE)))


def swift_packages():
    """Name, version, address and license of each Swift package that is compiled in."""
    text = run("swift", "package", "--scratch-path", SCRATCH, "show-dependencies", "--format", "json", cwd=ROOT)
    found = {}

    def visit(node):
        for child in node["dependencies"]:
            found[child["identity"]] = child
            visit(child)

    visit(json.loads(text[text.index("{"):]))
    for child in found.values():
        files = [path for path in Path(child["path"]).iterdir() if path.name.upper().startswith(("LICENSE", "NOTICE"))]
        yield child["name"], child["version"], child["url"], sorted(files)


def license_of(files):
    """The license of a Swift package, by the words of its text."""
    text = "".join(file.read_text() for file in files)
    return "Apache-2.0" if "Apache License" in text else "MIT" if "Permission is hereby granted, free of charge" in text else None


def swift_runtime():
    version = re.search(r"Swift version (\S+)", run("swift", "--version"))[1]
    program = Path(run("sh", "-c", "command -v swift").strip()).resolve()
    return version, program.parents[1] / "share/swift/LICENSE.txt"


def write(built, bundle):
    """Writes NOTICE for the packages and the list into dist/."""
    bundled = {package_of(path.resolve()) for path in bundle[1].values()}
    linked = {package_of(path.resolve()) for program in built.values() for path in needed(program).values()}
    compiled = list(swift_packages())
    swift, swift_license = swift_runtime()
    vpx = "libvpx-dev"
    sections = [
        f"Avatar Relay {VERSION}\nLicensed under the Apache License, Version 2.0; see LICENSE.\n\n"
        "The programs contain what is listed first. The wheel and the npm package of the mock also contain the shared\n"
        "libraries of Debian that are listed then, unchanged but for where they look for each other. espeak-ng is not\n"
        "among them: the mock uses it where it is installed.\n",
        section(f"Swift {swift} (standard library, Foundation, ICU)", swift_license.read_text()),
    ]
    for name, version, url, files in compiled:
        sections.append(section(f"{name} {version} ({url})", "\n".join(file.read_text() for file in files)))
    vpx_version = run("dpkg-query", "--show", "--showformat=${Version}", vpx)
    sections.append(section(f"libvpx {vpx_version} (linked statically)", copyright_of(vpx)))
    for package, version in sorted(bundled):
        sections.append(section(f"{package} {version}", copyright_of(package)))
    NOTICE.write_text("\n".join(sections))

    components = [component("Swift run time", swift, "Apache-2.0 WITH Swift-exception", f"pkg:generic/swift@{swift}", "compiled in")]
    for name, version, url, files in compiled:
        address = url.removeprefix("https://").removesuffix(".git")
        components.append(component(name, version, license_of(files), f"pkg:swift/{address}@{version}", "compiled in"))
    for package, version in sorted(bundled | linked | {(vpx, vpx_version)}):
        how = "compiled in" if package == vpx else "bundled in the wheel and the npm package" if (package, version) in bundled \
            else "required by the Debian package"
        names = licenses_of(package)
        purl = f"pkg:deb/debian/{package}@{version}?arch={ARCHITECTURE}&distro=bookworm"
        components.append(component(package, version, None, purl, how))
        if names:
            # Those of all files of its source, tests and build scripts too, so that they are no expression for the library.
            components[-1]["properties"].append({"name": "avatar-relay:licenses named in its copyright file", "value": ", ".join(names)})
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json", "bomFormat": "CycloneDX", "specVersion": "1.5",
        # The same contents have the same number.
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(components))}", "version": 1,
        "metadata": {"component": {
            "type": "application", "name": "avatar-relay", "version": VERSION, "bom-ref": "avatar-relay",
            "licenses": [{"license": {"id": "Apache-2.0"}}],
        }},
        "components": components,
        "dependencies": [{"ref": "avatar-relay", "dependsOn": [entry["bom-ref"] for entry in components]}],
    }
    (DIST / f"avatar-relay_{VERSION}.cdx.json").write_text(json.dumps(document, indent=1) + "\n")


def section(title, text):
    return f"{'=' * 80}\n{title}\n{'=' * 80}\n{text.strip()}\n"


def component(name, version, license_, purl, how):
    entry = {
        "type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl,
        "properties": [{"name": "avatar-relay:how", "value": how}],
    }
    if license_:
        entry["licenses"] = [{"license": {"name": license_}}]
    return entry
