"""OpenAPI 3.0 and 3.1 to Swagger 2.0, for any document, with a list of what was lost."""

from nomad_swagger.apispec.openapi3.convert import Conversion, convert
from nomad_swagger.apispec.openapi3.losses import Loss

__all__ = ["Conversion", "Loss", "convert"]
