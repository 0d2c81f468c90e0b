"""Puts the Containerfile beside the package that it installs."""

import shutil

from common import ARCHITECTURE, DIST, ROOT, VERSION


def write():
    text = (ROOT / "packaging/container/Containerfile").read_text()
    package = f"avatar-relay_{VERSION}_{ARCHITECTURE}.deb"
    assert "PACKAGE" in text
    (DIST / "Containerfile").write_text(text.replace("PACKAGE", package))
    shutil.copy(ROOT / "LICENSE", DIST)
    return DIST / "Containerfile"
