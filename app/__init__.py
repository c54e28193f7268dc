"""The web application. Importing it puts JAX in 64-bit mode, so that server and browser agree to 1e-9."""

import jax

jax.config.update("jax_enable_x64", True)
