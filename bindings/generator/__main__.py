"""Makes what the bindings have of include/chatfile.h: cargo xtask bindings, or in the folder bindings

    python3 -m generator [--check]

The header is the one declaration of the C ABI; each emitter below writes down a part of it in a language, as a person
would. --check changes nothing, and fails if a file is not that of the header.
"""

import sys
from typing import Dict

from . import cpp, csharp, drivers, drivers_results, golang, golang_driver, golang_results, messages, pages, pascal, python, python_abi, python_results
from .header import ROOT, Header, HeaderError
from .reader import read

#: Each has outputs(header): texts by their paths from the root of the repository.
EMITTERS = (python_abi, python, python_results, golang, golang_driver, golang_results, cpp, pascal, csharp, drivers, drivers_results, messages, pages)


def outputs(header: Header) -> Dict[str, str]:
    """All files by their paths from the root of the repository."""
    made: Dict[str, str] = {}
    for emitter in EMITTERS:
        made.update(emitter.outputs(header))
    return made


def main() -> int:
    """Writes or checks."""
    try:
        made = outputs(read())
    except HeaderError as error:
        print(f"bindings/generator: {error}", file=sys.stderr)
        return 1
    old = []
    for name, text in made.items():
        path = ROOT / name
        if not path.exists() or path.read_bytes() != text.encode("utf-8"):
            old.append(name)
            if "--check" not in sys.argv[1:]:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(text.encode("utf-8"))
    if "--check" in sys.argv[1:]:
        for name in old:
            print(f"{name} is not that of include/chatfile.h; run: cargo xtask bindings")
        return 1 if old else 0
    print(f"made anew: {', '.join(old)}" if old else f"{len(made)} files are current")
    return 0


if __name__ == "__main__":
    sys.exit(main())
