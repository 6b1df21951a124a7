"""Build the site: ``python -m docs.site``. A warning is a failure; the network is not needed."""

from __future__ import annotations

import shutil
import sys

from sphinx.cmd.build import build_main

from docs.site.stage import TOP, Stage

SOURCES, SITE = TOP / "build" / "site-sources", TOP / "build" / "site"


def main() -> int:
    """Stage the sources, build the pages; gives Sphinx's own exit code."""
    Stage().write(SOURCES)
    settings = str(TOP / "docs" / "site")
    doctrees = str(TOP / "build" / "doctrees")
    shutil.rmtree(SITE, ignore_errors=True)  # a page that is gone must not be found there
    how = ["-W", "--keep-going", "-q", "-E", "-b", "html", "-c", settings, "-d", doctrees]
    return build_main([*how, str(SOURCES), str(SITE)])


if __name__ == "__main__":
    sys.exit(main())
