"""Buying until they stop: the lifetimes package and scipy's integrals on the CDNOW sample (tests read the purchases from `cdnow_master.txt`).

Needs pandas below 3, which lifelines asks for; lifetimes brings the numbers of the sample's customers.
"""
import importlib.resources
import os
import pathlib

import numpy as np
import pandas as pd
from lifetimes import BetaGeoFitter, GammaGammaFitter, ModifiedBetaGeoFitter, ParetoNBDFitter
from lifetimes.utils import summary_data_from_transaction_data
from scipy import integrate, optimize

from common import write

DATA = pathlib.Path(os.environ.get("KEPT_DATA", pathlib.Path(__file__).parents[2] / "../shared/data"))
master = pd.read_csv(DATA / "cdnow_master.txt", sep=r"\s+", header=0, names=["id", "date", "n", "amount"])
master["date"] = pd.to_datetime(master["date"], format="%Y%m%d")
sample = importlib.resources.files("lifetimes.datasets").joinpath("CDNOW_sample.txt").read_text()
ids = sorted({int(line.split()[0]) for line in sample.splitlines() if line.strip()})
events = master[master.id.isin(ids)].groupby(["id", "date"], as_index=False).amount.sum()

SPLIT, END = "1997-09-30", "1998-06-30"
day = summary_data_from_transaction_data(events, "id", "date", "amount", observation_period_end=SPLIT, freq="D")
day = day.sort_index()
x, tx, T, m = day.frequency.values, day.recency.values / 7, day["T"].values / 7, day.monetary_value.values

HORIZONS = [1.0, 13.0, 39.0, 520.0]
RATE = np.log1p(0.15) / 52.1785714
CASES = [(0, 0.0, 0.0), (0, 0.0, 38.86), (1, 2.0, 38.0), (2, 30.43, 38.86), (26, 30.86, 31.0), (7, 3.0, 30.0)]


def polish(nll, params):
    """lifetimes stops early; the same function taken to where it is least."""
    best = np.log(params)
    for _ in range(6):
        got = optimize.minimize(nll, best, method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-15, "maxiter": 20000, "maxfev": 20000})
        best = got.x
        got = optimize.minimize(nll, best, method="BFGS", options={"gtol": 1e-10})
        best = got.x if got.fun <= nll(best) else best
    return np.exp(best)


def hessian(f, at, e=1e-3):
    k = len(at)
    out = np.empty((k, k))
    for i in range(k):
        for j in range(k):
            def g(si, sj):
                p = np.array(at, float)
                p[i] += si * e
                p[j] += sj * e
                return f(p)
            out[i, j] = (g(1, 1) - g(1, -1) - g(-1, 1) + g(-1, -1)) / (4 * e * e)
    return out


def case(model, names, params, nll, conditional, alive):
    model.params_ = pd.Series(params, index=names)
    n = len(x)
    h = hessian(lambda p: nll(p) * n, np.log(params))
    covariance = np.linalg.inv(h)
    se = params * np.sqrt(np.diag(covariance))

    def at(p, c):
        model.params_ = pd.Series(np.exp(p), index=names)
        got = float(np.ravel(conditional(39.0, *c))[0])
        model.params_ = pd.Series(params, index=names)
        return got

    rows = []
    for cx, ct, cT in CASES:
        expected = [float(np.ravel(conditional(t, cx, ct, cT))[0]) for t in HORIZONS]
        f = lambda t: np.exp(-RATE * t) * RATE * float(np.ravel(conditional(t, cx, ct, cT))[0])
        part = integrate.quad(f, 0, 39.0, epsabs=1e-13, epsrel=1e-11)[0]
        steps = np.eye(4) * 1e-4
        slope = [(at(np.log(params) + s, (cx, ct, cT)) - at(np.log(params) - s, (cx, ct, cT))) / 2e-4 for s in steps]
        error = np.sqrt(slope @ covariance @ np.array(slope))
        rows.append({"error": error, "history": [cx, ct, cT], "alive": float(np.ravel(alive(cx, ct, cT))[0]), "expected": expected,
                     "discounted": part + np.exp(-RATE * 39.0) * expected[2]})
    return {"params": params, "se": se, "log_likelihood": -nll(np.log(params)) * n, "customers": rows,
            "total": float(np.sum(conditional(39.0, x, tx, T)))}


out = {"ids": np.diff([0] + ids), "split": SPLIT, "end": END, "horizons": HORIZONS, "rate": RATE,
       "frequency_sum": x.sum(), "recency_sum": tx.sum(), "age_sum": T.sum(), "monetary_sum": m.sum()}

ones = np.ones_like(x)
bg = BetaGeoFitter().fit(x, tx, T)
nll = lambda p: BetaGeoFitter._negative_log_likelihood(p, x, tx, T, ones, 0.0)
p = polish(nll, bg.params_.values)
out["bg_nbd"] = case(bg, ["r", "alpha", "a", "b"], p, nll, bg.conditional_expected_number_of_purchases_up_to_time,
                     lambda a, b, c: bg.conditional_probability_alive(np.array([a]), np.array([b]), np.array([c])))
out["bg_nbd"]["new"] = [float(bg.expected_number_of_purchases_up_to_time(t)) for t in HORIZONS]

mbg = ModifiedBetaGeoFitter().fit(x, tx, T)
nll = lambda p: ModifiedBetaGeoFitter._negative_log_likelihood(p, x, tx, T, ones, 0.0)
p = polish(nll, mbg.params_.values)
out["mbg_nbd"] = case(mbg, ["r", "alpha", "a", "b"], p, nll, mbg.conditional_expected_number_of_purchases_up_to_time,
                      lambda a, b, c: mbg.conditional_probability_alive(np.array([a]), np.array([b]), np.array([c])))
out["mbg_nbd"]["new"] = [float(mbg.expected_number_of_purchases_up_to_time(t)) for t in HORIZONS]

pnbd = ParetoNBDFitter().fit(x, tx, T)
nll = lambda p: -np.mean(ParetoNBDFitter._conditional_log_likelihood(np.exp(p), x, tx, T))
p = polish(nll, pnbd.params_.values)
out["pareto_nbd"] = case(pnbd, ["r", "alpha", "s", "beta"], p, nll,
                         lambda t, a, b, c: pnbd.conditional_expected_number_of_purchases_up_to_time(t, np.asarray(a, float), np.asarray(b, float), np.asarray(c, float)),
                         lambda a, b, c: pnbd.conditional_probability_alive(float(a), float(b), float(c)))

keep = (x > 0) & (m > 0)
gx, gm = x[keep], m[keep]
gg = GammaGammaFitter().fit(gx, gm)
nll = lambda p: GammaGammaFitter._negative_log_likelihood(p, gx, gm, np.ones_like(gx), 0.0)
p = polish(nll, gg.params_.values)
gg.params_ = pd.Series(p, index=["p", "q", "v"])
h = hessian(lambda p: nll(p) * len(gx), np.log(p))
out["gamma_gamma"] = {"params": p, "se": p * np.sqrt(np.diag(np.linalg.inv(h))), "log_likelihood": -nll(np.log(p)) * len(gx), "n": int(keep.sum()),
                      "expected": [{"x": a, "m": b, "want": float(gg.conditional_expected_average_profit(np.array([a]), np.array([b]))[0])}
                                   for a, b in [(0, 0.0), (1, 20.0), (5, 80.0), (40, 11.5)]]}

later = events[(events.date > SPLIT) & (events.date <= END)]
out["holdout"] = {"purchases": len(later), "amount": later.amount.sum()}
write(__file__, ["lifetimes", "scipy", "numpy", "pandas"], out)
