"""``python -m tests.bench NAME``: run one benchmark. Each prints a machine-readable last line."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path

_PARTS = ("events", "clock", "baseline", "broker")  # modules that a benchmark is made of


def names() -> list[str]:
    found = [module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)])]
    return sorted(name for name in found if not name.startswith("_") and name not in _PARTS)


def main() -> int:
    if len(sys.argv) != 2 or sys.argv[1] not in names():
        print(f"error: name one benchmark of: {', '.join(names())}", file=sys.stderr)
        return 2
    module = importlib.import_module(f"tests.bench.{sys.argv[1]}")
    return int(module.main() or 0)


if __name__ == "__main__":
    raise SystemExit(main())
