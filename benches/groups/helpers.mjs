// Two helper engines against one on a search of 4 candidates over 5 folds, through the public interface.
import { loadavg } from 'node:os'
import { csv } from '../lib/csv.mjs'
import { host } from '../lib/engine.mjs'
import { RUNS, median, record, say, wanted } from '../lib/options.mjs'
import { missed } from '../lib/table.mjs'

/** Searches last seconds and vary little. */
const TIMES = Math.min(RUNS, 3)
/** At least so many times faster, on two idle cores. */
const LIMIT = 1.6
// Searches of seconds: one that is over sooner than a helper has started is not spread at all.
const SEARCHES = [
  { name: 'svm, 4 C × 5 folds, 4,000 rows', set: 'tall', rows: 4000, params: { learners: ['svm'], C: [0.1, 1, 10, 100], cv: 5, n_repeats: 1 } },
  { name: 'boosting, its candidates × 5 folds, 40,000 rows', set: 'tall', rows: 40_000, params: { learners: ['boosting'], cv: 5, n_repeats: 1 } },
]

export async function helpers() {
  if (!wanted('helpers')) return
  say(`\nTwo helper engines against one: median of ${TIMES} alternated runs (load of the machine ${loadavg()[0].toFixed(1)})`)
  for (const search of SEARCHES) {
    const path = await csv(search.set, search.rows)
    const page = await host()
    const seen = { 1: [], 2: [] }
    try {
      for (let run = 0; run <= TIMES; run++) {
        for (const n of [1, 2]) {
          const answer = await page.run({ path, engine: { helpers: n }, params: search.params })
          if (run) seen[n].push(answer)
        }
      }
    } finally {
      await page.close()
    }
    const of = (n, what) => median(seen[n].map(what))
    const searching = (answer) => answer.stages.searching
    const faster = median(seen[1].map((one, i) => searching(one) / searching(seen[2][i])))
    const alike = seen[1].every((one, i) => JSON.stringify(one.metrics) === JSON.stringify(seen[2][i].metrics))
    const pass = faster >= LIMIT && alike
    if (!pass) missed.push(`helpers, ${search.name}: ${alike ? `${faster.toFixed(2)} times faster` : 'other results'}`)
    say(`  ${search.name.padEnd(50)} search ${of(1, searching).toFixed(0)} ms with one, ${of(2, searching).toFixed(0)} ms with two: ${faster.toFixed(2)} times faster, at least ${LIMIT} ${pass ? 'pass' : 'MISS'}${alike ? '' : ', results differ'}`)
    say(`  ${''.padEnd(50)} whole analysis ${of(1, (a) => a.ms).toFixed(0)} and ${of(2, (a) => a.ms).toFixed(0)} ms`)
    record({
      group: 'helpers', name: search.name, runs: TIMES, ours_ms: of(2, searching), peer: 'one helper', peer_ms: of(1, searching), ratio: of(2, searching) / of(1, searching),
      ours_quality: of(2, (a) => a.metrics.roc_auc), peer_quality: of(1, (a) => a.metrics.roc_auc), quality_name: 'auc', faster, limit: LIMIT, pass, whole_ms: of(2, (a) => a.ms), peer_whole_ms: of(1, (a) => a.ms),
    })
  }
}
