"""Does temperature win? K-means' contenders at equal cost."""
