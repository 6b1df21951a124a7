"""Swagger UI in the browser, on this machine, with a proxy that calls the API as you."""

from nomad_swagger.dashboard.dashboard import Dashboard

__all__ = ["Dashboard"]
