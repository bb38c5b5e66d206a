"""Cross-validated quality of every learner on the real files: scikit-learn's and LightGBM's side of tests/cv_auc.rs.

Five folds without shuffling, the preparation fitted on each fold's training side alone. Settings are written under our
names, and the other side reads them from here, so that both sides use the same. KEPT_DATA names the folder of the data
sets. Writes cv_auc.json beside this file.
"""
import os
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from common import write
from lightgbm import LGBMClassifier
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier, StackingClassifier, VotingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Lasso, LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import r2_score, roc_auc_score
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.naive_bayes import BernoulliNB, GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

warnings.filterwarnings("ignore")
folder = Path(os.environ.get("KEPT_DATA", Path(__file__).parent / "../../../shared/data"))

FILES = {
    "telco_churn": {
        "target": "Churn", "drop": ["customerID"], "number": "MonthlyCharges",
        "flags": ["SeniorCitizen", "Partner", "Dependents", "PhoneService", "PaperlessBilling"],
    },
    "bank_churn": {
        "target": "Exited", "drop": ["RowNumber", "CustomerId", "Surname"], "number": "Balance",
        "flags": ["HasCrCard", "IsActiveMember"],
    },
}

# Data set (both when None), learner, settings, preparation, every how many rows, seeds.
FOREST = {"n_estimators": 60, "max_depth": 10, "min_samples_leaf": 5}
BOOSTING = {"n_estimators": 100, "num_leaves": 15, "learning_rate": 0.05}
TEAM = {
    "estimators": "logistic,forest,boosting", "logistic": {"C": 1.0},
    "forest": {**FOREST, "n_estimators": 30}, "boosting": {**BOOSTING, "n_estimators": 50},
}
ROWS = [
    (None, "baseline", {}, "standard", 1, 1),
    (None, "gaussian_nb", {"var_smoothing": 1e-9}, "standard", 1, 1),
    (None, "bernoulli_nb", {"alpha": 1.0, "binarize": 0.0}, "standard", 1, 1),
    (None, "multinomial_nb", {"alpha": 1.0}, "raw", 1, 1),
    (None, "logistic", {"penalty": "l2", "C": 1.0}, "standard", 1, 1),
    (None, "logistic", {"penalty": "l1", "C": 0.1}, "standard", 1, 1),
    (None, "tree", {"criterion": "gini", "max_depth": 6, "min_samples_leaf": 20}, "standard", 1, 1),
    (None, "tree", {"criterion": "entropy", "max_depth": 12, "min_samples_leaf": 5, "ccp_alpha": 0.002}, "raw", 1, 1),
    (None, "knn", {"n_neighbors": 25, "weights": "uniform"}, "standard", 1, 1),
    (None, "svm", {"kernel": "rbf", "C": 1.0, "gamma": "scale", "probability": False}, "standard", 1, 1),
    ("telco_churn", "svm", {"kernel": "linear", "C": 1.0, "probability": False}, "standard", 1, 1),
    ("bank_churn", "svm", {"kernel": "linear", "C": 1.0, "class_weight": "balanced", "probability": False}, "standard", 1, 1),
    (None, "extra_trees", FOREST, "standard", 1, 3),
    (None, "forest", FOREST, "standard", 1, 3),
    (None, "boosting", BOOSTING, "standard", 1, 1),
    (None, "mlp", {"hidden_layer_sizes": [16], "alpha": 1e-4, "learning_rate_init": 0.002, "batch_size": 200, "max_iter": 20}, "standard", 1, 3),
    (None, "voting", TEAM, "standard", 1, 1),
    (None, "stacking", {**TEAM, "cv": 5}, "standard", 1, 1),
    (None, "linear", {"penalty": "none"}, "standard", 1, 1),
    (None, "linear", {"penalty": "ridge", "alpha": 10.0}, "standard", 1, 1),
    (None, "linear", {"penalty": "lasso", "alpha": 0.1}, "standard", 1, 1),
]


def tree_like(s):
    return {k: s[k] for k in ("criterion", "n_estimators", "max_depth", "min_samples_leaf", "ccp_alpha") if k in s}


def estimator(learner, s, seed):
    """The other side's learner with settings `s`."""
    weight = {"class_weight": s["class_weight"]} if "class_weight" in s else {}
    if learner == "baseline":
        return DummyClassifier(strategy="prior")
    if learner == "gaussian_nb":
        return GaussianNB(var_smoothing=s["var_smoothing"])
    if learner == "bernoulli_nb":
        return BernoulliNB(alpha=s["alpha"], binarize=s["binarize"])
    if learner == "multinomial_nb":
        return MultinomialNB(alpha=s["alpha"])
    if learner == "logistic" and s.get("penalty", "l2") == "l2":
        return LogisticRegression(C=s["C"], solver="newton-cholesky", tol=1e-8)
    if learner == "logistic":
        return LogisticRegression(C=s["C"], l1_ratio=1.0, solver="saga", tol=1e-6, max_iter=5000, random_state=seed)
    if learner == "tree":
        return DecisionTreeClassifier(**tree_like(s), random_state=seed)
    if learner == "knn":
        return KNeighborsClassifier(n_neighbors=s["n_neighbors"], weights=s["weights"], algorithm="brute")
    if learner == "svm":
        kernel = {k: s[k] for k in ("kernel", "C", "gamma") if k in s}
        return SVC(**kernel, **weight, cache_size=500)
    if learner == "extra_trees":
        return ExtraTreesClassifier(**tree_like(s), random_state=seed)
    if learner == "forest":
        return RandomForestClassifier(**tree_like(s), random_state=seed)
    if learner == "boosting":
        return LGBMClassifier(**s, n_jobs=1, deterministic=True, force_row_wise=True, random_state=seed, verbose=-1)
    if learner == "mlp":
        return MLPClassifier(**{k: v for k, v in s.items()}, random_state=seed)
    if learner in ("voting", "stacking"):
        members = [(m, estimator(m, s[m], seed)) for m in s["estimators"].split(",")]
        if learner == "voting":
            return VotingClassifier(members, voting="soft")
        return StackingClassifier(members, final_estimator=LogisticRegression(C=1.0), cv=s["cv"], stack_method="predict_proba")
    if learner == "linear":
        return {"none": LinearRegression, "ridge": lambda: Ridge(alpha=s["alpha"]), "lasso": lambda: Lasso(alpha=s["alpha"])}[s["penalty"]]()
    raise ValueError(learner)


def preparation(data, flags, preparation):
    """A transformer per column, so that columns come out in the order of the file."""
    steps = []
    for name in data.columns:
        if name in flags:
            step = SimpleImputer(strategy="most_frequent")
        elif data[name].dtype.kind in "if":
            step = SimpleImputer(strategy="median")
            step = make_pipeline(step, StandardScaler()) if preparation == "standard" else step
        else:
            step = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore", sparse_output=False))
        steps.append((name, step, [name]))
    return ColumnTransformer(steps)


def scores(model, x):
    return model.decision_function(x) if isinstance(model, SVC) else model.predict_proba(x)[:, 1]


def read(name):
    spec = FILES[name]
    data = pd.read_csv(folder / f"{name}.csv", na_values=[" "]).drop(columns=spec["drop"])
    for flag in [*spec["flags"], spec["target"]]:
        if data[flag].dtype.kind not in "if":
            data[flag] = (data[flag] == "Yes").astype(int)
    return data, spec


def table(name):
    whole, spec = read(name)
    out = []
    for only, learner, settings, prepared, every, n_seeds in ROWS:
        if only not in (None, name):
            continue
        data = whole.iloc[::every]
        numeric = learner == "linear"
        target = spec["number" if numeric else "target"]
        y = data[target].to_numpy()
        x = data.drop(columns=target)
        folds = (KFold(5) if numeric else StratifiedKFold(5)).split(x, y)
        flags = spec["flags"] + ([spec["target"]] if numeric else [])
        per_fold, features = [], 0
        for train, test in folds:
            steps = preparation(x, flags, prepared)
            inside = steps.fit_transform(x.iloc[train])
            outside = steps.transform(x.iloc[test])
            features = max(features, inside.shape[1])
            values = []
            for seed in range(n_seeds):
                model = estimator(learner, settings, seed).fit(inside, y[train])
                values.append(r2_score(y[test], model.predict(outside)) if numeric else roc_auc_score(y[test], scores(model, outside)))
            per_fold.append(float(np.mean(values)))
        out.append({
            "data": name, "learner": learner, "settings": settings, "preparation": prepared, "every": every,
            "n_seeds": n_seeds, "measure": "r2" if numeric else "roc_auc", "target": target, "n_features": features,
            "tool": "lightgbm" if learner == "boosting" else "scikit-learn",
            "mean": float(np.mean(per_fold)), "folds": [round(v, 9) for v in per_fold],
        })
        print(name, learner, settings, round(out[-1]["mean"], 4), flush=True)
    return out


spec = {name: {k: s[k] for k in ("target", "drop", "flags")} for name, s in FILES.items()}
write(__file__, ["scikit-learn", "lightgbm", "pandas"], {"files": spec, "rows": table("telco_churn") + table("bank_churn")})
