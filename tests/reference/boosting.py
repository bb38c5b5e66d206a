"""Losses of LightGBM for every objective, with gaps, categories, directions, weights and early stopping.

Data are made by a rule of whole numbers that both sides follow; only figures are written. Row `i` of 8 columns: 0 to 4
are numbers, 5 has 4 levels, 6 has 30, 7 is noise. With gaps, a value is missing where its own number says so.
"""
import lightgbm
import numpy as np

from common import write

N, TRAIN, D = 9000, 6000, 8


def numbers():
    s, u = 2024, np.empty(N * (D + 3))
    for i in range(u.size):
        s = (s * 1664525 + 1013904223) % 2**32
        u[i] = (s >> 8) / 2**23 - 1.0
    return u.reshape(N, D + 3)


U = numbers()
LEVELS = {5: 4, 6: 30}


def matrix(gaps):
    x = U[:, :D].astype(np.float32).astype(float)
    for j, k in LEVELS.items():
        x[:, j] = np.floor((U[:, j] + 1) / 2 * k)
    signal = (
        1.5 * x[:, 0] + (1 + x[:, 1]) * (1 + x[:, 2]) - 1.5 * x[:, 3] ** 2
        + 0.5 * np.array([0.0, 1.0, -1.0, 0.5])[x[:, 5].astype(int)]
        + 0.4 * ((x[:, 6].astype(int) * 7) % 5 - 2)
    )
    if gaps:
        for j in range(D):
            # Large values of the first column go missing more often: a gap says something.
            share = 0.3 if j == 0 else 0.1
            gone = np.abs(U[:, (j + 3) % D]) < share * (1 + (j == 0) * (U[:, 0] > 0))
            x[gone, j] = np.nan
    return x, signal


def target(goal, signal):
    noise = 1.2 * U[:, D]
    z = signal + noise
    if goal == "binary":
        return (z > 1.0).astype(float)
    if goal == "multiclass":
        return (z > 0.3).astype(float) + (z > 1.5)
    if goal == "poisson":
        return np.floor(np.exp(0.6 * z) * (U[:, D + 1] + 1))
    return 10 * z + 100


def pinball(y, p, a):
    return np.mean(np.where(y >= p, a * (y - p), (1 - a) * (p - y)))


def loss(goal, y, p, a):
    if goal == "binary":
        return -np.mean(np.log(np.where(y == 1, p, 1 - p)))
    if goal == "multiclass":
        return -np.mean(np.log(p[np.arange(len(y)), y.astype(int)]))
    if goal == "squared":
        return np.sqrt(np.mean((y - p) ** 2))
    if goal == "absolute":
        return np.mean(np.abs(y - p))
    if goal == "quantile":
        return pinball(y, p, a)
    return 2 * np.mean(np.where(y > 0, y * np.log(np.where(y > 0, y, 1) / p), 0) - y + p)


OBJECTIVE = {"binary": "binary", "multiclass": "multiclass", "squared": "l2", "absolute": "l1", "quantile": "quantile", "poisson": "poisson"}
OWN = dict(learning_rate=0.1, num_leaves=31, n_estimators=100)


def fit(goal, gaps=False, categories=False, weighted=False, directions=None, class_weight=None, **params):
    x, signal = matrix(gaps)
    y = target(goal, signal)
    w = 1 + np.floor((U[:, D + 2] + 1) * 2)
    classes = goal in ("binary", "multiclass")
    make = lightgbm.LGBMClassifier if classes else lightgbm.LGBMRegressor
    p = {**OWN, **params}
    if classes:
        p["class_weight"] = class_weight
    model = make(objective=OBJECTIVE[goal], n_jobs=1, deterministic=True, force_row_wise=True, verbose=-1, random_state=1, monotone_constraints=directions, **p)
    model.fit(x[:TRAIN], y[:TRAIN], sample_weight=w[:TRAIN] if weighted else None, categorical_feature=list(LEVELS) if categories else "auto")
    out = model.predict_proba(x[TRAIN:]) if classes else model.predict(x[TRAIN:])
    if goal == "binary":
        out = out[:, 1]
    alpha = p.get("alpha", 0.9)
    case = {
        "goal": goal, "gaps": gaps, "categories": categories, "weighted": weighted, "directions": directions or [],
        "class_weight": class_weight or "none", "params": params, "alpha": alpha,
        "mean": float(np.mean(out if goal != "multiclass" else out[:, 2])), "loss": float(loss(goal, y[TRAIN:], out, alpha)), "y_sum": float(y.sum()),
    }
    if goal == "binary":
        from sklearn.metrics import roc_auc_score
        case["auc"] = float(roc_auc_score(y[TRAIN:], out))
    return case


GOALS = list(OBJECTIVE)
fits = [fit(g) for g in GOALS]
fits += [fit(g, gaps=True, categories=True) for g in GOALS]
fits += [fit(g, gaps=True, weighted=True) for g in GOALS]
fits += [
    fit("quantile", alpha=0.2),
    fit("binary", categories=True, max_cat_to_onehot=40),
    fit("binary", categories=True, cat_smooth=1.0, cat_l2=1.0, min_data_per_group=20, max_cat_threshold=4),
    fit("binary", gaps=True, class_weight="balanced"),
    fit("squared", directions=[1, 1, 0, 0, 0, 0, 0, -1]),
    fit("binary", directions=[1, 1, 1, 0, 0, 0, 0, 0], gaps=True),
    fit("squared", directions=[-1, 0, 0, 0, 0, 0, 0, 0]),
    fit("squared", reg_alpha=20.0, reg_lambda=5.0, max_depth=4),
    fit("binary", min_split_gain=1.0, min_child_weight=5.0, min_child_samples=40),
    fit("squared", subsample=0.5, subsample_freq=1, colsample_bytree=0.6),
    fit("binary", subsample=0.7, subsample_freq=3, colsample_bynode=0.5),
    fit("binary", max_bin=16, num_leaves=7),
]


def stopped():
    """Rounds LightGBM keeps with a tenth kept aside, over several choices of it."""
    x, signal = matrix(False)
    y = target("binary", signal)
    out = []
    for seed in range(8):
        order = np.random.default_rng(seed).permutation(TRAIN)
        a, b = order[TRAIN // 10:], order[:TRAIN // 10]
        model = lightgbm.LGBMClassifier(n_estimators=500, learning_rate=0.2, n_jobs=1, verbose=-1)
        model.fit(x[a], y[a], eval_set=[(x[b], y[b])], callbacks=[lightgbm.early_stopping(10, verbose=False)])
        p = model.predict_proba(x[TRAIN:])[:, 1]
        out.append([model.best_iteration_, float(loss("binary", y[TRAIN:], p, 0))])
    return out


write(__file__, ["lightgbm", "scikit-learn", "numpy"], {"fits": fits, "stopped": stopped()})
