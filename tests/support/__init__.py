"""What tests share: real components started and ended, and what to say when one is missing."""
