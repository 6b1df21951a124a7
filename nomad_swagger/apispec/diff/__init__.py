"""What changed between two API descriptions, said for those who call them."""

from nomad_swagger.apispec.diff.change import BREAKING, COMPATIBLE, COSMETIC, Change
from nomad_swagger.apispec.diff.documents import diff_documents
from nomad_swagger.apispec.diff.report import report_json, report_markdown, report_text
from nomad_swagger.apispec.diff.verbs import affected_verbs, needs_of

__all__ = [
    "BREAKING",
    "COMPATIBLE",
    "COSMETIC",
    "Change",
    "affected_verbs",
    "diff_documents",
    "needs_of",
    "report_json",
    "report_markdown",
    "report_text",
]
