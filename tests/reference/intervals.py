"""DeLong's variance by its definition (all pairs), and the paired test."""
import numpy as np
from scipy.stats import norm

from common import write

rng = np.random.default_rng(14)


def placements(y, s):
    p, n = s[y == 1], s[y == 0]
    beats = (p[:, None] > n[None, :]) + 0.5 * (p[:, None] == n[None, :])
    return beats.mean(1), beats.mean(0)


cases = []
for n, digits, shift in [(40, 6, 0.5), (300, 2, 1.0), (300, 1, 0.2), (500, 6, 2.0), (100, 6, -0.5)]:
    y = (rng.random(n) < 0.35).astype(int)
    common = rng.normal(size=n)
    scores = []
    for strength in [shift, 0.7 * shift]:
        z = common + 0.5 * rng.normal(size=n) + strength * (2 * y - 1)
        scores.append(np.round(1 / (1 + np.exp(-z)), digits))
    (v10a, v01a), (v10b, v01b) = (placements(y, s) for s in scores)
    cov = np.cov([v10a, v10b]) / len(v10a) + np.cov([v01a, v01b]) / len(v01a)
    auc = [v10a.mean(), v10b.mean()]
    se = np.sqrt(np.diag(cov))
    logit = np.log(auc[0] / (1 - auc[0]))
    half = norm.ppf(0.975) * se[0] / (auc[0] * (1 - auc[0]))
    d_se = np.sqrt(cov[0, 0] + cov[1, 1] - 2 * cov[0, 1])
    cases.append({
        "y": y, "a": scores[0], "b": scores[1], "auc": auc, "se": se,
        "low": 1 / (1 + np.exp(-(logit - half))), "high": 1 / (1 + np.exp(-(logit + half))),
        "difference_se": d_se, "p_value": 2 * norm.sf(abs(auc[0] - auc[1]) / d_se),
    })
write(__file__, ["numpy", "scipy"], {"cases": cases})
