"""End-to-end differentiable clustering: an autoencoder that is trained together with its clusters."""
