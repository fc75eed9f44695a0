"""One seed a start, the same for every method and temperature."""

from zlib import crc32

import numpy as np


def start_seed(base: int, dataset: str, initialisation: str, repeat: int) -> int:
    """Seed of a start, a non-negative 63-bit integer.

    It depends on neither method nor temperature, so methods are compared from the same starts. It is the
    `seed` column of the table of runs, and `softkmeans.fit(..., seed=...)` repeats the run from it.
    """
    key = (crc32(dataset.encode()), crc32(initialisation.encode()), repeat)
    return int(np.random.SeedSequence(base, spawn_key=key).generate_state(1, np.uint64)[0] >> np.uint64(1))
