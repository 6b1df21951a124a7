"""Sphinx's settings for the site. `make docs` builds it, without a network, into build/site."""

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

import nomad_swagger

project = "nomad_swagger"
author = "the nomad_swagger developers"
copyright = "the nomad_swagger developers, Apache-2.0"
version = release = nomad_swagger.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
root_doc = "index"
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
default_role = "literal"
smartquotes = False  # they would make one dash of --help

# the anchors of headings, as GitHub makes them; a link to one that is not there is a warning, and so a failure
myst_heading_anchors = 4
myst_enable_extensions = ["deflist"]

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_preprocess_types = False
napoleon_custom_sections = ["Source"]
add_module_names = False
python_use_unqualified_type_names = True
maximum_signature_line_length = 72

html_theme = "furo"
html_title = "nomad_swagger"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
pygments_style = "friendly"

_FUNCTION = re.compile(r"<(?:built-in )?function (\w+)[^>]*>")


def name_functions(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, signature: str | None, returns: str
) -> Any:
    """Let a default that is a function be its name: else the signature is no Python, and stays as it is."""
    return (_FUNCTION.sub(r"\1", signature), returns) if signature else None


def draw_dashes(app: Sphinx, doctree: nodes.document) -> None:
    """Give a dash between a parameter and what it is."""
    for text in list(doctree.findall(nodes.Text)):
        if text == " -- ":
            text.parent.replace(text, nodes.Text(" – "))  # noqa: RUF001


def setup(app: Sphinx) -> None:
    """Hear of each signature and each page."""
    app.connect("autodoc-process-signature", name_functions)
    app.connect("doctree-read", draw_dashes)
