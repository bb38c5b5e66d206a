// Peak memory of one engine that trains boosting on 1,000,000 × 20: the learner alone, and a whole analysis from the file.
import { browser } from '../lib/browser.mjs'
import { csv } from '../lib/csv.mjs'
import { ensure } from '../lib/data.mjs'
import { host } from '../lib/engine.mjs'
import { FAST, record, say, wanted } from '../lib/options.mjs'
import { prepare } from '../lib/peers.mjs'
import { missed } from '../lib/table.mjs'

const LIMIT = 1e9
const PARAMS = { n_estimators: 100, num_leaves: 31, learning_rate: 0.1 }

function tell(name, bytes, ms) {
  const pass = bytes <= LIMIT
  if (!pass) missed.push(`memory, ${name}: ${(bytes / 1e6).toFixed(0)} MB`)
  say(`  ${name.padEnd(50)} ${(bytes / 1e6).toFixed(0).padStart(6)} MB, at most ${LIMIT / 1e6} ${pass ? 'pass' : 'MISS'}   (${(ms / 1e3).toFixed(1)} s)`)
  record({ group: 'memory', name, ours_ms: ms, ours_quality: bytes, quality_name: 'peak_engine_bytes', limit: LIMIT, pass, runs: 1 })
}

async function learner() {
  prepare({ peers: false })
  ensure('million')
  const scene = await browser()
  try {
    await scene.ours('open')
    await scene.ours('load', { data: 'million' })
    const { ms } = await scene.ours('fit', { learner: 'boosting', params: PARAMS, repeats: 1, seed: 1 })
    tell('fit of gradient boosting, 100 × 31 leaves', await scene.ours('memory'), ms)
  } finally {
    await scene.close()
  }
}

/** Import, a search over two folds, the held-out figures; the data lies in the engine all the while. */
async function analysis() {
  const path = await csv('million', 1_000_000)
  const page = await host()
  try {
    const { ms, bytes } = await page.run({ path, params: { learners: ['boosting'], cv: 2, n_repeats: 1 } })
    tell('churn analysis of the file with boosting, 2 folds', bytes, ms)
  } finally {
    await page.close()
  }
}

export async function memory() {
  if (!wanted('memory')) return
  say('\nPeak engine memory, 1,000,000 × 20')
  await learner()
  if (FAST) say('  the whole analysis is left out of a fast run')
  else await analysis()
}
