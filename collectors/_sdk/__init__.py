"""The kit that every receiver stands on: admission, pseudonyms, attribution, batches, the producer."""
