"""Look at an API: its operations, what each takes and gives, and the same call in other tools' words."""

from nomad_swagger.explore.description import Description
from nomad_swagger.explore.operations import describe, operations
from nomad_swagger.explore.recipes import STYLES, recipe
from nomad_swagger.explore.stubs import stubs

__all__ = ["STYLES", "Description", "describe", "operations", "recipe", "stubs"]
