"""Write the blind sets: `python data/planted/blind/make.py [FOLDER]`, the same bytes every time.

All texts are in pool.<language>.txt (clean rows) and plants.<language>.txt (faults), in the form of ../second.
"""

from __future__ import annotations

import sys
from pathlib import Path
from runpy import run_path

HERE = Path(__file__).parent

if __name__ == "__main__":
    # Both scripts are called make, so neither can import the other by name.
    main = run_path(str(HERE.parent / "second" / "make.py"))["main"]
    main(HERE, Path(sys.argv[1]) if len(sys.argv) > 1 else HERE, seed="final", clean_rows=sys.maxsize)
