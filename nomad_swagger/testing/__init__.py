"""For the tests of those who use NOMAD: pinned descriptions, and what a script needs of them."""

from nomad_swagger.testing.assertions import assert_operations

__all__ = ["assert_operations"]
