"""Where data sets come from: the benchmark, its twins, generated sets and the user's own."""
