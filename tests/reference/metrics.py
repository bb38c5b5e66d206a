"""Metrics, curves and calibration of two classes."""
import numpy as np
from sklearn import metrics as m
from sklearn.calibration import calibration_curve
from statsmodels.stats.proportion import proportion_confint

from common import write

rng = np.random.default_rng(11)


def case(n, digits, weighted, shift=1.0, positive=0.3):
    y = (rng.random(n) < positive).astype(int)
    y[:2] = [0, 1]
    p = np.round(1 / (1 + np.exp(-(rng.normal(size=n) + shift * (2 * y - 1)))), digits)
    w = np.round(rng.gamma(2.0, 1.0, n), 3) if weighted else None
    if weighted:
        w[5] = 0.0
    d = (p >= 0.5).astype(int)
    kw = {} if w is None else {"sample_weight": w}
    report = m.classification_report(y, d, output_dict=True, zero_division=0, **kw)
    fpr, tpr, thr = m.roc_curve(y, p, drop_intermediate=True, **kw)
    fpr_all, tpr_all, thr_all = m.roc_curve(y, p, drop_intermediate=False, **kw)
    precision, recall, pr_thr = m.precision_recall_curve(y, p, **kw)
    out = {
        "y": y, "p": p, "w": w,
        "roc_auc": m.roc_auc_score(y, p, **kw),
        "average_precision": m.average_precision_score(y, p, **kw),
        "log_loss": m.log_loss(y, p, **kw),
        "brier_score": m.brier_score_loss(y, p, **kw),
        "accuracy": m.accuracy_score(y, d, **kw),
        "balanced_accuracy": m.balanced_accuracy_score(y, d, **kw),
        "precision": m.precision_score(y, d, zero_division=0, **kw),
        "recall": m.recall_score(y, d, zero_division=0, **kw),
        "f1": m.f1_score(y, d, zero_division=0, **kw),
        "mcc": m.matthews_corrcoef(y, d, **kw),
        "confusion": m.confusion_matrix(y, d, **kw),
        "report": {k: ([v["precision"], v["recall"], v["f1-score"], v["support"]] if isinstance(v, dict) else v) for k, v in report.items()},
        "roc": [fpr, tpr, thr], "roc_all": [fpr_all, tpr_all, thr_all],
        "pr": [precision, recall, pr_thr],
    }
    if w is None:
        observed, predicted = calibration_curve(y, p, n_bins=10, strategy="quantile")
        out["calibration"] = [predicted, observed]
    return out


three_true = rng.integers(0, 3, 200)
three_pred = np.where(rng.random(200) < 0.6, three_true, rng.integers(0, 3, 200))
three = m.classification_report(three_true, three_pred, output_dict=True, zero_division=0)
write(__file__, ["scikit-learn", "numpy", "statsmodels"], {
    "cases": [
        case(300, 6, False),
        case(300, 2, False),
        case(300, 1, True),
        case(300, 6, True),
        case(200, 6, False, shift=-4.0, positive=0.02),
        case(200, 6, False, shift=5.0),
    ],
    "three": {
        "y": three_true, "pred": three_pred,
        "report": {k: ([v["precision"], v["recall"], v["f1-score"], v["support"]] if isinstance(v, dict) else v) for k, v in three.items()},
    },
    "wilson": [[k, n, *proportion_confint(k, n, 0.05, "wilson")] for k, n in [(0, 1), (1, 1), (0, 20), (3, 20), (20, 20), (511, 1000), (1, 100000)]],
})
