// Arguments of `benches/run.mjs`, folders, and the list of results every group adds to.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ROOT } from '../../tests/e2e/support.mjs'

const { values } = parseArgs({
  options: { only: { type: 'string' }, fast: { type: 'boolean' }, strict: { type: 'boolean' } },
})

export { ROOT }
export const WORK = join(ROOT, 'target/bench')
mkdirSync(join(WORK, 'data'), { recursive: true })
mkdirSync(join(WORK, 'www'), { recursive: true })

/** Measured runs after the first, which is printed apart. */
export const RUNS = values.fast ? 2 : 5
export const FAST = Boolean(values.fast)
export const STRICT = Boolean(values.strict)
const only = values.only?.split(',').map((word) => word.trim().toLowerCase()).filter(Boolean)

/** Whether a row is wanted: `--only` names groups, learners or parts of a row's name. */
export const wanted = (...words) => !only || only.some((o) => words.some((word) => word.toLowerCase().includes(o)))

/** Whether a group is named: for those that take too long, or too much room, to be run with all others. */
export const asked = (group) => only?.includes(group) ?? false

export const results = []
/** Adds a row to target/bench.json; what a group does not measure is null. */
export function record(row) {
  results.push({
    group: null, name: null, ours_ms: null, peer: null, peer_ms: null, ratio: null,
    ours_quality: null, peer_quality: null, quality_name: null, runs: RUNS, ...row,
  })
}

export const say = (line = '') => console.log(line)
export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
}
