// Contributions of 10,000 rows: the package shap takes up the very trees our engine has grown, so that both sides do the same
// work and the figures can be compared one by one.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { RUNS, WORK, median } from '../lib/options.mjs'
import { shut } from '../lib/limits.mjs'
import { compare } from '../lib/table.mjs'

export async function explain(row, { server, open, label }) {
  const { scene, absent } = await open(row)
  try {
    if (absent) return compare({ row, name: row.name, absent: 'not in the registry' })
    const [peer] = row.peers
    await scene.ours('load', { data: row.data })
    await scene.ours('fit', { learner: row.learner, params: row.params, repeats: 1, seed: 1 })
    writeFileSync(join(WORK, 'data/explained.json'), JSON.stringify(await scene.ours('trees')))
    const task = { data: row.data, rows: row.explain, repeats: 1 }
    const sides = [
      () => scene.timed.ours('explain', task),
      () => server.ask({ op: 'explain', key: 'shap', file: 'explained.json', ...task }),
    ]
    const seen = sides.map(() => ({ first_ms: 0, runs: [], quality: {} }))
    for (let run = 0; run <= RUNS; run++) {
      for (const [i, side] of sides.entries()) {
        const answer = await side()
        if (run) seen[i].runs.push(answer)
        else seen[i].first_ms = answer.ms
      }
    }
    for (const side of seen) Object.assign(side, { ms: median(side.runs.map((r) => r.ms)), cpu_ms: median(side.runs.map((r) => r.cpu_ms)) })
    writeFileSync(join(WORK, 'data/contributions.f64'), Buffer.from(await scene.ours('scores'), 'base64'))
    const { largest_difference } = await server.ask({ op: 'apart', keys: ['contributions', 'shap'] })
    const [ours, theirs] = seen
    ours.quality.apart = largest_difference
    theirs.quality.apart = 0
    compare({ row, name: row.name, peer, label, ours, theirs, quality: 'apart', kept: largest_difference <= row.tolerance })
  } finally {
    await shut(scene.close)
  }
}
