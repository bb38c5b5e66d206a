// The worker of the learners other libraries run in a browser; bundled by `benches/lib/peers.mjs`.
import * as tf from '@tensorflow/tfjs'
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import { DecisionTreeClassifier } from 'ml-cart'
import { kmeans } from 'ml-kmeans'
import KNN from 'ml-knn'
import { GaussianNB, MultinomialNB } from 'ml-naivebayes'
import { RandomForestClassifier } from 'ml-random-forest'
import { accuracy, auc, inertia, read, serve, timed } from './quality.js'

let set, model
const lists = (x, columns, from, to) => Array.from({ length: to - from }, (_, i) => Array.from(x.subarray((from + i) * columns, (from + i + 1) * columns)))

function network(layers, rate) {
  const made = tf.sequential()
  layers.forEach((units, i) => made.add(tf.layers.dense({ units, activation: i + 1 < layers.length ? 'relu' : 'sigmoid', ...(i ? {} : { inputShape: [set.columns] }) })))
  made.compile({ optimizer: tf.train.adam(rate), loss: 'binaryCrossentropy' })
  return made
}
async function tensorflow({ layers, rate, epochs, batch }) {
  const x = tf.tensor2d(set.x.subarray(0, set.used * set.columns), [set.used, set.columns])
  const y = tf.tensor2d(set.y.subarray(0, set.used), [set.used, 1])
  const made = network(layers, rate)
  await made.fit(x, y, { epochs, batchSize: batch, shuffle: true, verbose: 0, yieldEvery: 'never' })
  tf.dispose([x, y])
  return { scores: () => tf.tidy(() => made.predict(tf.tensor2d(set.x.subarray(set.train * set.columns), [set.rows - set.train, set.columns])).dataSync()) }
}

const LEARNERS = {
  tfjs: tensorflow,
  'ml-random-forest'({ n_estimators, max_depth, seed }) {
    const made = new RandomForestClassifier({ seed, nEstimators: n_estimators, maxFeatures: Math.round(Math.sqrt(set.columns)), replacement: true, useSampleBagging: false, noOOB: true, treeOptions: { maxDepth: max_depth } })
    made.train(set.lists, set.labels)
    return { scores: () => made.predict(set.held) }
  },
  'ml-cart'({ max_depth }) {
    const made = new DecisionTreeClassifier({ gainFunction: 'gini', maxDepth: max_depth, minNumSamples: 2 })
    made.train(set.lists, set.labels)
    return { scores: () => made.predict(set.held) }
  },
  'ml-knn'({ n_neighbors }) {
    const made = new KNN(set.lists, set.labels, { k: n_neighbors })
    // A fit alone only builds the tree: the time of a neighbour search is its answers.
    const scores = made.predict(set.held)
    return { scores: () => scores }
  },
  'ml-naivebayes'({ kind }) {
    const made = kind === 'multinomial' ? new MultinomialNB() : new GaussianNB()
    made.train(set.lists, set.labels)
    return { scores: () => made.predict(set.held) }
  },
  'ml-kmeans'({ n_clusters, seed }) {
    const { clusters } = kmeans(set.lists, n_clusters, { initialization: 'kmeans++', maxIterations: 300, tolerance: 1e-4, seed })
    return { labels: clusters }
  },
}

serve({
  async open() {
    setWasmPaths('./')
    await tf.setBackend('wasm')
    return tf.getBackend()
  },
  async load({ data, rows, answers }) {
    set = await read(data)
    set.used = rows ?? set.train
    set.lists = lists(set.x, set.columns, 0, set.used)
    set.labels = Array.from(set.y.subarray(0, set.used))
    set.rows = Math.min(set.rows, set.train + (answers ?? set.rows))
    set.held = lists(set.x, set.columns, set.train, set.rows)
  },
  async fit({ call, params, repeats, seed }) {
    const ms = await timed(repeats, async () => { model = await LEARNERS[call]({ ...params, seed }) })
    return { ms }
  },
  quality({ quality }) {
    const y = set.y.subarray(set.train, set.rows)
    if (quality === 'inertia') return inertia(set.x.subarray(0, set.used * set.columns), set.columns, model.labels)
    return (quality === 'auc' ? auc : accuracy)(y, Array.from(model.scores()))
  },
})
