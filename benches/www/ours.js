// The worker of Kept's own learners: one engine, as shipped, without the protocol.
import init, * as kept from './bench.js'
import { accuracy, auc, distance, inertia, r2, read, serve } from './quality.js'

let wasm, set
/** Rows kept from the fit; `answers` of them where a learner answers slowly. */
const held = (answers) => {
  const end = answers ? set.train + answers : set.rows
  return { x: set.x.subarray(set.train * set.columns, end * set.columns), y: set.y.subarray(set.train, end) }
}
const scored = (figure) => ({ answers, predict }) => {
  const { x, y } = held(answers)
  return figure(y, predict(x, set.columns))
}

/** Log-odds or predictions at the origin and one step along each column: a linear model's coefficients. */
function coefficients() {
  const d = set.columns
  const probes = new Float32Array((d + 1) * d)
  for (let j = 0; j < d; j++) probes[(j + 1) * d + j] = 1
  const at = kept.predict(probes, d)
  const link = set.target === 'number' ? (v) => v : (p) => Math.log(p / (1 - p))
  return Array.from({ length: d }, (_, j) => link(at[j + 1]) - link(at[0]))
}

const QUALITY = {
  auc: scored(auc),
  accuracy: scored(accuracy),
  r2: scored(r2),
  inertia: ({ predict }) => inertia(set.x.subarray(0, set.used * set.columns), set.columns, predict(set.x.subarray(0, set.used * set.columns), set.columns)),
  coef: ({ coef }) => distance(coefficients(), coef),
}

function once({ learner, params, search, answers, seed }) {
  if (search) kept.search(learner, params, search.name, Float64Array.from(search.values), search.cv, 'train', seed)
  else kept.fit(learner, params, 'train', seed)
  if (answers) kept.predict(held(answers).x, set.columns)
}

serve({
  async open() {
    wasm = await init()
    return kept.learners()
  },
  params: ({ learner }) => kept.params(learner),
  /** Hands the first `rows` rows to the engine. */
  async load({ data, rows, target = 'class' }) {
    set = { ...(await read(data)), target }
    set.used = rows ?? set.train
    kept.forget()
    const y = set.y.subarray(0, set.used)
    kept.load('train', set.x.subarray(0, set.used * set.columns), set.columns, y, target, Uint32Array.from(set.levels))
  },
  fit({ repeats, ...task }) {
    const start = performance.now()
    for (let i = 0; i < repeats; i++) once(task)
    return { ms: (performance.now() - start) / repeats }
  },
  quality: (task) => QUALITY[task.quality]({ ...task, predict: kept.predict }),
  /** smartcore's learners live in the same module. */
  smartFit({ call, params, answers, repeats, seed }) {
    const start = performance.now()
    for (let i = 0; i < repeats; i++) {
      kept.peer_fit(call, params, 'train', seed)
      if (answers) kept.peer_predict(held(answers).x, set.columns)
    }
    return { ms: (performance.now() - start) / repeats }
  },
  smartQuality: (task) => QUALITY[task.quality]({ ...task, predict: kept.peer_predict }),
  /** Brings in another set whose rows are to be scored. */
  async bring({ data }) { set.scored = await read(data) },
  /** Scores every row of it `repeats` times, with the model of the last fit. */
  predict({ repeats }) {
    const start = performance.now()
    for (let i = 0; i < repeats; i++) set.scores = kept.predict(set.scored.x, set.scored.columns)
    return { ms: (performance.now() - start) / repeats }
  },
  /** Contributions of every column for the first `rows` rows, with the model of the last fit. */
  explain({ rows, repeats }) {
    const x = set.x.subarray(0, rows * set.columns)
    const start = performance.now()
    for (let i = 0; i < repeats; i++) set.scores = kept.explain(x, set.columns)
    return { ms: (performance.now() - start) / repeats }
  },
  /** The scores of the last `predict` or `explain`, as text that survives the way to the bench. */
  scores() {
    const bytes = new Uint8Array(set.scores.buffer, set.scores.byteOffset, set.scores.byteLength)
    let text = ''
    for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192))
    return btoa(text)
  },
  /** The trees of the last fit, see `trees` of the engine. */
  trees: () => kept.trees(),
  memory: () => wasm.memory.buffer.byteLength,
})
