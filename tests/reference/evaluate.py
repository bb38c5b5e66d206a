"""Splits, metrics, schedules, selectors, calibration and search of the room `evaluate`."""
import warnings

import numpy as np
from scipy import stats
from sklearn import metrics as m
from sklearn.calibration import _sigmoid_calibration
from sklearn.dummy import DummyClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.feature_selection import (chi2, f_classif, f_regression, mutual_info_classif, mutual_info_regression)
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (GridSearchCV, GroupKFold, HalvingGridSearchCV, KFold, StratifiedGroupKFold,
                                     StratifiedKFold, TimeSeriesSplit, cross_val_score, validation_curve)

from common import write

warnings.filterwarnings("ignore")
rng = np.random.default_rng(31)


def dealt(splitter, n, *args):
    fold = np.empty(n, int)
    for i, (_, test) in enumerate(splitter.split(np.zeros(n), *args)):
        fold[test] = i
    return fold


k_folds = [{"n": n, "k": k, "fold": dealt(KFold(k), n)} for n, k in [(10, 3), (23, 5), (8, 8)]]

grouped = []
for n, k, n_groups, share in [(60, 3, 9, 0.3), (97, 5, 20, 0.2), (40, 4, 4, 0.5), (80, 2, 13, 0.1)]:
    groups = rng.choice(n_groups, n, p=rng.dirichlet(np.full(n_groups, 3.0)))
    groups[:n_groups] = np.arange(n_groups)
    groups = groups * 7 % 101
    y = rng.choice(3, n, p=[1 - share, share * 0.6, share * 0.4])
    grouped.append({"k": k, "groups": groups, "y": y, "plain": dealt(GroupKFold(k), n, y, groups),
                    "strata": dealt(StratifiedGroupKFold(k), n, y, groups)})

forward = []
for n, k, size, most, gap in [(20, 3, None, None, 0), (23, 4, 3, None, 2), (40, 5, None, 12, 1), (11, 2, 4, 2, 0)]:
    split = TimeSeriesSplit(k, test_size=size, max_train_size=most, gap=gap)
    folds = [[train, test] for train, test in split.split(np.zeros(n))]
    forward.append({"n": n, "k": k, "size": size, "most": most, "gap": gap, "folds": folds})

regression = []
for n, weighted in [(30, False), (30, True), (17, True)]:
    t = np.round(rng.gamma(2.0, 2.0, n), 2)
    t[0] = 0.0
    p = np.round(np.maximum(t + rng.normal(0, 1, n), 0.05), 2)
    w = np.round(rng.uniform(0.1, 3, n), 2) if weighted else None
    kw = {"sample_weight": w}
    keep = t > 0
    regression.append({
        "y": t, "p": p, "w": w, "mae": m.mean_absolute_error(t, p, **kw), "rmse": m.root_mean_squared_error(t, p, **kw),
        "r2": m.r2_score(t, p, **kw), "median": m.median_absolute_error(t, p, **kw),
        "mape": m.mean_absolute_percentage_error(t[keep], p[keep], sample_weight=None if w is None else w[keep]),
        "pinball": m.mean_pinball_loss(t, p, alpha=0.3, **kw), "poisson": m.mean_poisson_deviance(t, p, **kw),
        "explained": m.explained_variance_score(t, p, **kw), "max": m.max_error(t, p)})

classes = []
for n, k, weighted in [(40, 3, False), (40, 3, True), (50, 4, False), (30, 2, False), (30, 2, True)]:
    y = rng.choice(k, n)
    y[:k] = np.arange(k)
    proba = np.round(rng.dirichlet(np.ones(k), n) * 0.6 + 0.4 * np.eye(k)[y], 3)
    proba[:, 0] = 1 - proba[:, 1:].sum(axis=1)
    proba = np.round(proba, 3)
    w = np.round(rng.uniform(0.1, 3, n), 2) if weighted else None
    kw = {"sample_weight": w}
    said = proba.argmax(axis=1)
    labels = list(range(k))
    two = k == 2
    case = {
        "y": y, "proba": proba, "w": w,
        "roc_auc_ovr": np.mean([m.roc_auc_score(y == c, proba[:, c], **kw) for c in labels]),
        "neg_log_loss": -m.log_loss(y, proba, labels=labels, **kw),
        "neg_brier_score": -m.brier_score_loss(y, proba[:, 1] if two else proba, labels=labels, **kw),
        "accuracy": m.accuracy_score(y, said, **kw), "balanced_accuracy": m.balanced_accuracy_score(y, said, **kw),
        "f1": m.f1_score(y, said, average="binary" if two else "macro", **kw), "mcc": m.matthews_corrcoef(y, said, **kw)}
    if two:
        case["roc_auc"] = m.roc_auc_score(y, proba[:, 1], **kw)
        case["average_precision"] = m.average_precision_score(y, proba[:, 1], **kw)
    elif not weighted:
        assert abs(case["roc_auc_ovr"] - m.roc_auc_score(y, proba, multi_class="ovr", average="macro")) < 1e-12
    classes.append(case)

halving = []
for n, k, candidates, factor, least, most, aggressive in [
        (1000, 5, 20, 3, None, None, False), (150, 5, 30, 3, None, None, False), (150, 5, 30, 3, None, None, True),
        (1000, 3, 9, 2, 40, None, False), (400, 5, 12, 4, None, 200, True), (2000, 2, 3, 3, None, None, True)]:
    y = np.arange(n) % 2
    search = HalvingGridSearchCV(
        DummyClassifier(strategy="constant", constant=0), {"random_state": list(range(candidates))}, cv=k, factor=factor,
        min_resources=least or "smallest", max_resources=most or "auto", aggressive_elimination=aggressive, refit=False)
    search.fit(np.zeros((n, 1)), y)
    halving.append({"n": n, "k": k, "candidates": candidates, "factor": factor, "least": least, "most": most,
                    "aggressive": aggressive, "rounds": list(zip(search.n_candidates_, search.n_resources_))})

n = 150
y3 = rng.choice(3, n, p=[0.5, 0.3, 0.2])
x = np.round(np.c_[rng.normal(0, 1, n) + y3, rng.normal(5, 3, n), rng.exponential(1, n) * (1 + y3),
                   rng.choice(4, n), (rng.random(n) < 0.2 + 0.25 * y3)], 6).astype(np.float32).astype(float)
x = x - np.minimum(x.min(axis=0), 0)
x = np.round(x, 6).astype(np.float32).astype(float)
number = np.round(x[:, 0] ** 2 + rng.normal(0, 1, n), 7)
discrete = [False, False, False, True, True]
f, f_p = f_classif(x, y3)
c, c_p = chi2(x, y3)
r, r_p = f_regression(x, number)
select = {"x": x, "y": y3, "number": number, "f": f, "f_p": f_p, "chi2": c, "chi2_p": c_p, "r": r, "r_p": r_p,
          "mi": mutual_info_classif(x, y3, discrete_features=discrete, random_state=0),
          "mi_number": mutual_info_regression(x, number, discrete_features=discrete, random_state=0)}

for seed in range(5):  # No tie that the random amount decides.
    again = mutual_info_classif(x, y3, discrete_features=discrete, random_state=seed)
    assert np.abs(again - select["mi"]).max() < 1e-9
    again = mutual_info_regression(x, number, discrete_features=discrete, random_state=seed)
    assert np.abs(again - select["mi_number"]).max() < 1e-9

platt = []
for size, weighted in [(60, False), (80, True)]:
    f_ = np.round(rng.normal(0, 2, size), 3)
    y_ = rng.random(size) < 1 / (1 + np.exp(-(0.7 * f_ - 1)))
    w = np.round(rng.uniform(0.2, 2, size), 2) if weighted else None
    # Minimised by its definition: scikit-learn's stops at 1e-4 or so.
    ww = np.ones(size) if w is None else w
    plus, minus = ww[y_].sum(), ww[~y_].sum()
    goal = np.where(y_, (plus + 1) / (plus + 2), 1 / (minus + 2))
    from scipy.optimize import minimize
    loss = lambda ab: (ww * (np.logaddexp(0, ab[0] * f_ + ab[1]) - goal * (ab[0] * f_ + ab[1]))).sum()
    best = minimize(loss, [0.0, 0.0], method="BFGS", options={"gtol": 1e-9}).x
    if w is None:
        a, b = _sigmoid_calibration(f_, y_.astype(int))
        assert abs(-a - best[0]) < 1e-3 and abs(-b - best[1]) < 1e-3
    platt.append({"f": f_, "y": y_.astype(int), "w": w, "slope": best[0], "intercept": best[1]})

scores = np.round(rng.normal(0.8, 0.03, 15), 4)
half = stats.t.ppf(0.975, 14) * np.sqrt((1 / 15 + 0.25) * scores.var(ddof=1))
corrected = {"scores": scores, "n_train": 400, "n_test": 100, "interval": [scores.mean() - half, scores.mean() + half]}

n = 160
xs = np.round(rng.normal(0, 1, (n, 4)), 3).astype(np.float32).astype(float)
ys = (xs @ [1.0, -0.7, 0.3, 0.0] + rng.logistic(0, 1, n) > 0.4).astype(int)
make = lambda c=1.0: LogisticRegression(C=c, tol=1e-8, max_iter=5000)
cv = StratifiedKFold(4)
cs = [0.01, 0.1, 1.0, 10.0]
train, test = validation_curve(make(), xs, ys, param_name="C", param_range=cs, cv=cv, scoring="neg_log_loss")
grid = GridSearchCV(make(), {"C": cs}, cv=StratifiedKFold(3), scoring="neg_log_loss")
search = {"x": xs, "y": ys, "cs": cs, "train": train, "test": test,
          "roc_auc": cross_val_score(make(), xs, ys, cv=cv, scoring="roc_auc"),
          "nested": cross_val_score(grid, xs, ys, cv=cv, scoring="neg_log_loss"),
          "rank": stats.rankdata(-test.mean(axis=1), method="min").astype(int)}

write(__file__, ["scikit-learn", "scipy", "numpy"], {
    "k_folds": k_folds, "grouped": grouped, "forward": forward, "regression": regression, "classes": classes,
    "halving": halving, "select": select, "platt": platt, "corrected": corrected, "search": search})
