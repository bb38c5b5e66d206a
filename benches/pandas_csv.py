"""Reads and describes a CSV with pandas; prints one JSON line per run."""
import json
import sys
import time

import pandas as pd

path, runs = sys.argv[1], int(sys.argv[2])
for _ in range(runs):
    start = time.perf_counter()
    table = pd.read_csv(path)
    read = time.perf_counter()
    table.describe(include="all")
    done = time.perf_counter()
    print(json.dumps({"read_ms": (read - start) * 1e3, "profile_ms": (done - read) * 1e3, "rows": len(table), "version": pd.__version__}), flush=True)
