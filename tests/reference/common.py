"""What the reference scripts share: where results go, which tools made them, and data by a rule of whole numbers."""
import json
import math
import pathlib
from importlib.metadata import version

import numpy as np


def plain(value):
    """JSON has no infinity: it is written as text."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float) and math.isinf(value):
        return "inf"
    return value


def write(script, tools, body):
    out = pathlib.Path(script).with_suffix(".json")
    body = {"tools": {t: version(t) for t in tools}, **plain(body)}
    out.write_text(json.dumps(body, separators=(",", ":"), allow_nan=False) + "\n")
    print(out.name, out.stat().st_size, "bytes")


def noise(seed, n):
    """Numbers from -1 to 1, as `noise` of `tests/common/mod.rs`."""
    s, out = seed, np.empty(n)
    for i in range(n):
        s = (s * 1664525 + 1013904223) % 2**32
        out[i] = (s >> 8) / 2**23 - 1.0
    return out


def sample(seed, n, d):
    """Columns between -1 and 1 (the second ten times as wide), then a latent score with noise."""
    u = noise(seed, n * (d + 1)).reshape(n, d + 1)
    x = u[:, :d].copy()
    x[:, 1] *= 10
    x = x.astype(np.float32).astype(float)
    z = x[:, 0] + 0.1 * x[:, 1] + x[:, 2] * x[:, 3] * 2 + 0.6 * u[:, d]
    return x, z


def weights(seed, n):
    return 0.25 + 2 * np.abs(noise(seed, n))
