"""What every study does with runs: make, evaluate and read them, and compare success rates."""
