"""What changed between two API descriptions, said for those who call them."""

from nomad_swagger.apispec.diff.change import BREAKING, COMPATIBLE, COSMETIC, Change
from nomad_swagger.apispec.diff.commands import affected_commands
from nomad_swagger.apispec.diff.documents import diff_documents
from nomad_swagger.apispec.diff.report import report_json, report_markdown, report_text

__all__ = [
    "BREAKING",
    "COMPATIBLE",
    "COSMETIC",
    "Change",
    "affected_commands",
    "diff_documents",
    "report_json",
    "report_markdown",
    "report_text",
]
