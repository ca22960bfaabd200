"""What a workspace words in its own way about customers and contacts."""
