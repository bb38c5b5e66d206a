// Figures of quality, the same for every side that runs in the browser, and the data both sides read.

const bytes = async (path) => {
  const response = await fetch(path)
  if (!response.ok) throw new Error(`${path}: HTTP ${response.status}`)
  return response
}

/** A generated set: what its JSON says, the matrix row by row and the target. */
export async function read(name) {
  const meta = await (await bytes(`../data/${name}.json`)).json()
  const [x, y] = await Promise.all(['x', 'y'].map(async (part) => new Float32Array(await (await bytes(`../data/${name}.${part}.f32`)).arrayBuffer())))
  return { ...meta, x, y }
}

/** Area under the ROC curve; equal scores count half. */
export function auc(y, scores) {
  const order = Uint32Array.from(scores, (_, i) => i).sort((a, b) => scores[a] - scores[b])
  let positives = 0, sum = 0
  for (let i = 0; i < order.length;) {
    let j = i, inside = 0
    while (j < order.length && scores[order[j]] === scores[order[i]]) inside += y[order[j++]]
    sum += inside * ((i + 1 + j) / 2)
    positives += inside
    i = j
  }
  return (sum - (positives * (positives + 1)) / 2) / (positives * (order.length - positives))
}

export const accuracy = (y, scores) => scores.reduce((n, s, i) => n + (Number(s >= 0.5) === y[i]), 0) / y.length

export function r2(y, predictions) {
  const mean = y.reduce((a, b) => a + b, 0) / y.length
  let left = 0, all = 0
  y.forEach((v, i) => { left += (v - predictions[i]) ** 2; all += (v - mean) ** 2 })
  return 1 - left / all
}

/** Sum of squared distances of rows to the mean of their cluster. */
export function inertia(x, columns, labels) {
  const means = new Map()
  labels.forEach((k, i) => {
    if (!means.has(k)) means.set(k, { n: 0, sums: new Float64Array(columns) })
    const mean = means.get(k)
    mean.n++
    for (let j = 0; j < columns; j++) mean.sums[j] += x[i * columns + j]
  })
  let sum = 0
  labels.forEach((k, i) => {
    const { n, sums } = means.get(k)
    for (let j = 0; j < columns; j++) sum += (x[i * columns + j] - sums[j] / n) ** 2
  })
  return sum
}

/** Largest distance of coefficients. */
export const distance = (a, b) => a.reduce((most, v, j) => Math.max(most, Math.abs(v - b[j])), 0)

/** Runs `work` several times and says how long one took. */
export async function timed(repeats, work) {
  const start = performance.now()
  for (let i = 0; i < repeats; i++) await work()
  return (performance.now() - start) / repeats
}

/** Answers calls of the page with `ops`. */
export function serve(ops) {
  self.onmessage = async ({ data: { id, op, args } }) => {
    try {
      postMessage({ id, value: await ops[op](args) })
    } catch (error) {
      postMessage({ id, error: String(error?.message ?? error) })
    }
  }
}
