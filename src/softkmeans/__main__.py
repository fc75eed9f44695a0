"""`python -m softkmeans`."""

import sys

from softkmeans.cli import main

sys.exit(main())
