"""``python -m chatfile``."""

import sys

from .cli import main

sys.exit(main())
