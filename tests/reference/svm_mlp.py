"""Support vector machines and neural networks. Data are made by a rule of whole numbers that both sides follow."""
import warnings

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.metrics import log_loss, r2_score, roc_auc_score
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.svm import SVC, SVR

from common import noise, sample, weights, write

warnings.filterwarnings("ignore")


def dual_objective(coef, kernel_f):
    """For one coefficient row: sum |b| - 1/2 b'Kb, with Kb given at the support vectors."""
    return float(np.abs(coef).sum() - 0.5 * coef @ kernel_f)


def svc():
    n, d = 240, 4
    x, z = sample(1, n, d)
    t, _ = sample(2, 40, d)
    y = (z > 0.2).astype(int)
    w = weights(3, n)
    fits = []
    for kernel, gamma in [("linear", "scale"), ("rbf", "scale"), ("rbf", "auto"), ("rbf", 0.3)]:
        for c in [0.3, 20.0]:
            for balanced, weighted in [(False, False), (True, False), (False, True), (True, True)]:
                # Classes are balanced by the weight of their rows, not by their number.
                totals = np.bincount(y, w if weighted else None)
                class_weight = {k: totals.sum() / (2 * totals[k]) for k in (0, 1)} if balanced else None
                m = SVC(kernel=kernel, gamma=gamma, C=c, tol=1e-6, cache_size=500, class_weight=class_weight)
                m.fit(x, y, sample_weight=w if weighted else None)
                f = m.decision_function(m.support_vectors_) - m.intercept_[0]
                fits.append({
                    "kernel": kernel, "gamma": gamma, "C": c, "balanced": balanced, "weighted": weighted,
                    "f": np.round(m.decision_function(t), 7), "objective": dual_objective(m.dual_coef_[0], f),
                    "coef": np.round(m.coef_[0], 7) if kernel == "linear" else None,
                })
    return {"n": n, "d": d, "n_positive": int(y.sum()), "fits": fits}


def three():
    n, d = 210, 4
    x, z = sample(4, n, d)
    t, _ = sample(5, 25, d)
    y = (z > -0.4).astype(int) + (z > 0.6)
    w = weights(6, n)
    fits = []
    for kernel in ["linear", "rbf"]:
        for weighted in [False, True]:
            m = SVC(kernel=kernel, C=3.0, tol=1e-6, decision_function_shape="ovo")
            m.fit(x, y, sample_weight=w if weighted else None)
            # scikit-learn's pairs are positive for the first class.
            fits.append({"kernel": kernel, "weighted": weighted, "f": np.round(-m.decision_function(t), 7)})
    return {"n": n, "d": d, "counts": np.bincount(y), "fits": fits}


def svr():
    n, d = 160, 4
    x, z = sample(7, n, d)
    t, _ = sample(8, 40, d)
    w = weights(9, n)
    fits = []
    for kernel in ["linear", "rbf"]:
        for scale in [1.0, 250.0]:
            for weighted in [False, True]:
                m = SVR(kernel=kernel, C=2.0, epsilon=0.1 * scale, tol=1e-7 * scale)
                m.fit(x, z * scale + 3 * scale, sample_weight=w if weighted else None)
                fits.append({"kernel": kernel, "scale": scale, "weighted": weighted, "f": np.round(m.predict(t), 6)})
    return {"n": n, "d": d, "fits": fits}


def platt(f, y):
    """Lin, Lin & Weng (2007), appendix 3, followed line by line; only the stopping tolerance is tighter."""
    prior1, prior0 = int(y.sum()), int((1 - y).sum())
    t = np.where(y == 1, (prior1 + 1) / (prior1 + 2), 1 / (prior0 + 2))
    a, b = 0.0, np.log((prior0 + 1) / (prior1 + 1))

    def value(a, b):
        z = f * a + b
        return float(np.where(z >= 0, t * z + np.log1p(np.exp(-np.abs(z))), (t - 1) * z + np.log1p(np.exp(-np.abs(z)))).sum())

    v = value(a, b)
    for _ in range(100):
        p = 1 / (1 + np.exp(f * a + b))
        d2, d1 = p * (1 - p), t - p
        h11, h22, h21 = 1e-12 + (f * f * d2).sum(), 1e-12 + d2.sum(), (f * d2).sum()
        g1, g2 = (f * d1).sum(), d1.sum()
        if abs(g1) < 1e-9 and abs(g2) < 1e-9:
            break
        det = h11 * h22 - h21 * h21
        da, db = -(h22 * g1 - h21 * g2) / det, -(-h21 * g1 + h11 * g2) / det
        step = 1.0
        while step >= 1e-10:
            if value(a + step * da, b + step * db) < v + 1e-4 * step * (g1 * da + g2 * db):
                a, b = a + step * da, b + step * db
                v = value(a, b)
                break
            step /= 2
        else:
            break
    return [a, b]


def platts():
    out = []
    for seed, n, wide, shift in [(10, 60, 1.0, 0.0), (11, 300, 3.0, 0.8), (12, 40, 0.1, -0.05)]:
        u = noise(seed, 2 * n)
        f = u[:n] * wide
        y = (f + 0.8 * wide * u[n:] > shift).astype(int)
        out.append({"seed": seed, "n": n, "wide": wide, "shift": shift, "ab": platt(f, y)})
    return out


def coupling():
    """Wu, Lin & Weng (2004), equation 21: the linear system solved directly."""
    out = []
    for seed, k in [(13, 3), (14, 5), (15, 8)]:
        u = noise(seed, k * k).reshape(k, k)
        r = np.zeros((k, k))
        for i in range(k):
            for j in range(i + 1, k):
                r[i, j] = 0.5 + 0.45 * u[i, j]
                r[j, i] = 1 - r[i, j]
        q = -r.T * r
        q[np.arange(k), np.arange(k)] = (r.T**2).sum(1)
        a = np.ones((k + 1, k + 1))
        a[:k, :k], a[k, k] = q, 0
        p = np.linalg.solve(a, np.r_[np.zeros(k), 1])[:k]
        out.append({"seed": seed, "k": k, "p": p})
    return out


def probabilities():
    x, z = sample(16, 1200, 5)
    t, zt = sample(17, 3000, 5)
    y, yt = (z > 0.3).astype(int), (zt > 0.3).astype(int)
    out = []
    for kernel in ["linear", "rbf"]:
        losses, aucs, means = [], [], []
        for seed in range(5):
            order = np.random.default_rng(seed).permutation(len(x))
            m = CalibratedClassifierCV(SVC(kernel=kernel), ensemble=False, cv=5).fit(x[order], y[order])
            p = m.predict_proba(t)[:, 1]
            losses.append(log_loss(yt, p))
            aucs.append(roc_auc_score(yt, p))
            means.append(p.mean())
        out.append({"kernel": kernel, "log_loss": np.mean(losses), "auc": np.mean(aucs), "mean": np.mean(means)})
    return out


class Given:
    """Starts from weights made by the rule of whole numbers."""

    def _init_coef(self, fan_in, fan_out, dtype):
        if not hasattr(self, "_given"):
            self._given = noise(20, 4000)
            self._at = 0
        def take(k):
            self._at += k
            return (0.5 * self._given[self._at - k : self._at]).astype(np.float32).astype(dtype)
        w = take(fan_in * fan_out).reshape(fan_in, fan_out)
        return w, take(fan_out)


class GivenClassifier(Given, MLPClassifier):
    pass


class GivenRegressor(Given, MLPRegressor):
    pass


def steps():
    n, d = 48, 5
    x, z = sample(21, n, d)
    x[:, 1] /= 10
    x = x.astype(np.float32).astype(float)
    w = weights(22, n)
    out = []
    for goal, hidden, activation in [("binary", [6], "relu"), ("three", [7, 5], "tanh"), ("number", [6, 3], "logistic"), ("binary", [], "relu")]:
        for weighted in [False, True]:
            y = {"binary": (z > 0).astype(int), "three": (z > -0.4).astype(int) + (z > 0.6), "number": z}[goal]
            kind = GivenRegressor if goal == "number" else GivenClassifier
            m = kind(hidden_layer_sizes=tuple(hidden), activation=activation, alpha=0.1, learning_rate_init=0.01, batch_size=16, shuffle=False, max_iter=4, tol=0, n_iter_no_change=1000)
            m.fit(x, y, sample_weight=w if weighted else None)
            flat = np.concatenate([np.r_[c.ravel(), b] for c, b in zip(m.coefs_, m.intercepts_)])
            out.append({"goal": goal, "hidden": hidden, "activation": activation, "weighted": weighted, "weights": np.round(flat, 8), "loss": m.loss_curve_})
    return {"n": n, "d": d, "fits": out}


def quality():
    x, z = sample(30, 5000, 6)
    t, zt = sample(31, 5000, 6)
    x[:, 1] /= 10
    t[:, 1] /= 10
    y, yt = (z > 0.2).astype(int), (zt > 0.2).astype(int)
    out = []
    for activation in ["relu", "tanh", "logistic"]:
        kw = dict(hidden_layer_sizes=(10,), activation=activation, learning_rate_init=0.005, batch_size=64, max_iter=25)
        seeds = range(5)
        aucs = [roc_auc_score(yt, MLPClassifier(random_state=s, **kw).fit(x, y).predict_proba(t)[:, 1]) for s in seeds]
        r2s = [r2_score(zt, MLPRegressor(random_state=s, **kw).fit(x, z).predict(t)) for s in seeds]
        out.append({"activation": activation, "auc": np.mean(aucs), "auc_spread": np.std(aucs), "r2": np.mean(r2s), "r2_spread": np.std(r2s)})
    return out


write(__file__, ["scikit-learn", "numpy"], {
    "svc": svc(), "three": three(), "svr": svr(), "platt": platts(), "coupling": coupling(), "probabilities": probabilities(),
    "steps": steps(), "quality": quality(),
})
