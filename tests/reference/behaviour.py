"""Behaviour runs end to end: one of three classes and a number, learned from the first four fifths of the rows and measured on
the last. Data are made by a rule of whole numbers that both sides follow."""
import numpy as np
from sklearn import metrics
from sklearn.linear_model import LogisticRegression, Ridge

from common import write

N, N_TRAIN = 600, 480
PLANS = ["basic", "free", "gold", "team"]
CLASSES = ["book", "course", "nothing"]


def data():
    s, u = 77, np.empty((N, 5))
    for i in range(N):
        for j in range(5):
            s = (s * 1664525 + 1013904223) % 2**32
            u[i, j] = (s >> 8) / 2**24
    usage, age = np.floor(u[:, 0] * 100), np.floor(20 + u[:, 2] * 50)
    plan = np.searchsorted([0.2, 0.55, 0.8], u[:, 1], side="right")
    z = np.column_stack([0.02 * usage - 1 + (plan == 2), 0.04 * (age - 45), np.full(N, 0.4)])
    odds = np.exp(2 * z)
    below = np.cumsum(odds / odds.sum(axis=1, keepdims=True), axis=1)
    choice = (u[:, 3:4] >= below[:, :2]).sum(axis=1)
    spend = np.floor(100 + 1.5 * usage - 0.8 * age + np.array([15, 0, 32, -9])[plan] + 60 * u[:, 4])
    x = np.column_stack([usage, age] + [plan == k for k in range(4)]).astype(float)
    return x, choice, spend


x, choice, spend = data()
train, test = slice(0, N_TRAIN), slice(N_TRAIN, N)


def several():
    model = LogisticRegression(C=1.0, tol=1e-12, max_iter=10_000, solver="newton-cholesky").fit(x[train], choice[train])
    p, truth = model.predict_proba(x[test]), choice[test]
    said = p.argmax(axis=1)
    report = metrics.classification_report(truth, said, target_names=CLASSES, output_dict=True)
    return {
        "metrics": {
            "roc_auc_ovr": metrics.roc_auc_score(truth, p, multi_class="ovr"),
            "accuracy": metrics.accuracy_score(truth, said),
            "balanced_accuracy": metrics.balanced_accuracy_score(truth, said),
            "log_loss": metrics.log_loss(truth, p),
            "f1_macro": metrics.f1_score(truth, said, average="macro"),
            "mcc": metrics.matthews_corrcoef(truth, said),
        },
        "confusion": metrics.confusion_matrix(truth, said),
        "precision": [report[c]["precision"] for c in CLASSES],
        "probabilities": np.round(p, 10),
    }


def number():
    model = Ridge(alpha=2.0, solver="cholesky", tol=1e-12).fit(x[train], spend[train])
    said, truth = model.predict(x[test]), spend[test]
    return {
        "metrics": {
            "r2": metrics.r2_score(truth, said),
            "rmse": metrics.root_mean_squared_error(truth, said),
            "mae": metrics.mean_absolute_error(truth, said),
            "mape": metrics.mean_absolute_percentage_error(truth, said),
        },
        "predictions": np.round(said, 10),
    }


write(__file__, ["scikit-learn", "numpy"], {"several": several(), "number": number()})
