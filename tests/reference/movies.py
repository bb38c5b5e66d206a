"""Ratings of the shape of MovieLens 100K, as `movies` of `tests/common/movies.rs`: the same numbers in the same order, so the
same ratings. `python movies.py` prints what surprise makes of them: the tolerances of `tests/reference_recommend.rs`."""
import numpy as np

N_USERS, N_ITEMS, N_RATINGS, N_TASTES = 943, 1682, 100_000, 12
TASTE, ITEM, USER, ERROR, DRAWN = 0.44, 0.5, 0.45, 0.91, 0.4


def noise(seed, n):
    """As `noise` of `common.py`, without a loop: powers of the multiplier, and sums of them, modulo 2^32."""
    a = np.multiply.accumulate(np.full(n, 1664525, np.uint32), dtype=np.uint32)
    sums = np.concatenate([[np.uint32(1)], np.uint32(1) + np.add.accumulate(a, dtype=np.uint32)])[:n]
    s = a * np.uint32(seed) + sums * np.uint32(1013904223)
    return (s >> 8).astype(float) / 2**23 - 1.0


def normal(seed, n):
    v = noise(seed, 4 * n).reshape(n, 4)
    return (v[:, 0] + v[:, 1] + v[:, 2] + v[:, 3]) * 0.8660254037844386


def activity(seed):
    u = 0.5 * (noise(seed, N_USERS) + 1.0)
    raw = u / (1.12 - u)
    total = 0.0
    for r in raw:
        total += r
    out = 20 + np.floor(raw / total * float(N_RATINGS - 20 * N_USERS)).astype(int)
    for k in range(N_RATINGS - out.sum()):
        out[k % N_USERS] += 1
    return out


def movies(seed):
    n_rated = activity(seed + 1)
    p = normal(seed + 2, N_USERS * N_TASTES).reshape(N_USERS, N_TASTES)
    q = normal(seed + 3, N_ITEMS * N_TASTES).reshape(N_ITEMS, N_TASTES)
    b_user, b_item = normal(seed + 4, N_USERS), normal(seed + 5, N_ITEMS)
    drawn = 0.5 * (noise(seed + 6, N_USERS * N_ITEMS).reshape(N_USERS, N_ITEMS) + 1.0)
    error = normal(seed + 7, N_RATINGS)
    strength = TASTE / (1.0 + 2.0 * np.arange(N_TASTES))
    popular = np.multiply.accumulate(np.concatenate([[1.0], np.full(N_ITEMS - 1, 0.998)]))
    users, items, ratings = [], [], []
    n = 0
    for u in range(N_USERS):
        likes = np.zeros(N_ITEMS)
        for k in range(N_TASTES):
            likes += strength[k] * p[u, k] * q[:, k]
        taste = np.maximum(1.0 + DRAWN * likes, 0.05)
        wanted = (popular + 0.003) * taste
        keys = wanted * wanted * (drawn[u] + 1e-9) / (1.0 - drawn[u] + 1e-9)
        chosen = np.sort(np.argsort(-keys, kind="stable")[: n_rated[u]])
        m = len(chosen)
        quality = ITEM * b_item[chosen] + 0.5 * popular[chosen]
        raw = 3.25 + USER * b_user[u] + quality + likes[chosen] + ERROR * error[n : n + m]
        users.append(np.full(m, u))
        items.append(chosen)
        ratings.append(np.clip(np.floor(raw + 0.5), 1, 5))
        n += m
    return np.concatenate(users), np.concatenate(items), np.concatenate(ratings)


def print_surprise():
    import pandas as pd
    from surprise import SVD, BaselineOnly, Dataset, KNNBaseline, Reader, SVDpp
    from surprise.model_selection import KFold, cross_validate

    u, i, r = movies(1)
    frame = pd.DataFrame({"u": u, "i": i, "r": r})
    data = Dataset.load_from_df(frame, Reader(rating_scale=(1, 5)))
    knn = KNNBaseline(sim_options={"name": "pearson_baseline", "user_based": False}, verbose=False)
    for model in [BaselineOnly(verbose=False), SVD(random_state=0), knn, SVDpp(random_state=0)]:
        found = cross_validate(model, data, measures=["rmse"], cv=KFold(5, random_state=0))
        print(type(model).__name__, found["test_rmse"].mean(), np.mean(found["fit_time"]), "s")


if __name__ == "__main__":
    print_surprise()
