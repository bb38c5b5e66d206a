// The worker of Kept's own learners: one engine, as shipped, without the protocol.
import init, * as kept from './bench.js'
import { accuracy, auc, distance, inertia, r2, read, serve } from './quality.js'

let wasm, set
const held = () => ({
  x: set.x.subarray(set.train * set.columns),
  y: set.y.subarray(set.train),
})

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
  auc: () => auc(held().y, kept.predict(held().x, set.columns)),
  accuracy: () => accuracy(held().y, kept.predict(held().x, set.columns)),
  r2: () => r2(held().y, kept.predict(held().x, set.columns)),
  inertia: () => inertia(set.x.subarray(0, set.used * set.columns), set.columns, kept.predict(set.x.subarray(0, set.used * set.columns), set.columns)),
  coef: ({ coef }) => distance(coefficients(), coef),
}

function once({ learner, params, search, seed }) {
  if (search) kept.search(learner, params, search.name, Float64Array.from(search.values), search.cv, 'train', seed)
  else kept.fit(learner, params, 'train', seed)
}

serve({
  async open() {
    wasm = await init()
    return kept.learners()
  },
  /** Hands the first `rows` rows to the engine. */
  async load({ data, rows, target = 'class' }) {
    set = { ...(await read(data)), target }
    set.used = rows ?? set.train
    kept.forget()
    const y = set.y.subarray(0, set.used)
    kept.load('train', set.x.subarray(0, set.used * set.columns), set.columns, y, target)
  },
  fit({ repeats, ...task }) {
    const start = performance.now()
    for (let i = 0; i < repeats; i++) once(task)
    return { ms: (performance.now() - start) / repeats }
  },
  quality: (task) => QUALITY[task.quality](task),
  /** Scores every row of another set `repeats` times, with the model of the last fit. */
  async predict({ data, repeats }) {
    if (set.scored?.name !== data) set.scored = await read(data)
    const { x, columns } = set.scored
    const start = performance.now()
    for (let i = 0; i < repeats; i++) set.scores = kept.predict(x, columns)
    return { ms: (performance.now() - start) / repeats }
  },
  /** The scores of the last `predict`, as text that survives the way to the bench. */
  scores() {
    const bytes = new Uint8Array(set.scores.buffer, set.scores.byteOffset, set.scores.byteLength)
    let text = ''
    for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192))
    return btoa(text)
  },
  memory: () => wasm.memory.buffer.byteLength,
})
