"""Columns that an L1 penalty leaves and recursive elimination, plain and cross-validated. Data are made by a rule of whole
numbers that both sides follow."""
import warnings

import numpy as np
from sklearn.feature_selection import RFE, RFECV, SelectFromModel
from sklearn.linear_model import Lasso, LinearRegression, LogisticRegression
from sklearn.model_selection import KFold, StratifiedKFold

from common import noise, write

warnings.filterwarnings("ignore")

N, D = 240, 9


def sample():
    """Some columns that matter, some of noise, and one that is nearly another one."""
    u = noise(61, N * (D + 1)).reshape(N, D + 1)
    x = u[:, :D].copy()
    x[:, 4] = 0.7 * x[:, 0] + 0.3 * x[:, 4]
    x = x.astype(np.float32).astype(float)
    z = 1.5 * x[:, 0] - x[:, 2] + 0.5 * x[:, 5] - 0.3 * x[:, 7] + 0.8 * u[:, D]
    return x, z


x, z = sample()
TARGETS = {"binary": (z > 0.2).astype(int), "multiclass": (z > -0.4).astype(int) + (z > 0.6), "regression": z}


def logistic(**kw):
    return LogisticRegression(tol=1e-10, max_iter=20000, **kw)


def l1():
    out = []
    for task in TARGETS:
        for strength in [0.03, 0.1, 1.0]:
            if task == "regression":
                model = Lasso(alpha=strength / 2, tol=1e-12, max_iter=100000)
            else:
                model = logistic(l1_ratio=1, C=strength, solver="saga")
            y = TARGETS[task]
            found = SelectFromModel(model).fit(x, y)
            coef = np.atleast_2d(found.estimator_.coef_)
            # Which columns stay must not hang on where a solver stopped.
            size = np.linalg.norm(coef, axis=0)
            assert ((size == 0) | (size > 1e-4)).all(), size
            assert found.threshold_ == 1e-5
            # Nor must which of them are the largest.
            gaps = np.diff(np.sort(size[size > 0]))
            assert (gaps > 2e-3).all(), gaps
            limited = {m: SelectFromModel(model, max_features=m).fit(x, y).get_support().astype(int) for m in [1, 3, 6, D]}
            out.append({"task": task, "strength": strength, "kept": found.get_support().astype(int), "size": np.round(size, 6),
                        "limited": limited})
    return out


def recursive():
    out = []
    for task, y in TARGETS.items():
        for keep, step in [(1, 1), (3, 1), (2, 2), (4, 3)]:
            model = LinearRegression() if task == "regression" else logistic()
            found = RFE(model, n_features_to_select=keep, step=step, importance_getter="coef_").fit(x, y)
            out.append({"task": task, "keep": keep, "step": step, "ranks": found.ranking_})
    return out


def cross_validated():
    out = []
    for task, y in TARGETS.items():
        for least, step in [(1, 1), (2, 3)]:
            number = task == "regression"
            model = LinearRegression() if number else logistic()
            scoring = "r2" if number else "neg_log_loss"
            cv = KFold(4) if number else StratifiedKFold(4)
            found = RFECV(model, step=step, min_features_to_select=least, cv=cv, scoring=scoring).fit(x, y)
            names = [f"split{i}_test_score" for i in range(4)]
            out.append({"task": task, "least": least, "step": step, "scoring": scoring, "best": int(found.n_features_),
                        "n_features": found.cv_results_["n_features"], "ranks": found.ranking_,
                        "scores": np.round(np.array([found.cv_results_[s] for s in names]).T, 9)})
    return out


write(__file__, ["scikit-learn", "numpy"], {"l1": l1(), "recursive": recursive(), "cross_validated": cross_validated()})
