"""What receives usage events, cleans them at the edge and sends them to the broker in batches."""
