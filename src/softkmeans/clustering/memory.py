"""Keep freed memory for the next array.

glibc gives the memory of an array of over 128 kB back to the system when it is freed, and the next one is
mapped anew, page by page: that costs up to twice the arithmetic on arrays of a cache's size.
"""

import ctypes
import sys

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
KEPT = 2**28
"""Free bytes at the heap's top that the process keeps."""
MAPPED = 2**25
"""Bytes from which on an array is mapped by itself: glibc's upper limit."""


def keep_freed_memory() -> bool:
    """Tell glibc to keep freed memory; elsewhere do nothing. Returns whether it did."""
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and bool(mallopt(_M_TRIM_THRESHOLD, KEPT) & mallopt(_M_MMAP_THRESHOLD, MAPPED))
