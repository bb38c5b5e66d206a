"""Calibration and conformal prediction: sigmoid, isotonic, beta, curves, errors, parts of the Brier score, ranges, sets."""
import numpy as np
from betacal import BetaCalibration
from mapie.regression import ConformalizedQuantileRegressor, CrossConformalRegressor, SplitConformalRegressor
from scipy.optimize import minimize
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.calibration import _SigmoidCalibration, calibration_curve
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LinearRegression
from sklearn.metrics import brier_score_loss
from sklearn.model_selection import KFold
from statsmodels.stats.proportion import proportion_confint

from common import noise, weights, write


def scored(seed, n, slope, digits=None):
    """Probabilities, and outcomes that happen as another slope of their log-odds says; `tests/reference_calibration.rs` makes the same."""
    u, v = noise(seed, n), noise(seed + 1, n)
    p = 0.5 + 0.44 * u
    if digits:
        p = np.round(p * 10**digits) / 10**digits
    happens = 0.5 + 0.5 * np.sign(p - 0.5) * np.abs(2 * p - 1) ** slope
    return p, (0.5 + 0.5 * v < happens).astype(int)


def beta_exact(p, y, w):
    """Maximum likelihood with a, b >= 0, by another solver than betacal's."""
    x = np.column_stack([np.log(p), -np.log1p(-p), np.ones_like(p)])

    def loss(t):
        z = x @ t
        return np.sum(w * (np.logaddexp(0, z) - y * z)), x.T @ (w * (1 / (1 + np.exp(-z)) - y))

    free = [(0, None), (0, None), (None, None)]
    out = minimize(loss, [1.0, 1.0, 0.0], jac=True, bounds=free, method="L-BFGS-B",
                   options={"maxiter": 10000, "ftol": 1e-16, "gtol": 1e-11})
    return out.x, out.fun


def case(seed, n, slope, digits, weighted):
    p, y = scored(seed, n, slope, digits)
    w = weights(seed + 2, n) if weighted else None
    one = np.ones(n) if w is None else w
    at = np.linspace(0, 1, 21)
    z = np.log(p / (1 - p))
    sigmoid = _SigmoidCalibration().fit(z, y, w)
    iso = IsotonicRegression(out_of_bounds="clip").fit(p, y, w)
    bounded = IsotonicRegression(y_min=0.1, y_max=0.8, out_of_bounds="clip").fit(p, y, w)
    beta = BetaCalibration("abm").fit(p.reshape(-1, 1), y, w)
    a, b, _ = beta.calibrator_.map_
    exact, loss = beta_exact(p, y, one)
    return {
        "seed": seed, "n": n, "slope": slope, "digits": digits or 0, "weighted": weighted, "n_positive": y.sum(),
        "sigmoid": [-sigmoid.a_, -sigmoid.b_],
        "isotonic": {"x": iso.X_thresholds_, "y": iso.y_thresholds_, "at": iso.predict(at), "bounded": bounded.predict(at)},
        "beta": {"betacal": [a, b, beta.calibrator_.lr_.intercept_[0]], "exact": exact, "loss": loss,
                 "at": beta.predict(np.clip(at, 0.01, 0.99).reshape(-1, 1))},
    }


def curve(seed, n, slope, digits, n_bins):
    p, y = scored(seed, n, slope, digits)
    out = {"seed": seed, "n": n, "slope": slope, "digits": digits or 0, "n_bins": n_bins, "brier": brier_score_loss(y, p)}
    for strategy in ["uniform", "quantile"]:
        observed, predicted = calibration_curve(y, p, n_bins=n_bins, strategy=strategy)
        edges = np.linspace(0, 1, n_bins + 1) if strategy == "uniform" else np.percentile(p, np.linspace(0, 1, n_bins + 1) * 100)
        group = np.searchsorted(edges[1:-1], p)
        counts = np.bincount(group, minlength=n_bins)
        counts = counts[counts > 0]
        hits = np.round(observed * counts).astype(int)
        low, high = proportion_confint(hits, counts, method="wilson")
        share = counts / n
        chance = np.where(counts > 1, observed * (1 - observed) / np.maximum(counts - 1, 1), 0)
        several = counts > 1
        squared = np.sum(counts[several] * ((predicted - observed) ** 2 - chance)[several]) / counts[several].sum()
        out[strategy] = {
            "predicted": predicted, "observed": observed, "counts": counts, "low": low, "high": high,
            "ece": np.sum(share * np.abs(predicted - observed)), "debiased": np.sqrt(max(0, squared)),
        }
        if strategy == "quantile":
            present = np.unique(group)
            pm, om = (np.array([v[group == g].mean() for g in group]) for v in (p, y.astype(float)))
            assert len(present) == len(counts)
            out["parts"] = {
                "reliability": np.mean((pm - om) ** 2), "resolution": np.mean((om - y.mean()) ** 2),
                "uncertainty": y.mean() * (1 - y.mean()), "within_variance": np.mean((p - pm) ** 2),
                "within_covariance": np.mean((p - pm) * (y - om)),
            }
            q = out["parts"]
            total = q["reliability"] - q["resolution"] + q["uncertainty"] + q["within_variance"] - 2 * q["within_covariance"]
            assert abs(total - out["brier"]) < 1e-12
    return out


class Given(RegressorMixin, BaseEstimator):
    """Predicts the column of `x` that it is told; for mapie, which wants a fitted model."""

    def __init__(self, column=0):
        self.column = column

    def fit(self, x, y, sample_weight=None):
        self.fitted_ = True
        return self

    def predict(self, x):
        return np.asarray(x)[:, self.column]


def ranges(seed, n, n_new, alpha):
    x, e = noise(seed, n + n_new), noise(seed + 1, n + n_new)
    y = 2 * x + e**3 * (1.5 + x)
    said, low, high = 1.9 * x + 0.1, 2 * x - 0.2, 2 * x + 0.3
    k, new = slice(0, n), slice(n, n + n_new)
    q = np.sort(np.abs(y[k] - said[k]))[int(np.ceil((n + 1) * (1 - alpha))) - 1]
    out = {"seed": seed, "n": n, "n_new": n_new, "alpha": alpha, "absolute": q}
    table = np.column_stack([said, low, high])
    split = SplitConformalRegressor(Given(0).fit(None, None), confidence_level=1 - alpha, prefit=True)
    split.conformalize(table[k], y[k])
    _, ends = split.predict_interval(table[new])
    out["absolute_mapie"] = (ends[:, 1, 0] - ends[:, 0, 0]).mean() / 2
    scale = 1.5 + x
    out["normalised"] = np.sort(np.abs(y[k] - said[k]) / scale[k])[int(np.ceil((n + 1) * (1 - alpha))) - 1]
    miss = np.maximum(low[k] - y[k], y[k] - high[k])
    out["quantiles"] = np.sort(miss)[int(np.ceil((n + 1) * (1 - alpha))) - 1]
    models = [Given(1).fit(None, None), Given(2).fit(None, None), Given(0).fit(None, None)]
    cqr = ConformalizedQuantileRegressor(models, confidence_level=1 - alpha, prefit=True)
    cqr.conformalize(table[k], y[k])
    _, ends = cqr.predict_interval(table[new], symmetric_correction=True)
    out["quantiles_mapie"] = (low[new] - ends[:, 0, 0]).mean()
    # CV+ with lines through the rows of the other folds.
    for name, folds in [("cv_plus", 5), ("jackknife_plus", n)]:
        cross = CrossConformalRegressor(LinearRegression(), confidence_level=1 - alpha, cv=KFold(folds), method="plus")
        cross.fit_conformalize(x[k].reshape(-1, 1), y[k])
        _, ends = cross.predict_interval(x[new].reshape(-1, 1))
        out[name] = {"low": ends[:, 0, 0], "high": ends[:, 1, 0]}
    return out


# Of mapie's adaptive sets the scores of the known rows are drawn; these are not.
def sets(seed, n, n_new, n_classes, alpha):
    u = np.abs(noise(seed, (n + n_new) * n_classes).reshape(-1, n_classes)) + 0.01
    proba = u**2 / np.sum(u**2, axis=1, keepdims=True)
    draw = 0.5 + 0.5 * noise(seed + 1, n + n_new)
    codes = (np.cumsum(proba, axis=1) < draw[:, None]).sum(axis=1).clip(0, n_classes - 1)
    k, new = slice(0, n), slice(n, n + n_new)
    order = np.argsort(-proba, axis=1, kind="stable")
    sums = np.cumsum(np.take_along_axis(proba, order, axis=1), axis=1)
    place = np.argmax(order == codes[:, None], axis=1)
    scores = sums[np.arange(n + n_new), place]
    q = np.sort(scores[k])[int(np.ceil((n + 1) * (1 - alpha))) - 1]
    sizes = (sums[new] < q - 1e-12).sum(axis=1) + 1
    return {"seed": seed, "n": n, "n_new": n_new, "n_classes": n_classes, "alpha": alpha, "threshold": q,
            "sizes": np.minimum(sizes, n_classes)}


write(__file__, ["scikit-learn", "numpy", "scipy", "statsmodels", "betacal", "mapie"], {
    "fits": [
        case(1, 400, 1.0, None, False),
        case(11, 400, 2.0, None, True),
        case(21, 300, 0.4, 1, False),
        case(31, 300, 0.6, 2, True),
    ],
    "falling": {"p": np.round(scored(41, 200, 1.0)[0], 3), "y": 1 - scored(41, 200, 1.0)[1],
                "exact": beta_exact(np.round(scored(41, 200, 1.0)[0], 3), 1 - scored(41, 200, 1.0)[1], np.ones(200))[0]},
    "curves": [curve(51, 500, 1.5, None, 10), curve(52, 300, 0.7, 1, 10), curve(53, 200, 1.0, 2, 15)],
    "ranges": [ranges(61, 100, 20, 0.1), ranges(71, 57, 20, 0.2)],
    "sets": [sets(81, 200, 60, 3, 0.1), sets(91, 150, 60, 5, 0.2)],
})
