"""Knowledge about NOMAD versions as YAML; read by ``nomad_swagger.generations.generation``."""
