"""``python -m nomad_swagger`` is ``nomad-swagger``."""

from nomad_swagger.cli.main import main

main()
