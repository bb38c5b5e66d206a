"""Coefficients of logistic regression, predictions of trees, ROC-AUC of boosting."""
import lightgbm
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.tree import DecisionTreeClassifier

from common import write

rng = np.random.default_rng(13)


def logistic():
    n, d = 400, 6
    x = rng.normal(size=(n, d))
    x[:, 1] = 0.8 * x[:, 0] + 0.6 * x[:, 1]
    x[:, 2] = (x[:, 2] > 0.5).astype(float)
    x[:, 4] = x[:, 3]  # repeated
    x[:, 5] = x[:, 5] * 40 + 300  # not scaled
    x = np.round(x, 3).astype(np.float32).astype(float)
    z = 1.2 * x[:, 0] - 0.7 * x[:, 2] + 0.5 * x[:, 3] + 0.02 * (x[:, 5] - 300) - 1.5
    y = (rng.random(n) < 1 / (1 + np.exp(-z))).astype(int)
    w = np.round(rng.gamma(2.0, 1.0, n), 2)
    fits = []
    for c in [0.1, 1.0, 10.0, 100.0]:
        for balanced in [False, True]:
            for weighted in [False, True]:
                model = LogisticRegression(C=c, class_weight="balanced" if balanced else None, solver="newton-cholesky", tol=1e-12, max_iter=10000)
                model.fit(x, y, sample_weight=w if weighted else None)
                fits.append({
                    "C": c, "balanced": balanced, "weighted": weighted,
                    "coef": model.coef_[0], "intercept": float(model.intercept_[0]),
                    "proba": np.round(model.predict_proba(x)[:40, 1], 12),
                })
    return {"x": x, "y": y, "w": w, "fits": fits}


def wide():
    """More columns than Newton is used for."""
    n, d = 40, 280
    x = np.round(rng.normal(size=(n, d)), 1)
    y = (x[:, :5].sum(1) + rng.normal(size=n) > 0).astype(int)
    model = LogisticRegression(C=1.0, solver="newton-cholesky", tol=1e-12, max_iter=1000).fit(x.astype(np.float32).astype(float), y)
    return {"x": x, "y": y, "coef": np.round(model.coef_[0], 9), "intercept": float(model.intercept_[0])}


def tree():
    n, d = 500, 4
    x = np.round(rng.normal(size=(n, d)), 1)
    y = ((x[:, 0] > 0.3) ^ (x[:, 1] + 0.7 * rng.normal(size=n) > 0.5)).astype(int)
    w = rng.integers(0, 4, n).astype(float)
    xt = np.round(rng.normal(size=(300, d)), 1)
    fits = []
    for criterion in ["gini", "entropy"]:
        for depth in [1, 2, 3]:
            for balanced in [False, True]:
                for weighted in [False, True]:
                    kw = dict(criterion=criterion, max_depth=depth, min_samples_leaf=8, class_weight="balanced" if balanced else None)
                    sw = w if weighted else None
                    models = [DecisionTreeClassifier(random_state=s, **kw).fit(x, y, sample_weight=sw) for s in range(6)]
                    all_p = np.array([m.predict_proba(x)[:, 1] for m in models])
                    fits.append({
                        "criterion": criterion, "max_depth": depth, "balanced": balanced, "weighted": weighted,
                        "unambiguous": bool((all_p == all_p[0]).all()),
                        "train_proba_levels": sorted({round(float(v), 9) for v in all_p[0]}),
                        "auc": roc_auc_score(y, all_p[0]),
                        "proba": np.round(all_p[0][:100], 9),
                    })
    return {"x": x, "y": y, "w": w, "fits": fits}


def boosting():
    """Data are made by a rule of whole numbers that both sides follow; only figures are written.

    The product has main effects on purpose: with `2 * x0 * x1`, which no single split can see, scikit-learn's histogram
    boosting and LightGBM themselves differ by 0.005 at 7 leaves, so a comparison would measure chance.
    """
    n, d = 30000, 8
    s = 12345
    u = np.empty(n * (d + 1))
    for i in range(u.size):
        s = (s * 1664525 + 1013904223) % 2**32
        u[i] = (s >> 8) / 2**23 - 1.0
    u = u.reshape(n, d + 1)
    x = u[:, :d].astype(np.float32).astype(float)
    z = (1 + x[:, 0]) * (1 + x[:, 1]) + x[:, 2] - 1.5 * x[:, 3] ** 2 + 0.8 * (x[:, 4] > 0.2) + 1.2 * u[:, d]
    y = (z > 1.0).astype(int)
    fits = []
    for leaves, lr, lam, weight in [(31, 0.1, 0.0, None), (7, 0.1, 1.0, None), (15, 0.05, 0.0, "balanced"), (31, 0.3, 10.0, None)]:
        model = lightgbm.LGBMClassifier(n_estimators=100, num_leaves=leaves, learning_rate=lr, reg_lambda=lam, class_weight=weight, n_jobs=1, deterministic=True, force_row_wise=True, verbose=-1)
        model.fit(x[:20000], y[:20000])
        p = model.predict_proba(x[20000:])[:, 1]
        fits.append({"num_leaves": leaves, "learning_rate": lr, "reg_lambda": lam, "class_weight": weight or "none", "auc": roc_auc_score(y[20000:], p), "mean": float(p.mean()), "log_loss": float(-np.mean(np.log(np.where(y[20000:] == 1, p, 1 - p))))})
    return {"n_positive": int(y.sum()), "fits": fits}


write(__file__, ["scikit-learn", "lightgbm", "numpy"], {"logistic": logistic(), "wide": wide(), "tree": tree(), "boosting": boosting()})
