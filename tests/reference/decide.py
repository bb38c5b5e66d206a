"""Profit, thresholds, deciles and bootstrap intervals by numpy; weights that may not be negative by scipy."""
import numpy as np
from common import noise, sample, write
from scipy.optimize import minimize
from sklearn.metrics import roc_auc_score

N = 1500


def customers():
    u = noise(11, 4 * N).reshape(N, 4)
    p = 1 / (1 + np.exp(-(1.5 * u[:, 0] + u[:, 1] - 1)))
    y = (u[:, 2] + 1) / 2 < p
    v = np.round(20 + 80 * (u[:, 3] + 1) / 2, 2)
    return p, y, v


def ladder(key, p, y, v, depths):
    order = np.lexsort((np.arange(N), -key))
    risk = np.concatenate([[0], np.cumsum((p * v)[order])])
    left = np.concatenate([[0], np.cumsum((y * v)[order])])
    return order, risk[depths], left[depths]


def bootstrap(z, depths, share, draws=20_000):
    rng = np.random.default_rng(3)
    out = np.empty((draws, len(depths)))
    for b in range(draws):
        # Drawn row numbers in rising order keep the ranking.
        drawn = np.sort(rng.integers(0, N, N))
        sums = np.concatenate([[0], np.cumsum(z[drawn])])[depths]
        out[b] = sums / sums[-1] if share else sums
    return np.quantile(out, [0.025, 0.975], axis=0)


def best_threshold(p, v, contact, success, capacity):
    best, at = 0.0, 1.0
    for t in np.unique(p):
        chosen = p >= t
        gain = np.sum(success * p[chosen] * v[chosen] - contact)
        if chosen.sum() <= capacity and gain > best:
            best, at = gain, t
    return at


def nonnegative(x, y, l2):
    d = x.shape[1]

    def loss(w):
        z = x @ w[:d] + w[d]
        p = 1 / (1 + np.exp(-z))
        value = np.sum(np.logaddexp(0, z) - y * z) + l2 / 2 * np.sum(w[:d] ** 2)
        return value, np.append(x.T @ (p - y) + l2 * w[:d], np.sum(p - y))

    got = minimize(
        loss, np.zeros(d + 1), jac=True, method="L-BFGS-B", bounds=[(0, None)] * d + [(None, None)],
        options={"ftol": 1e-16, "gtol": 1e-10, "maxiter": 10_000, "maxls": 50},
    )
    return got.x


p, y, v = customers()
depths = np.array([0, 15, 150, 300, 600, 900, 1500])
by_risk, risk, left = ladder(p * v, p, y, v, depths)
_, _, left_by_value = ladder(v, p, y, v, depths)
cases = []
for contact, success, capacity in [(4, 0.3, N), (9, 0.3, N), (4, 0.3, 200), (40, 0.2, N), (0, 1, N)]:
    pays = int(np.sum(p * v * success > contact))
    n = min(pays, capacity)
    order = np.lexsort((np.arange(N), -(p * v)))
    of = lambda order, k: success * np.sum((y * v)[order[:k]]) - contact * k
    by_value = np.lexsort((np.arange(N), -v))
    cases.append({
        "contact": contact, "success": success, "capacity": capacity, "n": n,
        "gain": of(order, n), "everybody": of(order, N), "by_value": of(by_value, n),
        "expected": success * np.sum((p * v)[order[:n]]) - contact * n,
        "best_threshold": best_threshold(p, v, contact, success, capacity),
    })

by_p = np.lexsort((np.arange(N), -p))
groups = np.array_split(by_p, 10)
tenths = {
    "n": [len(g) for g in groups],
    "positives": [int(y[g].sum()) for g in groups],
    "lift": [y[g].mean() / y.mean() for g in groups],
    "cumulative_gain": np.cumsum([y[g].sum() for g in groups]) / y.sum(),
}
hundredths = np.array([0, 15, 150, 300, 750, 1500])

fits = []
for seed, n, d, l2 in [(5, 400, 5, 1.0), (6, 800, 6, 0.01), (7, 150, 4, 5.0)]:
    x, z = sample(seed, n, d)
    x = np.round(x / np.abs(x).max(axis=0), 6)
    x[:, 2] *= -1
    t = z > np.quantile(z, 0.7)
    fits.append({"seed": seed, "n": n, "d": d, "l2": l2, "w": nonnegative(x, t, l2),
                 "x": None, "y": np.flatnonzero(t)})

for f in fits:
    del f["x"]
write(__file__, ["numpy", "scipy", "scikit-learn"], {
    "n": N,
    "depths": depths,
    "risk": risk,
    "left": left,
    "left_by_value": left_by_value,
    "ends": bootstrap((y * v)[by_risk], depths, False),
    "cases": cases,
    "tenths": tenths,
    "shares": hundredths,
    "gain_ends": bootstrap(y[by_p].astype(float), hundredths, True),
    "roc_auc": roc_auc_score(y, p),
    "fits": fits,
})
