"""The screens: they watch the fold and append a person's acts; closing them stops nothing."""
