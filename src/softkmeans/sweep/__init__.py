"""Every method from every start at every temperature, beyond both papers."""
