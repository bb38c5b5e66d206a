"""Groups, directions and measures of groups: scikit-learn, scipy, umap-learn and definitions in numpy."""
import gower
import kmedoids
import numpy as np
import pandas as pd
import umap
from scipy import stats
from scipy.cluster import hierarchy
from sklearn import cluster, decomposition, manifold, metrics, mixture
from sklearn.cluster._hdbscan import hdbscan as in_order

from common import noise, write


def blobs(seed, n, d, k, spread):
    """Heaps that grow wider one by one; `blobs` of `tests/reference_segments.rs`."""
    u = noise(seed, (n + k) * d)
    centres = 8 * u[: k * d].reshape(k, d)
    at = np.arange(n) % k
    x = centres[at] + spread * (1 + at)[:, None] / k * u[k * d :].reshape(n, d)
    return x.astype(np.float32)


def labels(values):
    """Labels from 0 by their first places, noise -1 kept."""
    seen = {}
    return [-1 if v < 0 else seen.setdefault(v, len(seen)) for v in np.asarray(values).tolist()]


body = {}

body["ward"] = []
for seed, n, d, k, spread in [(1, 400, 3, 4, 2.0), (2, 900, 6, 5, 5.0)]:
    x = blobs(seed, n, d, k, spread).astype(float)
    z = hierarchy.ward(x)
    cuts = {str(c): labels(cluster.AgglomerativeClustering(c).fit_predict(x))[:150] for c in [2, 5, 9]}
    assert labels(hierarchy.fcluster(z, 5, "maxclust"))[:150] == cuts["5"]
    body["ward"].append({"data": [seed, n, d, k, spread], "heights": z[:, 2][-60:], "sum": z[:, 2].sum(), "sizes": z[:, 3][-20:], "labels": cuts})

body["dbscan"] = []
for data, eps, m in [((3, 500, 2, 4, 2.0), 0.35, 5), ((4, 600, 4, 6, 3.0), 1.1, 6), ((5, 300, 9, 3, 2.0), 1.5, 4)]:
    f = cluster.DBSCAN(eps=eps, min_samples=m).fit(blobs(*data).astype(float))
    print("dbscan", len(set(f.labels_)), (f.labels_ < 0).mean())
    body["dbscan"].append({"data": data, "eps": eps, "min_samples": m, "labels": f.labels_, "cores": len(f.core_sample_indices_)})



def stable(tree):
    """Edges of equal length in the order in which they were found: numpy's default sort leaves that open."""
    return in_order.make_single_linkage(tree[np.argsort(tree["distance"], kind="stable")])


in_order._process_mst = stable
body["hdbscan"] = []
for data, size, m in [((6, 500, 2, 4, 2.0), 10, None), ((7, 450, 3, 6, 4.0), 8, 4), ((8, 300, 8, 3, 2.0), 5, None), ((9, 400, 2, 1, 2.0), 5, None)]:
    f = cluster.HDBSCAN(min_cluster_size=size, min_samples=m, copy=True).fit(blobs(*data).astype(float))
    print("hdbscan", len(set(f.labels_)), (f.labels_ < 0).mean())
    body["hdbscan"].append({"data": data, "size": size, "min_samples": m, "labels": f.labels_, "probabilities": np.round(f.probabilities_, 10)[:200], "sum": f.probabilities_.sum()})


class From(mixture.GaussianMixture):
    """Starts from the groups `i mod k`."""

    def _initialize_parameters(self, X, random_state, xp=None):
        resp = np.zeros((len(X), self.n_components))
        resp[np.arange(len(X)), np.arange(len(X)) * 7 % 11 % self.n_components] = 1
        self._initialize(X, resp)


body["mixture"] = []
for kind in ["full", "tied", "diag", "spherical"]:
    for data, k in [((10, 400, 3, 3, 4.0), 3), ((11, 300, 2, 4, 6.0), 2), ((12, 200, 1, 2, 4.0), 2)]:
        x = blobs(*data).astype(float)
        f = From(k, covariance_type=kind, tol=1e-5, max_iter=500).fit(x)
        body["mixture"].append(
            {
                "kind": kind, "data": data, "k": k, "weights": f.weights_, "means": f.means_.ravel(),
                "covariances": np.asarray(f.covariances_).ravel(), "bic": f.bic(x), "aic": f.aic(x), "n_iter": f.n_iter_,
                "score": f.score(x), "proba": f.predict_proba(x)[:5].ravel(), "density": f.score_samples(x)[:5],
            }
        )

body["pca"] = []
for data, m in [((13, 200, 5, 4, 4.0), 3), ((14, 40, 12, 2, 2.0), 12)]:
    x = blobs(*data).astype(float)
    f = decomposition.PCA(m, svd_solver="full").fit(x)
    body["pca"].append({"data": data, "m": m, "components": f.components_.ravel(), "variance": f.explained_variance_, "ratio": f.explained_variance_ratio_, "mapped": f.transform(x)[:4].ravel()})

body["measures"] = []
for data, k in [((15, 300, 4, 3, 4.0), 3), ((16, 250, 2, 5, 6.0), 4), ((17, 60, 3, 2, 9.0), 2)]:
    x = blobs(*data).astype(float)
    at = np.arange(len(x)) * 5 % 7 % k
    own = cluster.KMeans(k, n_init=1, init=x[:k], max_iter=3).fit_predict(x)
    each = metrics.silhouette_samples(x, own)
    body["measures"].append({"data": data, "k": k, "labels": own, "others": at, "silhouette": each.mean(), "rows": each[:9], "calinski_harabasz": metrics.calinski_harabasz_score(x, own), "davies_bouldin": metrics.davies_bouldin_score(x, own), "rand": metrics.adjusted_rand_score(own, at)})

body["contrasts"] = []
n, k = 240, 3
u = noise(18, n * 5).reshape(n, 5)
at = np.floor((u[:, 0] + 1) / 2 * k).astype(int)
columns = {"numbers": [np.round(u[:, 1] + 0.3 * at, 4), np.round(u[:, 2] * (1 + at), 4)], "levels": [np.floor((u[:, 3] + 1) * 2 + 0.3 * at).astype(int), np.floor((u[:, 4] + 1) * 1.5).astype(int)]}
lines, p = [], []
for s in range(k):
    for c in columns["numbers"]:
        a, b = c[at == s], c[at != s]
        pooled = np.sqrt(((len(a) - 1) * a.var(ddof=1) + (len(b) - 1) * b.var(ddof=1)) / (n - 2))
        lines.append([(a.mean() - b.mean()) / pooled])
        p.append(stats.ttest_ind(a, b, equal_var=False).pvalue)
    for c in columns["levels"]:
        table = np.array([[((c == l) & (at == s)).sum(), ((c == l) & (at != s)).sum()] for l in np.unique(c)])
        lines.append([stats.contingency.association(table, method="cramer")])
        p.append(stats.chi2_contingency(table, correction=False).pvalue)
adjusted = stats.false_discovery_control(p)
body["contrasts"] = {"labels": at, **columns, "want": [[*l, a, b] for l, a, b in zip(lines, p, adjusted)]}

body["scores"] = []
for bins, step in [(5, 0.0), (5, 7.0), (4, 2.0), (10, 30.0)]:
    v = noise(19, 70)
    v = np.floor(v * step) if step else v
    ranks = pd.Series(v).rank(method="average")
    body["scores"].append({"bins": bins, "step": step, "want": (bins * (2 * ranks - 1) // (2 * len(v))).clip(0, bins - 1).astype(int) + 1})

body["gower"] = []
u = noise(20, 60 * 4).reshape(60, 4)
frame = pd.DataFrame({"a": np.round(u[:, 0], 3), "b": np.round(20 * u[:, 1], 2), "c": np.floor(3 * u[:, 2]).astype(int) + 3, "d": np.floor(2 * u[:, 3]).astype(int) + 2})
away = gower.gower_matrix(frame, cat_features=[False, False, True, True])
medoids = kmedoids.pam(away.astype(float), 4)
body["gower"] = {**{c: frame[c] for c in frame}, "rows": away[[0, 7]].ravel(), "total": medoids.loss}

body["umap"] = []
for data, k in [((21, 150, 4, 3, 6.0), 10), ((22, 300, 8, 5, 12.0), 15)]:
    x = blobs(*data)
    found = umap.UMAP(n_neighbors=k, random_state=1, init="pca", n_jobs=1).fit(x.astype(float))
    edges = found.graph_.tocoo()
    kept = edges.row < edges.col
    order = np.lexsort((edges.col[kept], edges.row[kept]))
    at = decomposition.PCA(2, svd_solver="full").fit_transform(x.astype(float))
    trust = [float(manifold.trustworthiness(x.astype(float), m, n_neighbors=k)) for m in (found.embedding_, at)]
    print("umap", trust)
    body["umap"].append({"data": data, "k": k, "n_edges": int(kept.sum()), "sum": float(edges.data[kept].sum()), "edges": np.c_[edges.row[kept], edges.col[kept]][order][:120].ravel(), "weights": np.round(edges.data[kept][order][:120].astype(float), 7), "trust": trust, "a": found._a, "b": found._b})

write(__file__, ["numpy", "pandas", "scipy", "scikit-learn", "umap-learn", "gower", "kmedoids"], body)
