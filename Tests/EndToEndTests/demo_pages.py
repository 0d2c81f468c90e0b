"""The pages that make the vendors' demos' calls, with what measures the media that they get."""

from pathlib import Path

HERE = Path(__file__).resolve().parent
FILES = {
    "/watch.js": (HERE / "media_watch.js").read_text(encoding="utf-8"),
    "/frame-strip.js": (HERE.parents[1] / "web/console/frame-strip.js").read_text(encoding="utf-8"),
    "/favicon.ico": "",
}
for vendor in ("did", "heygen"):
    FILES[f"/{vendor}.js"] = (HERE / f"vendor_{vendor}.js").read_text(encoding="utf-8")
    FILES[f"/{vendor}"] = f'<!doctype html><title>demo</title><script type="module" src="/{vendor}.js"></script>'
