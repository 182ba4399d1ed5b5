"""Prints the page of the ROI model's worked examples: ``python -m stream.control.roi_examples``."""

from __future__ import annotations

import sys

from stream.roi.worked_text import page


def main() -> None:
    """The page, to standard output."""
    sys.stdout.write(page())


if __name__ == "__main__":
    main()
