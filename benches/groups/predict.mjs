// Scoring a million rows: LightGBM takes up the very trees our engine has grown, so that both sides do the same work and
// the order of the rows can be compared place by place.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ensure } from '../lib/data.mjs'
import { RUNS, WORK, median } from '../lib/options.mjs'
import { shut } from '../lib/limits.mjs'
import { compare } from '../lib/table.mjs'

/** Our flat trees in LightGBM's text format. The start value goes into the leaves of the first tree, as LightGBM keeps it. */
export function lightgbmText({ init, features, thresholds, lefts, values, roots, n_columns }) {
  const trees = roots.map((root, t) => {
    const inner = [], leaves = []
    const number = new Map()
    // Numbers of inner nodes and leaves, in the order of a walk from the root.
    const walk = (at) => {
      if (lefts[at] === at) return void (number.set(at, ~leaves.length), leaves.push(at))
      number.set(at, inner.length)
      inner.push(at)
      walk(lefts[at])
      walk(lefts[at] + 1)
    }
    walk(root)
    const list = (name, of, from) => `${name}=${from.map(of).join(' ')}`
    return [
      `Tree=${t}`, `num_leaves=${leaves.length}`, 'num_cat=0',
      list('split_feature', (n) => features[n], inner), list('split_gain', () => 1, inner), list('threshold', (n) => thresholds[n], inner),
      list('decision_type', () => 2, inner), list('left_child', (n) => number.get(lefts[n]), inner), list('right_child', (n) => number.get(lefts[n] + 1), inner),
      list('leaf_value', (n) => values[n] + (t ? 0 : init), leaves), 'is_linear=0', 'shrinkage=1', '', '',
    ].join('\n')
  })
  const columns = Array.from({ length: n_columns }, (_, j) => j)
  return [
    'tree', 'version=v4', 'num_class=1', 'num_tree_per_iteration=1', 'label_index=0', `max_feature_idx=${n_columns - 1}`, 'objective=binary sigmoid:1',
    `feature_names=${columns.map((j) => `x${j}`).join(' ')}`, `feature_infos=${columns.map(() => '[-100:100]').join(' ')}`, '', '',
  ].join('\n') + trees.join('\n') + '\nend of trees\n'
}

export async function predict(row, { server, open, label }) {
  ensure(row.predict)
  const { scene, absent } = await open(row)
  try {
    if (absent) return compare({ row, name: row.name, absent: 'not in the registry' })
    const [peer] = row.peers
    await scene.ours('load', { data: row.data })
    await scene.ours('fit', { learner: row.learner, params: row.params, repeats: 1, seed: 1 })
    writeFileSync(join(WORK, 'data/trees.txt'), lightgbmText(await scene.ours('trees')))
    await server.ask({ op: 'adopt', key: 'theirs', file: 'trees.txt' })
    const sides = [
      (task) => scene.timed.ours('predict', task),
      (task) => server.ask({ op: 'predict', key: 'theirs', ...task }),
    ]
    // The rows are brought in beforehand; a first run of a side still compiles what it runs.
    await scene.ours('bring', { data: row.predict })
    const seen = sides.map(() => ({ first_ms: 0, runs: [], quality: {} }))
    for (let run = 0; run <= RUNS; run++) {
      for (const [i, side] of sides.entries()) {
        const answer = await side({ data: row.predict, repeats: 1 })
        if (run) seen[i].runs.push(answer)
        else seen[i].first_ms = answer.ms
      }
    }
    for (const side of seen) Object.assign(side, { ms: median(side.runs.map((r) => r.ms)), cpu_ms: median(side.runs.map((r) => r.cpu_ms)) })
    writeFileSync(join(WORK, 'data/ours.f64'), Buffer.from(await scene.ours('scores'), 'base64'))
    const order = await server.ask({ op: 'order', keys: ['ours', 'theirs'], data: row.predict })
    const [ours, theirs] = seen
    ours.quality.order = order.same_place
    theirs.quality.order = 1
    compare({ row, name: row.name, peer, label, ours, theirs, quality: 'order' })
  } finally {
    await shut(scene.close)
  }
}
