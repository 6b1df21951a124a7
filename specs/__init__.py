"""What NOMAD says: pinned API descriptions, one JSON document per NOMAD version, hashed in index.yaml."""
