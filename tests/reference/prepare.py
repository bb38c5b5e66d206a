"""Reference for src/prepare: imputation, scaling, encoding, and the whole way on the telco file.

Writes prepare.json and telco.json beside this file. KEPT_DATA names the folder of the data sets.
"""
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import sklearn
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

here = Path(__file__).parent
tool = f"scikit-learn {sklearn.__version__}"
rng = np.random.default_rng(7)


def small():
    x = np.round(rng.normal(50, 20, 60), 2)
    x[rng.random(60) < 0.2] = np.nan
    k = rng.integers(0, 6, 60).astype(float)
    k[rng.random(60) < 0.15] = np.nan
    levels = rng.choice(["a", "b", "c", "d", "e"], 60, p=[0.5, 0.3, 0.15, 0.03, 0.02])
    train, test = slice(0, 40), slice(40, 60)
    both = np.column_stack([x, k])
    out = {"tool": tool, "x": [None if np.isnan(v) else v for v in x], "k": [None if np.isnan(v) else v for v in k],
           "levels": levels.tolist(), "n_train": 40, "imputed": {}, "scaled": None}
    for strategy in ["mean", "median", "most_frequent", "constant"]:
        fill = {"fill_value": -3.5} if strategy == "constant" else {}
        imputer = SimpleImputer(strategy=strategy, **fill).fit(both[train])
        out["imputed"][strategy] = imputer.transform(both[test]).tolist()
    chain = make_pipeline(SimpleImputer(), StandardScaler()).fit(both[train])
    out["scaled"] = chain.transform(both[test]).tolist()
    encoder = OneHotEncoder(min_frequency=0.1, handle_unknown="infrequent_if_exist", sparse_output=False)
    encoder.fit(levels[train].reshape(-1, 1))
    out["one_hot"] = encoder.transform(levels[test].reshape(-1, 1)).tolist()
    (here / "prepare.json").write_text(json.dumps(out, indent=None))


def telco():
    folder = Path(os.environ.get("KEPT_DATA", here / "../../../shared/data"))
    data = pd.read_csv(folder / "telco_churn.csv", na_values=[" "])
    y = (data.pop("Churn") == "Yes").astype(int).to_numpy()
    data = data.drop(columns="customerID")
    train, test = train_test_split(np.arange(len(y)), test_size=0.2, stratify=y, random_state=42)
    train, test = np.sort(train), np.sort(test)
    # As the importer sees the columns: yes/no columns are flags, the rest numbers or categories.
    numbers = ["tenure", "MonthlyCharges", "TotalCharges"]
    flags = ["SeniorCitizen", "Partner", "Dependents", "PhoneService", "PaperlessBilling"]
    for name in flags:
        data[name] = (data[name] == "Yes").astype(int)
    categories = [c for c in data.columns if c not in numbers + flags]
    steps = ColumnTransformer([
        ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), numbers),
        ("flags", "passthrough", flags),
        ("categories", OneHotEncoder(sparse_output=False), categories),
    ])
    x = steps.fit_transform(data.iloc[train])
    names = numbers + flags + [
        f"{c} = {level}" for c, levels in zip(categories, steps.named_transformers_["categories"].categories_) for level in levels
    ]
    held = steps.transform(data.iloc[test])
    out = {"tool": tool, "test_rows": test.tolist(), "features": names, "fits": []}
    for c in [0.1, 1.0, 10.0, 100.0]:
        model = LogisticRegression(C=c, tol=1e-10, max_iter=10000, solver="newton-cholesky").fit(x, y[train])
        p = model.predict_proba(held)[:, 1]
        out["fits"].append({
            "C": c, "coefficients": model.coef_[0].tolist(), "intercept": model.intercept_[0],
            "roc_auc": roc_auc_score(y[test], p), "average_precision": average_precision_score(y[test], p),
            "log_loss": log_loss(y[test], p), "brier_score": brier_score_loss(y[test], p),
        })
    (here / "telco.json").write_text(json.dumps(out, indent=None))


small()
telco()
