"""``tokonomics doctor``: looks at everything, alters nothing, says what to mend."""
