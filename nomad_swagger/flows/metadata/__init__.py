"""What is told about entries: comments, references, coauthors, datasets and DOIs, changed as a whole or not at all."""
