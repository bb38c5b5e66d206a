"""Effects of categories compared with the most frequent one: statsmodels' Logit with treatment coding, and the same differences
from the inverse of the penalised curvature with all categories coded. Partial dependence (scikit-learn) and accumulated local
effects (PyALE) of models whose coefficients are given. Data are made by a rule of whole numbers that both sides follow."""
import numpy as np
import pandas as pd
import statsmodels.api as sm
from PyALE._src.ALE_1D import aleplot_1D_continuous, aleplot_1D_discrete
from scipy import stats
from sklearn.inspection import partial_dependence
from sklearn.linear_model import LogisticRegression

from common import sample, write

# The last fifth is held out.
N, N_TRAIN = 500, 400
PLANS = ["basic", "free", "gold", "team"]


def data():
    s, u = 99, np.empty((N, 4))
    for i in range(N):
        for j in range(4):
            s = (s * 1664525 + 1013904223) % 2**32
            u[i, j] = (s >> 8) / 2**24
    usage = np.floor(u[:, 0] * 100)
    # The most frequent plan is neither the first nor the last by name.
    plan = np.searchsorted([0.2, 0.55, 0.8], u[:, 1], side="right")
    paper = (u[:, 2] < 0.4).astype(float)
    z = 0.4 - 0.02 * usage + 0.7 * paper + np.array([0.5, -0.3, 0.9, 0.0])[plan]
    return usage, plan, paper, (u[:, 3] < 1 / (1 + np.exp(-z))).astype(int)


usage, plan, paper, y = (v[:N_TRAIN] for v in data())
counts = np.bincount(plan)
reference = int(counts.argmax())
assert sorted(counts)[-1] > sorted(counts)[-2] and reference == 1, counts
OTHERS = [k for k in range(4) if k != reference]
NAMES = [("usage", None, None), ("paper", "yes", "no")] + [("plan", PLANS[k], PLANS[reference]) for k in OTHERS]


def rows(coef, se):
    half = stats.norm.ppf(0.975) * se
    p = 2 * stats.norm.sf(np.abs(coef / se))
    return [
        {"column": c, "level": l, "reference": r, "coef": v, "se": e, "p": q, "low": v - h, "high": v + h}
        for (c, l, r), v, e, q, h in zip(NAMES, *(np.round(a, 10) for a in (coef, se, p, half)))
    ]


def treatment():
    x = np.column_stack([usage, paper] + [plan == k for k in OTHERS]).astype(float)
    fit = sm.Logit(y, sm.add_constant(x)).fit(disp=0, tol=1e-12)
    out = rows(fit.params[1:], fit.bse[1:])
    assert np.allclose([r["low"] for r in out], fit.conf_int()[1:, 0])
    assert np.allclose([r["p"] for r in out], fit.pvalues[1:])
    return out


def penalised(c):
    x = np.column_stack([usage, paper] + [plan == k for k in range(4)]).astype(float)
    model = LogisticRegression(C=c, tol=1e-12, max_iter=1000, solver="newton-cholesky").fit(x, y)
    p = model.predict_proba(x)[:, 1]
    z = np.column_stack([x, np.ones(N_TRAIN)])
    penalty = np.diag([1 / c] * x.shape[1] + [0.0])
    cov = np.linalg.inv(z.T @ (z * (p * (1 - p))[:, None]) + penalty)
    contrasts = [np.eye(7)[0], np.eye(7)[1]] + [np.eye(7)[2 + k] - np.eye(7)[2 + reference] for k in OTHERS]
    theta = np.append(model.coef_[0], model.intercept_)
    return rows(np.array([a @ theta for a in contrasts]), np.array([np.sqrt(a @ cov @ a) for a in contrasts]))


def partial():
    x, z = sample(5, 300, 4)
    model = LogisticRegression(C=1.0).fit(x, z > 0)
    # Few digits, so that both sides have the same model.
    model.coef_, model.intercept_ = np.round(model.coef_, 3), np.round(model.intercept_, 3)
    found = [
        partial_dependence(model, x, [c], method="brute", response_method="predict_proba", grid_resolution=7, percentiles=(0.1, 0.9))
        for c in range(2)
    ]
    return {
        "coefficients": model.coef_[0],
        "intercept": model.intercept_[0],
        "places": [f["grid_values"][0] for f in found],
        "mean": [f["average"][0] for f in found],
    }


class Linear:
    """Probabilities as predictions."""

    def __init__(self, theta, intercept):
        self.theta, self.intercept = theta, intercept

    def predict(self, x):
        return 1 / (1 + np.exp(-(x.to_numpy() @ self.theta + self.intercept)))


def accumulated():
    x, _ = sample(6, 300, 4)
    # Five levels in the order of their effect.
    x[:, 2] = np.floor((x[:, 2] + 1) * 2.5).clip(0, 4)
    theta, intercept = np.array([1.5, -0.2, 0.9, 0.4]), -1.25
    frame = pd.DataFrame(x, columns=list("abcd"))
    model = Linear(theta, intercept)
    numbers = [aleplot_1D_continuous(frame, model, c, grid_size=10, include_CI=False) for c in "ab"]
    levels = aleplot_1D_discrete(frame, model, "c", include_CI=False)
    return {
        "coefficients": theta,
        "intercept": intercept,
        "places": [f.index.to_numpy() for f in [*numbers, levels]],
        "mean": [f["eff"].to_numpy() for f in [*numbers, levels]],
    }


write(__file__, ["statsmodels", "scikit-learn", "PyALE", "scipy", "numpy"], {"treatment": treatment(), "penalised": penalised(0.5), "partial": partial(), "accumulated": accumulated()})
