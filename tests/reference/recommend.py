"""Recommendations: surprise, implicit, mlxtend and scikit-learn on small cases, definitions in numpy for the rest."""
import warnings

import numpy as np
import pandas as pd
from common import noise, write
from implicit.cpu.als import AlternatingLeastSquares
from mlxtend.frequent_patterns import apriori, association_rules
from scipy import sparse
from sklearn.metrics import average_precision_score, ndcg_score
from sklearn.metrics.pairwise import cosine_similarity
from sklearn.preprocessing import normalize
from surprise import SVD, BaselineOnly, Dataset, KNNBaseline, KNNWithMeans, Reader, SVDpp

warnings.filterwarnings("ignore")
N_USERS, N_ITEMS, F = 14, 11, 5

u = noise(5, N_USERS * N_ITEMS).reshape(N_USERS, N_ITEMS)
taste = noise(6, N_USERS * N_ITEMS).reshape(N_USERS, N_ITEMS) + noise(8, N_ITEMS) + noise(9, N_USERS)[:, None]
users, items = np.nonzero(u < 0.1)
ratings = np.clip(np.round(3 + 1.6 * taste[users, items], 1), 1, 5)
rated = {(a, b) for a, b in zip(users, items)}
others = [(a, b) for a in range(N_USERS) for b in range(N_ITEMS) if (a, b) not in rated]

frame = pd.DataFrame({"u": users, "i": items, "r": ratings})
train = Dataset.load_from_df(frame, Reader(rating_scale=(1, 5))).build_full_trainset()
uid = [train.to_inner_uid(a) for a in range(N_USERS)]
iid = [train.to_inner_iid(b) for b in range(N_ITEMS)]


def predictions(model):
    return [model.predict(a, b).est for a, b in others]


baseline = BaselineOnly(verbose=False).fit(train)


def factorised(kind, **settings):
    """Where surprise starts from, and where it ends."""
    start = kind(random_state=3, n_epochs=0, n_factors=F, **settings).fit(train)
    end = kind(random_state=3, n_epochs=7, n_factors=F, **settings).fit(train)
    implied = {"y": start.yj[iid]} if kind is SVDpp else {}
    return {
        "p": start.pu[uid], "q": start.qi[iid], **implied, "bu": end.bu[uid], "bi": end.bi[iid],
        "end_p": end.pu[uid], "end_q": end.qi[iid], "predictions": predictions(end),
    }


svd = factorised(SVD, lr_all=0.03, reg_all=0.05)
svdpp = factorised(SVDpp, lr_all=0.03, reg_all=0.05)

neighbours = []
for user_based in [True, False]:
    for model, name in [(KNNWithMeans, "cosine"), (KNNWithMeans, "pearson"), (KNNBaseline, "pearson_baseline")]:
        options = {"name": name, "user_based": user_based, "min_support": 3, "shrinkage": 5}
        of = model(k=3, sim_options=options, verbose=False).fit(train)
        want = []
        for a, b in others:
            x, near = (uid[a], train.ir[iid[b]]) if user_based else (iid[b], train.ur[uid[a]])
            likeness = sorted((of.sim[x, y] for y, _ in near), reverse=True)
            # Of equally near ones which count is not defined.
            tied = len(likeness) > 3 and likeness[3] > 0 and likeness[2] - likeness[3] < 1e-5
            want.append(None if tied else of.predict(a, b).est)
        inner = uid if user_based else iid
        neighbours.append({"name": name, "user_based": user_based, "likeness": of.sim[np.ix_(inner, inner)][0],
                           "predictions": want})

dense = np.zeros((N_USERS, N_ITEMS))
dense[users, items] = ratings
mask = dense > 0
around = np.where(mask, dense - (dense.sum(1) / mask.sum(1))[:, None], 0)
adjusted = np.zeros((N_ITEMS, N_ITEMS))
for i in range(N_ITEMS):
    for j in range(N_ITEMS):
        both = mask[:, i] & mask[:, j]
        x, y = around[both, i], around[both, j]
        square = (x @ x) * (y @ y)
        n = both.sum()
        adjusted[i, j] = (x @ y) / np.sqrt(square) * n / (n + 4) if square > 0 else 0
overlap = cosine_similarity(dense.T)


def ridge(rows, right, reg, reg_bias):
    """Biased least squares of one user or item; penalties count per rating."""
    a = np.hstack([rows, np.ones((len(rows), 1))])
    penalty = np.diag([reg] * F + [reg_bias]) * len(rows)
    x = np.linalg.solve(a.T @ a + penalty, a.T @ right)
    return x[:F], x[F]


p, q = svd["p"].copy(), svd["q"].copy()
bu, bi = np.zeros(N_USERS), np.zeros(N_ITEMS)
mu = ratings.mean()
for _ in range(4):
    for a in range(N_USERS):
        own = np.nonzero(mask[a])[0]
        p[a], bu[a] = ridge(q[own], dense[a, own] - mu - bi[own], 0.1, 0.02)
    for b in range(N_ITEMS):
        own = np.nonzero(mask[:, b])[0]
        q[b], bi[b] = ridge(p[own], dense[own, b] - mu - bu[own], 0.1, 0.02)
als = {"p": p, "q": q, "bu": bu, "bi": bi}
new = {"items": [1, 4, 9], "ratings": [5.0, 2.0, 4.5]}
folded, bias = ridge(q[new["items"]], np.array(new["ratings"]) - mu - bi[new["items"]], 0.1, 0.02)
new["scores"] = mu + bias + bi + q @ folded

# implicit takes the confidence itself.
ALPHA = 2.0
confidence = sparse.csr_matrix((1 + ALPHA * ratings, (users, items)), shape=(N_USERS, N_ITEMS))
implicit = {"alpha": ALPHA, "reg": 0.3}
for key, use_cg in [("gradients", True), ("cholesky", False)]:
    model = AlternatingLeastSquares(factors=F, regularization=0.3, alpha=1.0, dtype=np.float64, use_native=True,
                                    use_cg=use_cg, iterations=4, num_threads=1)
    model.user_factors, model.item_factors = svd["p"].copy(), svd["q"].copy()
    model.fit(confidence, show_progress=False)
    implicit[key] = model.user_factors @ model.item_factors.T
fresh = sparse.csr_matrix((1 + ALPHA * np.array(new["ratings"]), ([0] * 3, new["items"])), shape=(1, N_ITEMS))
implicit["folded"] = model.recalculate_user(0, fresh) @ model.item_factors.T
explained = []
for a, b in others[:12]:
    _, parts, _ = model.explain(a, confidence, b, N=1)
    explained.append([a, b, int(parts[0][0]), float(parts[0][1])])
implicit["explained"] = explained

draws = noise(77, 3 * 60).reshape(60, 3)
triples = []
for x, y, z in draws:
    a = int((x + 1) / 2 * N_USERS)
    own, not_own = np.nonzero(mask[a])[0], np.nonzero(~mask[a])[0]
    triples.append([a, int(own[int((y + 1) / 2 * len(own))]), int(not_own[int((z + 1) / 2 * len(not_own))])])
p, q, b = svd["p"].copy(), svd["q"].copy(), np.zeros(N_ITEMS)
for a, i, j in triples:
    push = 1 / (1 + np.exp(b[i] - b[j] + p[a] @ (q[i] - q[j])))
    pa, qi, qj = p[a].copy(), q[i].copy(), q[j].copy()
    p[a] += 0.1 * (push * (qi - qj) - 0.02 * pa)
    q[i] += 0.1 * (push * pa - 0.02 * qi)
    q[j] += 0.1 * (-push * pa - 0.02 * qj)
    b[i] += 0.1 * (push - 0.01 * b[i])
    b[j] += 0.1 * (-push - 0.01 * b[j])
bpr = {"triples": triples, "scores": p @ q.T + b}

baskets = pd.DataFrame(mask)
sets = apriori(baskets, min_support=0.25, max_len=3)
rules = association_rules(sets, metric="confidence", min_threshold=0.6)
rules = [
    [sorted(map(int, r.antecedents)), int(next(iter(r.consequents))), r.support, r.confidence, r.lift]
    for r in rules.itertuples()
    if len(r.consequents) == 1
]

lists = []
for seed in range(8):
    v = noise(200 + seed, 40)
    order = np.argsort(v[:20])
    relevant = np.nonzero(v[20:] < -0.6)[0]
    if len(relevant) == 0:
        continue
    k = [1, 3, 5, 10, 20][seed % 5]
    truth = np.isin(order, relevant).astype(int)
    place = -np.arange(20.0)
    hits = truth[:k].sum()
    row = {"list": order, "relevant": relevant, "k": k, "precision": hits / k, "recall": hits / len(relevant),
           "ndcg": ndcg_score([truth], [place], k=k)}
    if k == 20:
        row["map"] = average_precision_score(truth, place)
    else:
        at = np.cumsum(truth[:k]) / np.arange(1, k + 1)
        row["map"] = (at * truth[:k]).sum() / min(k, len(relevant))
    lists.append(row)

numbers = np.round(noise(31, N_ITEMS) * 3, 2)
codes = (np.abs(noise(32, N_ITEMS)) * 3).astype(int)
words = np.round(np.abs(noise(33, N_ITEMS * 6).reshape(N_ITEMS, 6)) * (noise(34, N_ITEMS * 6).reshape(N_ITEMS, 6) > 0.2), 3)
z = np.clip((numbers - numbers.mean()) / numbers.std(), -3, 3)[:, None] / 3
counts = np.bincount(codes, minlength=3)
says = np.log((1 + N_ITEMS) / (1 + counts)) + 1
onehot = np.eye(3)[codes] * (says / says[counts > 0].max())[codes][:, None]
x = normalize(np.hstack([z, 0.5 * onehot, 2 * normalize(words)]))
profile = normalize(np.where(mask, dense - (dense.sum(1) / mask.sum(1))[:, None], 0) @ x)
content = {"numbers": numbers, "codes": codes, "words": words, "scores": profile @ x.T}


def short(v):
    """Ten digits are more than any tolerance asks for."""
    if isinstance(v, dict):
        return {k: short(w) for k, w in v.items()}
    if isinstance(v, (list, tuple)):
        return [short(w) for w in v]
    if hasattr(v, "tolist"):
        return short(v.tolist())
    return float(f"{v:.9g}") if isinstance(v, float) else v


write(
    __file__,
    ["numpy", "scikit-surprise", "implicit", "mlxtend", "scikit-learn"],
    short({
        "users": users, "items": items, "ratings": ratings, "others": others,
        "baseline": {"bu": baseline.bu[uid], "bi": baseline.bi[iid], "predictions": predictions(baseline)},
        "svd": svd, "svdpp": svdpp, "neighbours": neighbours, "adjusted": adjusted[0], "overlap": overlap[0],
        "als": als, "new": new, "implicit": implicit, "bpr": bpr, "rules": rules, "lists": lists, "content": content,
    }),
)
