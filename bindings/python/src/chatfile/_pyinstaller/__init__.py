"""For PyInstaller, which finds this by the entry point ``pyinstaller40``: the library belongs into frozen programs."""

import os
from typing import List


def get_hook_dirs() -> List[str]:
    """Where the hook is."""
    return [os.path.dirname(os.path.abspath(__file__))]
