"""What every study does with runs: make them, evaluate, collect and read them."""
