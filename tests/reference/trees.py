"""Structure and predictions of decision trees, pruning paths, scores of forests.

Data are made by a rule of whole numbers that both sides follow; only figures are written. A tree is left out where
scikit-learn's own result depends on the order in which it tries columns, that is on its seed.
"""
import numpy as np
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor, RandomForestClassifier, RandomForestRegressor
from sklearn.metrics import accuracy_score, r2_score, roc_auc_score
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from common import write


def noise(n, seed):
    s, u = seed, np.empty(n)
    for i in range(n):
        s = (s * 1664525 + 1013904223) % 2**32
        u[i] = (s >> 8) / 2**23 - 1.0
    return u


def data(n, d, seed, levels):
    """Columns of few values each; two classes, three classes, numbers; whole and broken weights."""
    u = noise(n * (d + 3), seed).reshape(n, d + 3)
    x = np.floor(u[:, :d] * levels).astype(np.float32)
    z = 2 * x[:, 0] / levels + (x[:, 1] > 0) * (x[:, 2] / levels) + 0.6 * u[:, d]
    two = (z > 0.4).astype(int)
    three = (z > -0.5).astype(int) + (z > 0.6).astype(int)
    number = np.round(z * 1000) / 64
    whole = np.floor((u[:, d + 1] + 1) * 2) + 1
    broken = np.round((u[:, d + 2] + 1.01) * 100) / 128
    return x, {"two": two, "three": three, "number": number}, {"none": None, "whole": whole, "broken": broken}


def shape(tree):
    """Nodes as scikit-learn walks them: column, threshold, rows, impurity; -1 for leaves."""
    return [[int(max(f, -1)), float(t) if f >= 0 else 0.0, int(n), round(float(i), 7)] for f, t, n, i in zip(tree.feature, tree.threshold, tree.n_node_samples, tree.impurity)]


N, D, SEED, LEVELS = 600, 5, 77, 40


def trees():
    x, ys, ws = data(N, D, SEED, LEVELS)
    xt = data(300, D, 78, LEVELS)[0] + np.float32(0.3)
    settings = [
        {"max_depth": 1}, {"max_depth": 3}, {"max_depth": 5, "min_samples_leaf": 9}, {"max_depth": 6, "min_samples_split": 70},
        {"max_depth": 8, "max_leaf_nodes": 2}, {"max_depth": 8, "max_leaf_nodes": 7}, {"max_depth": 8, "max_leaf_nodes": 15},
        {"max_depth": 8, "min_impurity_decrease": 0.004}, {"max_depth": 8, "ccp_alpha": 0.004}, {"max_depth": 10, "min_samples_leaf": 5, "ccp_alpha": 0.01},
    ]
    fits = []
    for target in ["two", "three", "number"]:
        for criterion in ["squared_error"] if target == "number" else ["gini", "entropy"]:
            for weight in ["none", "whole", "broken"]:
                for balanced in [False] if target == "number" or weight != "none" else [False, True]:
                    for setting in settings:
                        make = DecisionTreeRegressor if target == "number" else DecisionTreeClassifier
                        extra = {"class_weight": "balanced"} if balanced else {}
                        models = [make(criterion=criterion, random_state=s, **setting, **extra).fit(x, ys[target], sample_weight=ws[weight]) for s in range(8)]
                        shapes = [shape(m.tree_) for m in models]
                        if any(s != shapes[0] for s in shapes):
                            continue
                        m = models[0]
                        p = m.predict(xt) if target == "number" else m.predict_proba(xt)[:, 1:]
                        fits.append({
                            "target": target, "criterion": criterion, "weight": weight, "balanced": balanced, "setting": setting,
                            "nodes": shapes[0] if len(shapes[0]) < 12 else [], "n_nodes": len(shapes[0]),
                            "n_leaves": int(m.get_n_leaves()), "proba": np.round(np.ravel(p[:10]), 7), "sum": np.round(p.sum(axis=0), 9).ravel(),
                        })
    return fits


def paths():
    x, ys, ws = data(N, D, SEED, LEVELS)
    out = []
    for target, criterion, weight in [("two", "gini", "none"), ("two", "entropy", "whole"), ("three", "gini", "whole"), ("number", "squared_error", "none"), ("number", "squared_error", "broken")]:
        make = DecisionTreeRegressor if target == "number" else DecisionTreeClassifier
        kw = dict(criterion=criterion, max_depth=4, min_samples_leaf=8)
        all_paths = [make(random_state=s, **kw).cost_complexity_pruning_path(x, ys[target], sample_weight=ws[weight]) for s in range(8)]
        assert all(len(p.ccp_alphas) == len(all_paths[0].ccp_alphas) and np.allclose(p.impurities, all_paths[0].impurities, atol=1e-12) for p in all_paths), (target, criterion, weight)
        out.append({"target": target, "criterion": criterion, "weight": weight, "alphas": np.round(all_paths[0].ccp_alphas, 12), "impurities": np.round(all_paths[0].impurities, 12)})
    return out


def forests():
    """Means and spreads over seeds on rows not learned from; columns of many values."""
    n, d = 6000, 8
    x, ys, _ = data(n, d, 5, 2000)
    a, b = slice(0, 4000), slice(4000, n)
    fits = []
    for learner, target, setting in [
        ("forest", "two", {}), ("forest", "two", {"min_samples_leaf": 5, "max_features": 3}), ("forest", "two", {"class_weight": "balanced"}), ("forest", "two", {"class_weight": "balanced_subsample"}),
        ("forest", "two", {"max_samples": 0.3}), ("forest", "two", {"criterion": "entropy"}), ("forest", "three", {}), ("forest", "number", {}), ("forest", "number", {"max_features": 0.5, "min_samples_leaf": 4}),
        ("extra_trees", "two", {}), ("extra_trees", "three", {}), ("extra_trees", "number", {}), ("extra_trees", "two", {"bootstrap": True, "max_features": 1.0}),
    ]:
        make = {("forest", False): RandomForestClassifier, ("forest", True): RandomForestRegressor, ("extra_trees", False): ExtraTreesClassifier, ("extra_trees", True): ExtraTreesRegressor}[learner, target == "number"]
        y, scores, oob, means = ys[target], [], [], []
        for s in range(4):
            bag = learner == "forest" or setting.get("bootstrap", False)
            m = make(n_estimators=60, max_depth=10, random_state=s, oob_score=bag, n_jobs=1, **setting).fit(x[a], y[a])
            if target == "number":
                scores.append(r2_score(y[b], m.predict(x[b])))
                means.append(m.predict(x[b]).mean())
            else:
                p = m.predict_proba(x[b])
                scores.append(roc_auc_score(y[b], p[:, 1]) if target == "two" else accuracy_score(y[b], p.argmax(1)))
                means.append(p[:, 1].mean())
            if bag:
                oob.append(m.oob_score_)
        fits.append({"learner": learner, "target": target, "setting": setting, "score": np.mean(scores), "spread": np.std(scores), "oob": np.mean(oob) if oob else None, "mean": np.mean(means)})
    return fits


write(__file__, ["scikit-learn", "numpy"], {"fits": trees(), "paths": paths(), "forests": forests()})
