"""Neural networks from scratch: models, losses, optimizers, training and loss surfaces, in plain JAX."""
