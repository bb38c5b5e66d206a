// What is measured, as data. Adding a learner to the bench is adding a row.
//
// name       what the table says
// learner    id in our registry; `params` its parameters, `optional` those given where the learner has them
// data       a set of lib/data.mjs; `rows` of it when not all training rows; `target` class, number or none
// limit      most that our wall time may be of each native peer's; `quality` and `tolerance` what goes with it
// search     values of one parameter searched over `cv` folds, then fitted on everything
// predict    a set whose rows are scored with the fitted model; then that is timed, not the fit
// explain    rows whose contributions are worked out with the fitted model; then that is timed, not the fit
// varies     whether a seed changes the result: then its quality is the median over the runs
// peers      native: `call` is the dotted path of an estimator (or lightgbm.train, GridSearchCV), fitted on f32;
//            browser: `call` is one of www/peers.js; smartcore: one of smart.rs, compiled into our module. `rows` fewer rows, where a peer would take minutes: ours then
//            fits the same few. `quality` where the peer gives classes and no probabilities.

const sklearn = (path, params = {}, more = {}) => ({ kind: 'native', name: `scikit-learn ${path.split('.').at(-1)}`, call: `sklearn.${path}`, params, ...more })
const lightgbm = (params) => ({ kind: 'native', name: 'LightGBM', call: 'lightgbm.train', params })
const browser = (call, params, more = {}) => ({ kind: 'browser', name: call, package: call === 'tfjs' ? '@tensorflow/tfjs' : call, call, params, ...more })

const smartcore = (call, params = {}, more = {}) => ({ kind: 'smartcore', call, params, quality: 'accuracy', ...more })

const auc = (tolerance) => ({ quality: 'auc', tolerance })
const boosting = { n_estimators: 100, num_leaves: 31, learning_rate: 0.1 }
const forest = { n_estimators: 100, max_depth: 10 }
const exact = { call: 'sklearn.linear_model.LogisticRegression', params: { C: 1, solver: 'newton-cholesky', tol: 1e-12, max_iter: 100 } }
const grid = { name: 'C', values: [0.1, 1, 10, 100], cv: 5 }

export const ROWS = [
  {
    name: 'Gradient boosting, 100 × 31 leaves', learner: 'boosting', params: boosting, data: 'tall', limit: 0.6, ...auc(0.002),
    peers: [lightgbm(boosting)],
  },
  {
    name: 'Gradient boosting, wide and mixed', learner: 'boosting', params: boosting, data: 'wide', limit: 0.6, ...auc(0.002),
    peers: [lightgbm(boosting)],
  },
  {
    name: 'Random forest, 100 × depth 10', learner: 'forest', params: { ...forest, oob_score: false }, data: 'tall', limit: 0.1, varies: true, ...auc(0.005),
    peers: [
      sklearn('ensemble.RandomForestClassifier', { ...forest, oob_score: false }),
      browser('ml-random-forest', { n_estimators: 10, max_depth: 10 }, { rows: 1000, ours: { n_estimators: 10 }, say: '10 trees', quality: 'accuracy' }),
      smartcore('forest', { n_estimators: 10, max_depth: 10 }, { rows: 8000, ours: { n_estimators: 10 }, say: '10 trees' }),
    ],
  },
  {
    name: 'Extra trees, 100 × depth 10', learner: 'extra_trees', params: forest, data: 'tall', limit: null, varies: true, ...auc(0.005),
    peers: [sklearn('ensemble.ExtraTreesClassifier', forest)],
  },
  {
    name: 'Decision tree, depth 10', learner: 'tree', params: { max_depth: 10 }, data: 'tall', limit: 0.1, ...auc(0.005),
    peers: [
      sklearn('tree.DecisionTreeClassifier', { max_depth: 10 }),
      browser('ml-cart', { max_depth: 10 }, { rows: 1000, quality: 'accuracy' }),
      smartcore('tree', { max_depth: 10 }, { rows: 8000 }),
    ],
  },
  {
    name: 'Logistic regression', learner: 'logistic', params: { C: 1 }, data: 'tall', limit: 0.9, quality: 'coef', tolerance: 1e-3, exact,
    peers: [
      sklearn('linear_model.LogisticRegression', { C: 1 }, { name: 'scikit-learn lbfgs' }),
      sklearn('linear_model.LogisticRegression', { C: 1, solver: 'newton-cholesky' }, { name: 'scikit-learn newton-cholesky' }),
      browser('tfjs', { layers: [1], rate: 0.05, epochs: 5, batch: 512 }, { quality: 'auc', say: 'Adam, 5 epochs' }),
      smartcore('logistic', {}, { rows: 8000 }),
    ],
  },
  {
    name: 'Grid, 4 C × 5 folds and refit', learner: 'logistic', params: {}, search: grid, data: 'tall', limit: 0.15, ...auc(0.002),
    peers: [{
      kind: 'native', name: 'scikit-learn GridSearchCV', call: 'GridSearchCV',
      params: { estimator: 'sklearn.linear_model.LogisticRegression', params: {}, grid: { C: grid.values }, cv: grid.cv },
    }],
  },
  {
    name: 'Linear regression', learner: 'linear', params: {}, data: 'number', target: 'number', limit: null, quality: 'r2', tolerance: 1e-4,
    peers: [sklearn('linear_model.LinearRegression'), smartcore('linear', {}, { quality: 'r2' })],
  },
  {
    name: 'Support vectors, rbf', learner: 'svm', params: { kernel: 'rbf', C: 1, probability: false }, data: 'tall', rows: 8000, limit: 0.5, ...auc(0.002),
    peers: [sklearn('svm.SVC', { C: 1, probability: false }), smartcore('svm', {}, { rows: 500 })],
  },
  {
    name: 'Neural network (10), 10 epochs', learner: 'mlp', params: { hidden_layer_sizes: [10], batch_size: 32, max_iter: 10 }, optional: { solver: 'adam', learning_rate_init: 0.001, early_stopping: false }, data: 'tall', limit: 0.15, varies: true, ...auc(0.005),
    peers: [
      sklearn('neural_network.MLPClassifier', { hidden_layer_sizes: [10], batch_size: 32, max_iter: 10 }),
      browser('tfjs', { layers: [10, 1], rate: 0.001, epochs: 10, batch: 32 }, { rows: 4000 }),
    ],
  },
  {
    name: 'Nearest neighbours, k = 15, 2,000 answers', learner: 'knn', params: { n_neighbors: 15 }, data: 'tall', limit: null, answers: 2000, ...auc(0.002),
    peers: [
      sklearn('neighbors.KNeighborsClassifier', { n_neighbors: 15 }),
      browser('ml-knn', { n_neighbors: 15 }, { rows: 8000, answers: 500, quality: 'accuracy' }),
      smartcore('knn', { n_neighbors: 15 }, { rows: 8000, answers: 500 }),
    ],
  },
  {
    name: 'Gaussian naive Bayes', learner: 'gaussian_nb', params: {}, data: 'tall', limit: 1, ...auc(0.002),
    peers: [sklearn('naive_bayes.GaussianNB'), browser('ml-naivebayes', { kind: 'gaussian' }, { quality: 'accuracy' }), smartcore('gaussian_nb', {}, { rows: 2000 })],
  },
  {
    name: 'Multinomial naive Bayes', learner: 'multinomial_nb', params: {}, data: 'counts', limit: 1, ...auc(0.002),
    peers: [sklearn('naive_bayes.MultinomialNB'), browser('ml-naivebayes', { kind: 'multinomial' }, { quality: 'accuracy' })],
  },
  {
    name: 'Bernoulli naive Bayes', learner: 'bernoulli_nb', params: {}, data: 'tall', limit: 1, ...auc(0.002),
    peers: [sklearn('naive_bayes.BernoulliNB')],
  },
  {
    name: 'k-means, k = 5', learner: 'k_means', params: { n_clusters: 5 }, optional: { n_init: 1 }, data: 'blobs', target: 'none', limit: 1, varies: true, quality: 'inertia', tolerance: 1e-3,
    peers: [sklearn('cluster.KMeans', { n_clusters: 5, n_init: 1 }), browser('ml-kmeans', { n_clusters: 5 }), smartcore('k_means', { n_clusters: 5 }, { rows: 4000, quality: 'inertia' })],
  },
  {
    name: 'k-means, 1,000,000 × 10, k = 8', learner: 'k_means', params: { n_clusters: 8 }, optional: { n_init: 1 }, data: 'crowd', target: 'none', limit: 1, varies: true, quality: 'inertia', tolerance: 1e-3,
    peers: [sklearn('cluster.KMeans', { n_clusters: 8, n_init: 1 })],
  },
  {
    name: 'Boosting, score 1,000,000 rows', learner: 'boosting', params: boosting, data: 'tall', predict: 'million', limit: 0.5, quality: 'order', tolerance: 0,
    peers: [lightgbm(boosting)],
  },
  {
    name: 'TreeSHAP, 10,000 rows, 100 trees of depth 6', learner: 'boosting', params: { n_estimators: 100, num_leaves: 64, max_depth: 6 }, data: 'tall', explain: 10000, limit: 2.0, quality: 'apart', tolerance: 1e-5,
    peers: [{ kind: 'native', name: 'shap' }],
  },
]
