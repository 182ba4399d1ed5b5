"""Topics, configurations and the doctor: what an operator does to an installation, one command at a time."""
