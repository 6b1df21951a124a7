"""What a scientist wants of archives: values by path, atoms, frames, pictures. Knows no network and no client."""
