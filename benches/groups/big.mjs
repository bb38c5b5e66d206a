// Files that fill the memory there is, asked for by name: 10,000,000 × 12 (1 GB) imported and profiled, 5,000,000 × 12 trained
// with boosting. Says the time, the longest time between two frames of the page, and the peak memory of the engine.
import { big as file } from '../lib/big.mjs'
import { host } from '../lib/engine.mjs'
import { within } from '../lib/limits.mjs'
import { FAST, asked, record, say } from '../lib/options.mjs'
import { missed } from '../lib/table.mjs'

/** Most bytes of an engine that imports; of one that trains. */
const LIMITS = { import: 2.5e9, train: 3.7e9 }
/** Longest that a frame may take. */
const FRAME_MS = 250
const HOUR = 3_600_000

function tell(name, { ms, longest, bytes }, limit) {
  const pass = bytes <= limit && longest <= FRAME_MS
  if (!pass) missed.push(`big, ${name}: ${(bytes / 1e6).toFixed(0)} MB, longest frame ${longest.toFixed(0)} ms`)
  say(`  ${name.padEnd(50)} ${(ms / 1e3).toFixed(1).padStart(7)} s   ${(bytes / 1e6).toFixed(0).padStart(5)} MB, at most ${limit / 1e6}   longest frame ${longest.toFixed(0).padStart(4)} ms, at most ${FRAME_MS}   ${pass ? 'pass' : 'MISS'}`)
  record({ group: 'big', name, ours_ms: ms, ours_quality: bytes, quality_name: 'peak_engine_bytes', limit, longest_frame_ms: longest, pass, runs: 1 })
}

export async function big() {
  if (!asked('big')) return
  const rows = FAST ? { import: 1_000_000, train: 500_000 } : { import: 10_000_000, train: 5_000_000 }
  say(`\nLarge files: ${rows.import.toLocaleString('en')} × 12 read, ${rows.train.toLocaleString('en')} × 12 trained`)
  const page = await host()
  try {
    await within(HOUR, async () => {
      tell('import and profile', await page.load({ path: file(rows.import) }), LIMITS.import)
      const params = { learners: ['boosting'], cv: 2, n_repeats: 1 }
      const path = file(rows.train)
      tell('churn analysis with boosting, 2 folds', await page.run({ path, engine: { helpers: 1 }, params, roles: { id: 'customer_id', target: 'churn' } }), LIMITS.train)
    })
  } finally {
    await page.close()
  }
}
