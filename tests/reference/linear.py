"""Linear and logistic regression with every penalty; standard errors, p-values and intervals.

Data are made by a rule of whole numbers that both sides follow; only results are written.
"""
import warnings

import numpy as np
import statsmodels.api as sm
from sklearn.linear_model import ElasticNet, Lasso, LinearRegression, LogisticRegression, Ridge, lasso_path

from common import write

warnings.simplefilter("ignore")


def data(n, d, n_classes):
    s = 2024
    u = np.empty(n * (d + 1))
    for i in range(u.size):
        s = (s * 1664525 + 1013904223) % 2**32
        u[i] = (s >> 8) / 2**23 - 1.0
    u = u.reshape(n, d + 1)
    x = u[:, :d].astype(np.float32).astype(float)
    z = x[:, 0] - 0.6 * x[:, 1] + 0.5 * x[:, 2] + 0.9 * u[:, d]
    codes = np.clip(np.floor((z + 1.2) * 0.42 * n_classes), 0, n_classes - 1).astype(int)
    w = 0.5 + (np.arange(n) % 4)
    return x, z, codes, w


def digits(a):
    return [float(f"{v:.9g}") for v in np.ravel(a)]


def logistic():
    fits = []
    for n, d, k in [(300, 5, 2), (300, 5, 3), (40, 280, 2)]:
        x, _, y, w = data(n, d, k)
        for penalty, l1_ratio in [("l2", 0.0), ("l1", 1.0), ("elasticnet", 0.4), ("none", 0.0)]:
            if d > n and penalty != "l2":
                continue
            for c in [0.001, 1.0, 1000.0] if penalty == "l2" else [1.0]:
                for weighted, balanced, intercept in [(False, False, True), (True, False, True), (False, True, True), (False, False, False)]:
                    smooth = penalty in ["l2", "none"]
                    model = LogisticRegression(
                        C=np.inf if penalty == "none" else c, l1_ratio=l1_ratio, fit_intercept=intercept,
                        class_weight="balanced" if balanced else None,
                        solver="newton-cholesky" if smooth else "saga", tol=1e-12 if smooth else 1e-10, max_iter=100000, random_state=0,
                    )
                    if k > 2 and not smooth and (weighted or balanced):
                        # With several classes and weights, saga stops far from the minimum: rows are repeated instead.
                        if balanced:
                            continue
                        twice = (2 * w).astype(int)
                        model.set_params(C=c / 2).fit(np.repeat(x, twice, 0), np.repeat(y, twice))
                    else:
                        model.fit(x, y, sample_weight=w if weighted else None)
                    fits.append({
                        "n": n, "d": d, "k": k, "penalty": penalty, "C": c, "l1_ratio": l1_ratio, "weighted": weighted,
                        "balanced": balanced, "intercept": intercept, "coef": digits(model.coef_[:, :40]), "b": digits(model.intercept_),
                        "proba": digits(model.predict_proba(x)[:3]),
                    })
    return fits


def errors():
    x, z, y, w = data(300, 5, 2)
    a = sm.add_constant(x)
    logit = sm.Logit(y, a).fit(disp=0, method="newton", tol=1e-14)
    out = {"logit": {"se": digits(logit.bse), "p": digits(logit.pvalues), "ci": digits(logit.conf_int())}}
    _, _, y3, _ = data(300, 5, 3)
    multi = sm.MNLogit(y3, a).fit(disp=0, method="newton", tol=1e-14)
    # From contrasts with class 0 to coefficients that sum to 0 over classes.
    q, k = a.shape[1], 3
    to = np.zeros((k * q, (k - 1) * q))
    for c in range(k):
        for e in range(1, k):
            to[c * q:(c + 1) * q, (e - 1) * q:e * q] = np.eye(q) * ((c == e) - 1 / k)
    cov = to @ np.asarray(multi.cov_params()) @ to.T
    out["multi"] = {"se": digits(np.sqrt(np.diag(cov)))}
    for name, model in [("ols", sm.OLS(z, a)), ("wls", sm.WLS(z, a, weights=w)), ("bare", sm.OLS(z, x))]:
        fit = model.fit()
        new = (x if name == "bare" else a)[:5]
        predicted = fit.get_prediction(new).summary_frame(alpha=0.1)
        out[name] = {
            "coef": digits(fit.params), "se": digits(fit.bse), "p": digits(fit.pvalues), "ci": digits(fit.conf_int()),
            "low": digits(predicted["obs_ci_lower"]), "high": digits(predicted["obs_ci_upper"]),
        }
    return out


def linear():
    fits = []
    for n, d in [(200, 6), (30, 100)]:
        x, y, _, w = data(n, d, 2)
        for repeated in [False, True]:
            if repeated:
                x = x.copy()
                x[:, 4] = x[:, 0]
                x[:, 5] = 1.5
            for penalty in ["none", "ridge", "lasso", "elasticnet"]:
                for alpha in [0.001, 0.05, 20.0] if penalty != "none" else [1.0]:
                    for weighted, intercept in [(False, True), (True, True), (False, False)]:
                        if penalty in ["lasso", "elasticnet"] and repeated:
                            continue
                        kw = dict(fit_intercept=intercept)
                        tight = dict(tol=1e-12, max_iter=1000000)
                        model = {
                            "none": lambda: LinearRegression(**kw), "ridge": lambda: Ridge(alpha, solver="svd", **kw),
                            "lasso": lambda: Lasso(alpha, **kw, **tight), "elasticnet": lambda: ElasticNet(alpha, l1_ratio=0.3, **kw, **tight),
                        }[penalty]()
                        model.fit(x, y, sample_weight=w if weighted else None)
                        fits.append({
                            "n": n, "d": d, "repeated": repeated, "penalty": penalty, "alpha": alpha, "weighted": weighted,
                            "intercept": intercept, "coef": digits(model.coef_[:12]), "b": float(model.intercept_), "y": digits(model.predict(x)[:3]),
                        })
    x, y, _, _ = data(200, 6, 2)
    alphas, coefs, _ = lasso_path(x - x.mean(0), y - y.mean(), n_alphas=5, eps=1e-2, tol=1e-12)
    return {"fits": fits, "path": {"alphas": digits(alphas), "coefs": digits(coefs.T)}}


write(__file__, ["scikit-learn", "statsmodels", "numpy"], {"logistic": logistic(), "errors": errors(), "linear": linear()})
