"""Render an SVG image of ours as PNG, with a font that comes along (Source Sans Pro), in a process of its own with limits.

The renderer (resvg) holds Python's lock while it works, so that in this process it would stop all other answers. It gets nothing but what
`comparison_image` writes: texts are escaped, and nothing refers to files or addresses. This file is also the program of that process,
which imports nothing of passo-lod and starts quickly.
"""

import subprocess
import sys
from importlib import resources
from pathlib import Path

_SECONDS = 15
_MEMORY = 2 << 30
"""Bytes of address space."""
_SCALE = 2
_FONT = "Source Sans Pro"


class ImageNotRendered(Exception):
    """The renderer failed, or exceeded its limits."""


def render_png(svg: bytes) -> bytes:
    """An SVG image as PNG, twice as large; blocks for less than a second.

    Raises:
        ImageNotRendered: the renderer fails, or exceeds its limits.
    """
    command = [sys.executable, "-I", str(Path(__file__))]
    try:
        done = subprocess.run(command, input=svg, capture_output=True, timeout=_SECONDS, check=True)  # noqa: S603 - our own program
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise ImageNotRendered(f"the image cannot be rendered as PNG: {error}") from error
    return done.stdout


def _limit() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _main() -> None:
    import resvg_py

    _limit()
    svg = sys.stdin.buffer.read().decode()
    folder = resources.files("font_source_sans_pro") / "files"
    fonts = [str(folder / f"SourceSansPro-{weight}.ttf") for weight in ("Regular", "Bold")]
    content = resvg_py.svg_to_bytes(
        svg_string=svg,
        zoom=_SCALE,
        skip_system_fonts=True,
        font_files=fonts,
        font_family=_FONT,
        sans_serif_family=_FONT,
    )
    sys.stdout.buffer.write(bytes(content))


if __name__ == "__main__":
    _main()
