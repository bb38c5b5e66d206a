"""Retention, revenue and churn of cohorts by pandas; events by a rule of whole numbers."""
import numpy as np
import pandas as pd

from common import noise, write

N = 900
u = noise(3, N * 3).reshape(N, 3)
customer = np.floor((u[:, 0] + 1) / 2 * 150).astype(int)
month = np.floor((u[:, 1] + 1) / 2 * 14).astype(int) + 24_300
amount = np.floor(u[:, 2] * 100 + 80)
events = pd.DataFrame({"customer": customer, "month": month, "amount": amount})
active = events.groupby(["customer", "month"], as_index=False).amount.sum()
active = active[active.amount >= 0]
active["start"] = active.groupby("customer").month.transform("min")
active["age"] = active.month - active.start

retained = active.pivot_table(index="start", columns="age", values="customer", aggfunc="nunique", fill_value=0)
revenue = active.pivot_table(index="start", columns="age", values="amount", aggfunc="sum", fill_value=0.0)
last = active.month.max()
cohorts = [{"month": s, "active": retained.loc[s][: last - s + 1].tolist(), "revenue": revenue.loc[s][: last - s + 1].tolist()} for s in retained.index]

wide = active.pivot(index="customer", columns="month", values="amount")
moves = []
for lag in [1, 3, 12]:
    rows = []
    for m in range(wide.columns.min() + lag, last + 1):
        was, now = wide[m - lag], wide[m]
        both = was.notna() & now.notna()
        gone = was.notna() & now.isna()
        kept = np.minimum(was[both], now[both]).sum()
        come = was.isna() & now.notna()
        start = active.groupby("customer").start.first().loc[wide.index]
        new = come & (start > m - lag)
        rows.append({"month": m, "logo": gone.sum() / was.notna().sum(), "grr": kept / was.sum(), "nrr": now[both].sum() / was.sum(),
                     "revenue_churn": 1 - kept / was.sum(), "new": now[new].sum(), "back": now[come & ~new].sum(), "after": now.sum()})
    moves.append({"lag": lag, "rows": rows})

write(__file__, ["pandas", "numpy"], {"cohorts": cohorts, "moves": moves})
