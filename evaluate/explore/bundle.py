"""The charting library that pages carry: Vega, Vega-Lite and vega-embed as one script, made offline by vl-convert and kept."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path

from ...grammars.errors import OutputError
from ...grammars.files.write import write_text


@cache
def vega_bundle() -> str:
    """The script, about 0.9 MB; it sets `vega`, `vegaLite` and `vegaEmbed` on the window, and nothing else.

    Bundling takes several seconds, so the result is kept in the user's cache folder (XDG_CACHE_HOME), by vl-convert's version;
    where that cannot be written, it is made once per process.
    """
    path = _folder() / f"vega-{version('vl-convert-python')}.js"
    try:
        saved = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        saved = ""
    if saved:
        return saved
    import vl_convert

    # In a function of its own: the bundle's one-letter constants stay out of the page's names. No tag may end inside it.
    plain = str(vl_convert.javascript_bundle())  # type: ignore[call-arg]  # its stub has no default for a snippet
    script = "(function(){" + plain.replace("</script", "<\\/script") + "\n})();\n"
    with suppress(OutputError):
        write_text(path, script)
    return script


def _folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if base else Path.home() / ".cache") / "kappabar"
