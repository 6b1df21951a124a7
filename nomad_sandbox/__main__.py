"""``python -m nomad_sandbox``: an embedded NOMAD without the client."""

from nomad_sandbox.command import command

if __name__ == "__main__":
    command(prog_name="python -m nomad_sandbox")
