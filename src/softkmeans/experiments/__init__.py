"""Which runs each study needs."""
