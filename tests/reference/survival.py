"""Time to an event: lifelines, Breslow's ties by statsmodels; data by a rule of whole numbers and `telco_churn.csv`.

Needs pandas below 3, which lifelines asks for.
"""
import os
import pathlib
import warnings

import numpy as np
import pandas as pd
import statsmodels.api as sm
from lifelines import CoxPHFitter, CoxTimeVaryingFitter, KaplanMeierFitter, LogNormalAFTFitter, NelsonAalenFitter, WeibullAFTFitter
from lifelines.statistics import multivariate_logrank_test, proportional_hazard_test
from lifelines.utils import concordance_index, median_survival_times

from common import noise, write

warnings.simplefilter("ignore")
DATA = pathlib.Path(os.environ.get("KEPT_DATA", pathlib.Path(__file__).parents[2] / "../shared/data"))


def sample(seed, n):
    """As `spells` of `tests/reference_survival.rs`."""
    u = noise(seed, n * 6).reshape(n, 6)
    x = u[:, :3].copy()
    x[:, 1] *= 10
    e = (u[:, 3] + 1) / 2
    t = 1 + np.floor(24 * e * e * (1.6 - x[:, 0] + 0.05 * x[:, 1]))
    c = 1 + np.floor(36 * (u[:, 4] + 1) / 2)
    stop = np.minimum(t, c)
    start = np.floor(stop * (u[:, 5] + 1) / 4)
    return x, start, stop, t <= c


x, start, stop, event = sample(5, 240)
names = ["a", "b", "c"]
frame = pd.DataFrame(x, columns=names).assign(T=stop, E=event.astype(int), start=start, s=np.arange(240) % 3)
LEVEL = 0.95
# Whole times: between those of the rows lifelines draws a line where the curve has a step.
TIMES = [3.0, 8.0, 12.0, 30.0]


def curve(fitter, of):
    table = fitter.event_table.loc[fitter.event_table.removed > 0]
    at = of.loc[table.index]
    ci = fitter.confidence_interval_.loc[table.index]
    return {"time": table.index, "at_risk": table.at_risk, "events": table.observed,
            "estimate": at.iloc[:, 0], "low": ci.iloc[:, 0], "high": ci.iloc[:, 1]}


def median(km):
    ci = median_survival_times(km.confidence_interval_)
    return [km.median_survival_time_, *ci.values.ravel()]


km = KaplanMeierFitter().fit(stop, event)
late = KaplanMeierFitter().fit(stop, event, entry=start + 0.5)
na = NelsonAalenFitter(nelson_aalen_smoothing=False).fit(stop, event)
from lifelines.utils import restricted_mean_survival_time
out = {"km": {**curve(km, km.survival_function_), "median": median(km), "mean_20": restricted_mean_survival_time(km, t=20)},
       "late": {**curve(late, late.survival_function_), "median": median(late)},
       "na": curve(na, na.cumulative_hazard_)}

ranks = []
for k in [2, 4]:
    g = np.arange(240) % k
    shifted = stop + 2.0 * (g == 1)
    r = multivariate_logrank_test(shifted, g, event)
    ranks.append({"k": k, "statistic": r.test_statistic, "p": r.p_value})
out["log_rank"] = ranks

FINE = {"precision": 1e-14}


def cox_case(fit, data, rows, strata=None, proportional=True):
    case = {"coef": fit.params_, "se": fit.standard_errors_, "log_likelihood": fit.log_likelihood_, "p": fit.summary["p"]}
    base = fit.baseline_cumulative_hazard_
    case["baseline_time"] = base.index[:: max(1, len(base) // 12)]
    case["baseline"] = base.iloc[:: max(1, len(base) // 12)].T.values
    if rows is not None:
        case["survival"] = fit.predict_survival_function(rows, times=TIMES).T.values
        case["conditional"] = fit.predict_survival_function(rows, times=[5.0, 10.0], conditional_after=np.full(len(rows), 4.0)).T.values
    if hasattr(fit, "concordance_index_"):
        case["concordance"] = fit.concordance_index_
        case["lr"] = fit.log_likelihood_ratio_test().test_statistic
    if proportional:
        for scale in ["identity", "log", "km"]:
            r = proportional_hazard_test(fit, data, time_transform=scale)
            case[scale] = {"statistic": np.atleast_1d(r.test_statistic), "p": np.atleast_1d(r.p_value)}
    return case


plain = frame[names + ["T", "E"]]
rows = plain[names].iloc[:3]
cox = {}
cox["efron"] = cox_case(CoxPHFitter().fit(plain, "T", "E", fit_options=FINE), plain, rows)
cox["ridge"] = cox_case(CoxPHFitter(penalizer=0.1).fit(plain, "T", "E", fit_options=FINE), plain, rows)
# Ours is without the penalty.
cox["ridge"]["log_likelihood"] += 0.5 * 0.1 * 240 * ((cox["ridge"]["coef"].values * x.std(0, ddof=1)) ** 2).sum()
del cox["ridge"]["lr"]
by = frame[names + ["T", "E", "s"]]
cox["strata"] = cox_case(CoxPHFitter().fit(by, "T", "E", strata=["s"], fit_options=FINE), by, None)
# lifelines counts a row at the very moment it starts; a row of (start, stop], as of R and of its own
# CoxTimeVaryingFitter, does not count there. All times are whole.
entry = frame[names + ["T", "E", "start"]].assign(start=start + 0.5)
cox["late"] = cox_case(CoxPHFitter().fit(entry, "T", "E", entry_col="start", fit_options=FINE), entry, None, proportional=False)
del cox["late"]["concordance"]
# lifelines leaves starts out of the baseline; by its definition in numpy.
risk = np.exp((x - x.mean(0)) @ cox["late"]["coef"].values)
grid = np.unique(stop[event])
steps = [(event & (stop == t)).sum() / risk[(start < t) & (stop >= t)].sum() for t in grid]
cox["late"]["baseline_time"], cox["late"]["baseline"] = grid, [np.cumsum(steps)]

breslow = sm.PHReg(stop, x, status=event.astype(int), ties="breslow").fit(disp=0, method="newton", gtol=1e-12)
cox["breslow"] = {"coef": breslow.params, "se": breslow.bse, "log_likelihood": breslow.llf}

# A column that changes sign at 6: two rows for those watched longer.
long = []
for i in range(240):
    if stop[i] > 6:
        long.append([i, 0.0, 6.0, 0, *x[i]])
        long.append([i, 6.0, stop[i], int(event[i]), x[i, 0], x[i, 1], -x[i, 2]])
    else:
        long.append([i, 0.0, stop[i], int(event[i]), *x[i]])
long = pd.DataFrame(long, columns=["id", "start", "stop", "E", *names])
ctv = CoxTimeVaryingFitter().fit(long, event_col="E", start_col="start", stop_col="stop", id_col="id", fit_options=FINE)
cox["varying"] = {"coef": ctv.params_, "se": ctv.standard_errors_, "log_likelihood": ctv.log_likelihood_}
out["cox"] = cox

aft = {}
for name, fitter in [("weibull", WeibullAFTFitter), ("log_normal", LogNormalAFTFitter)]:
    fit = fitter().fit(plain, "T", "E", fit_options={"gtol": 1e-8})
    par = "lambda_" if name == "weibull" else "mu_"
    second = "rho_" if name == "weibull" else "sigma_"
    order = [(par, n) for n in names] + [(par, "Intercept"), (second, "Intercept")]
    aft[name] = {"params": [fit.params_[o] for o in order], "se": [fit.standard_errors_[o] for o in order],
                 "log_likelihood": fit.log_likelihood_, "median": fit.predict_median(rows), "mean": fit.predict_expectation(rows),
                 "survival": fit.predict_survival_function(rows, times=[3.0, 7.5, 12.0, 30.0]).T.values,
                 "conditional": fit.predict_survival_function(rows, times=[5.0, 10.0], conditional_after=np.full(len(rows), 4.0)).T.values}
out["aft"] = aft

telco = pd.read_csv(DATA / "telco_churn.csv")
real = pd.DataFrame({"monthly": telco.MonthlyCharges, "senior": (telco.SeniorCitizen == "Yes") * 1.0, "year": (telco.Contract == "One year") * 1.0,
                     "two": (telco.Contract == "Two year") * 1.0, "fiber": (telco.InternetService == "Fiber optic") * 1.0,
                     "T": telco.tenure, "E": (telco.Churn == "Yes").astype(int)})
real = real[real["T"] > 0]
fit = CoxPHFitter().fit(real, "T", "E", fit_options=FINE)
out["telco"] = {"coef": fit.params_, "se": fit.standard_errors_, "log_likelihood": fit.log_likelihood_, "concordance": fit.concordance_index_}
km = KaplanMeierFitter().fit(real["T"], real.E)
out["telco"]["km"] = km.survival_function_at_times([1, 12, 24, 48, 72])
for name, fitter in [("weibull", WeibullAFTFitter), ("log_normal", LogNormalAFTFitter)]:
    fit = fitter().fit(real, "T", "E")
    par, second = ("lambda_", "rho_") if name == "weibull" else ("mu_", "sigma_")
    order = [(par, n) for n in real.columns[:5]] + [(par, "Intercept"), (second, "Intercept")]
    out["telco"][name] = {"params": [fit.params_[o] for o in order], "log_likelihood": fit.log_likelihood_}

write(__file__, ["lifelines", "statsmodels", "numpy", "pandas"], out)
