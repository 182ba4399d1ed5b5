"""``tokonomics init``: a configuration folder to begin with, from a few answers."""
