"""Adjusted p-values, drift of columns: scipy's tests and definitions in numpy."""
import numpy as np
from scipy import stats

from common import noise, write

rng = np.random.default_rng(7)


def psi(a, b):
    """Population stability index of counts, half a row added to every bin so that empty ones have a logarithm."""
    a, b = np.asarray(a, float) + 0.5, np.asarray(b, float) + 0.5
    a, b = a / a.sum(), b / b.sum()
    return float(np.sum((a - b) * np.log(a / b)))


adjusted = []
for n in [1, 2, 7, 40]:
    p = np.round(rng.uniform(0, 1, n) ** 3, 5)
    adjusted.append({"p": p, "want": stats.false_discovery_control(p)})

ks = []
for n, m, shift in [(30, 40, 0.0), (200, 90, 0.1), (500, 500, 0.02), (1000, 60, 0.3), (5, 7, 0.0), (400, 400, 0.0)]:
    x = np.round(noise(11 + n, n), 3)
    y = np.round(noise(23 + m, m) + shift, 3)
    got = stats.ks_2samp(x, y)
    p = stats.kstwobign.sf(got.statistic * np.sqrt(n * m / (n + m)))
    ks.append({"n": n, "m": m, "shift": shift, "statistic": got.statistic, "p": p})

tables = []
for counts in [([30, 40, 30], [28, 41, 31]), ([100, 0, 50, 50], [10, 5, 70, 15]), ([1000] * 10, list(range(50, 150, 10)))]:
    tables.append({"a": counts[0], "b": counts[1], "psi": psi(*counts)})

write(__file__, ["numpy", "scipy"], {"adjusted": adjusted, "ks": ks, "psi": tables})
