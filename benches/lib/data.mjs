// The generated data: written once as raw little-endian f32, so that every side reads the same bytes.
// A set is NAME.json, NAME.x.f32 (row-major, training rows first) and NAME.y.f32.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generator } from '../../tests/e2e/support.mjs'
import { WORK } from './options.mjs'

/** Raised when a generator changes, so that old files are not taken for new ones. */
const VERSION = 6

function source(seed) {
  const uniform = generator(seed)
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
  return { uniform, normal }
}
const sigmoid = (z) => 1 / (1 + Math.exp(-z))

// Signal of 20 columns of unit variance: linear in the first eight, not in the next seven; three repeat others nearly,
// as customer data do, and two say nothing. Columns that share a factor are correlated by a third.
const SLOPES = [0.8, -0.7, 0.6, -0.5, 0.4, -0.3, 0.2, 0.1]
const signal = (x) =>
  SLOPES.reduce((sum, slope, j) => sum + slope * x[j], 0)
  + 0.6 * (x[8] + 1) * (x[9] + 1) + 0.8 * Math.sin(2 * x[10]) + 0.8 * (Math.abs(x[11]) - 0.8) + (x[12] > 0.3 && x[13] < 0.3 ? 1 : -0.4) + 0.4 * (x[14] ** 2 - 1)

function normals({ rows, seed, target = (z, { uniform }) => (uniform() < sigmoid(z) ? 1 : 0) }) {
  const d = 20, x = new Float32Array(rows * d), y = new Float32Array(rows), from = source(seed)
  const factors = new Float64Array(4)
  for (let i = 0; i < rows; i++) {
    const row = x.subarray(i * d, i * d + d)
    for (let k = 0; k < 4; k++) factors[k] = from.normal()
    for (let j = 0; j < d; j++) row[j] = Math.sqrt(2 / 3) * from.normal() + Math.sqrt(1 / 3) * factors[j % 4]
    for (let j = 15; j < 18; j++) row[j] = 0.7 * row[j - 15] - 0.7 * row[j - 12] + 0.15 * row[j]
    y[i] = target(signal(row), from)
  }
  return { x, y, columns: d }
}

/** Numbers and categories in turn, with gaps that sometimes mean something. */
function mixed({ rows, seed }) {
  const d = 40, from = source(seed)
  const levels = Array.from({ length: d }, (_, j) => (j % 2 ? [2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 60][(j >> 1) % 14] : 0))
  const effects = levels.map((n) => Array.from({ length: n }, () => 0.35 * from.normal()))
  const gaps = levels.map((_, j) => 0.05 * (j % 5))
  const x = new Float32Array(rows * d), y = new Float32Array(rows)
  for (let i = 0; i < rows; i++) {
    let z = -0.6
    for (let j = 0; j < d; j++) {
      let value
      if (levels[j]) {
        // Frequent levels first, as real categories are.
        value = Math.floor(levels[j] * from.uniform() ** 1.7)
        z += effects[j][value]
      } else {
        const n = from.normal()
        value = [n, Math.exp(0.7 * n), Math.round(6 + 3 * n)][(j >> 1) % 3]
        if (j < 20) z += [0.4, 0.25, -0.3, 0.3][(j >> 1) % 4] * n * (j % 8 === 6 ? n : 1)
      }
      if (from.uniform() < gaps[j]) {
        value = NaN
        if (j % 10 === 4) z += 0.8
      }
      x[i * d + j] = value
    }
    y[i] = from.uniform() < sigmoid(1.8 * z) ? 1 : 0
  }
  return { x, y, columns: d, levels }
}

/** Groups of unlike sizes that overlap, by default five in 20 columns: one best partition, found in some thirty steps. */
const SHARES = [0.35, 0.6, 0.8, 0.92, 1]
function blobs({ rows, seed, columns: d = 20, shares = SHARES, apart = 0.5 }) {
  const from = source(seed)
  const centres = Array.from(shares, () => Array.from({ length: d }, () => apart * from.normal()))
  const x = new Float32Array(rows * d), y = new Float32Array(rows)
  for (let i = 0; i < rows; i++) {
    const u = from.uniform()
    const k = shares.findIndex((share) => u < share)
    y[i] = k
    for (let j = 0; j < d; j++) x[i * d + j] = centres[k][j] + from.normal()
  }
  return { x, y, columns: d }
}

/** Whole numbers from 0, for the multinomial model: the logarithm of a rate is the normal column. */
function counts(spec) {
  const made = normals(spec)
  for (let i = 0; i < made.x.length; i++) made.x[i] = Math.floor(2 * Math.exp(0.6 * made.x[i]))
  return made
}

const SETS = {
  tall: { make: normals, rows: 100_000, train: 80_000, seed: 11 },
  number: { make: normals, rows: 100_000, train: 80_000, seed: 12, target: (z, { normal }) => z + normal() },
  million: { make: normals, rows: 1_000_000, train: 1_000_000, seed: 13 },
  wide: { make: mixed, rows: 75_000, train: 50_000, seed: 14 },
  blobs: { make: blobs, rows: 80_000, train: 80_000, seed: 15 },
  crowd: { make: blobs, rows: 1_000_000, train: 1_000_000, seed: 17, columns: 10, shares: [0.1, 0.2, 0.35, 0.5, 0.6, 0.75, 0.9, 1], apart: 1 },
  counts: { make: counts, rows: 100_000, train: 80_000, seed: 16 },
}

/** Writes a set where it is not there yet; returns what its JSON says. */
export function ensure(name) {
  const path = (end) => join(WORK, 'data', `${name}.${end}`)
  if (existsSync(path('json'))) {
    const meta = JSON.parse(readFileSync(path('json'), 'utf8'))
    if (meta.version === VERSION) return meta
  }
  const spec = SETS[name]
  const { x, y, columns, levels = [] } = spec.make(spec)
  const raw = (values) => new Uint8Array(values.buffer)
  writeFileSync(path('x.f32'), raw(x))
  writeFileSync(path('y.f32'), raw(y))
  const meta = { version: VERSION, name, rows: spec.rows, train: spec.train, columns, levels }
  writeFileSync(path('json'), JSON.stringify(meta))
  return meta
}
