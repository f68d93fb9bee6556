"""Ways in: plugins that read what was handed in."""
