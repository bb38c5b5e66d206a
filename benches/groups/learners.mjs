// Learners in headless Chromium beside native and browser peers: paired, alternated runs, after a first one of its own.
import { browser } from '../lib/browser.mjs'
import { ensure } from '../lib/data.mjs'
import { ROW_MS, begin, shut, within } from '../lib/limits.mjs'
import { locked, prepare, version } from '../lib/peers.mjs'
import { FAST, RUNS, median, say, wanted } from '../lib/options.mjs'
import { compare, reason } from '../lib/table.mjs'
import { native } from '../lib/native.mjs'
import { explain } from './explain.mjs'
import { predict } from './predict.mjs'
import { ROWS } from '../rows.mjs'

/** Repeats within a run, so that a short fit is timed over a stretch that clocks and CPU counters can tell. */
const STRETCH_MS = FAST ? 60 : 200
const repeats = (ms) => Math.max(1, Math.min(50, Math.round(STRETCH_MS / ms)))

/** One side of a comparison: how it is loaded, run and judged. */
async function sides(row, unit, { server, scene }) {
  const shared = { data: row.data, rows: unit.rows, target: row.target ?? 'class' }
  const given = await scene.params(row.learner)
  const known = Object.entries(row.optional ?? {}).filter(([name]) => given.includes(name))
  const ours = {
    learner: row.learner, params: { ...row.params, ...Object.fromEntries(known), ...unit.ours }, search: row.search, answers: unit.answers,
  }
  const coef = row.exact && (await server.ask({ op: 'exact', ...shared, exact: row.exact })).coef
  await scene.ours('load', shared)
  const of = (peer, i) => {
    const task = { ...shared, key: `peer${i}`, call: peer.call, params: peer.params, answers: unit.answers, coef }
    if (peer.kind === 'smartcore') return { fit: (run) => scene.timed.ours('smartFit', { ...task, ...run }), quality: (quality) => scene.ours('smartQuality', { ...task, quality }) }
    return peer.kind === 'native'
      ? {
          fit: (run) => server.ask({ op: 'fit', ...task, ...run }),
          quality: async (quality) => (await server.ask({ op: 'quality', ...task, quality })).quality,
        }
      : {
          fit: (run) => scene.timed.peers('fit', { ...task, ...run }),
          quality: (quality) => scene.peers('quality', { ...task, quality }),
        }
  }
  if (unit.peers.some((p) => p.kind === 'browser')) await scene.peers('load', { ...shared, answers: unit.answers })
  return [
    { fit: (run) => scene.timed.ours('fit', { ...ours, ...run }), quality: (quality) => scene.ours('quality', { quality, coef, answers: unit.answers }) },
    ...unit.peers.map(of),
  ]
}

/** The first run, then `RUNS` steady ones in turn. */
async function measure(row, unit, context) {
  const taking = await sides(row, unit, context)
  const qualities = [...new Set([row.quality, ...unit.peers.map((p) => p.quality ?? row.quality)])]
  const seen = taking.map(() => ({ first: null, runs: [], quality: {} }))
  const times = taking.map(() => 1)
  for (let run = 0; run <= RUNS; run++) {
    for (const [i, side] of taking.entries()) {
      const answer = await side.fit({ repeats: run ? times[i] : 1, seed: run + 1 })
      if (run) seen[i].runs.push(answer)
      else seen[i].first = answer
      // A second run is over its first compilation: its time says how often a short fit is repeated from then on.
      if (!run && answer.ms < 2 * STRETCH_MS) times[i] = repeats((await side.fit({ repeats: 1, seed: 1 })).ms)
      if (run && (row.varies || run === RUNS)) {
        for (const quality of i ? [unit.peers[i - 1].quality ?? row.quality] : qualities) (seen[i].quality[quality] ??= []).push(await side.quality(quality))
      }
    }
  }
  return seen.map(({ first, runs, quality }) => ({
    first_ms: first.ms, runs, ms: median(runs.map((r) => r.ms)), cpu_ms: median(runs.map((r) => r.cpu_ms)),
    quality: Object.fromEntries(Object.entries(quality).map(([name, values]) => [name, median(values)])),
  }))
}

/** Peers that see the same rows are measured together; the full size comes first. */
function units(row) {
  const out = new Map()
  for (const peer of row.peers) {
    const unit = { rows: peer.rows ?? row.rows, answers: peer.answers ?? row.answers, ours: peer.ours }
    const key = JSON.stringify(unit)
    if (!out.has(key)) out.set(key, { ...unit, peers: [] })
    out.get(key).peers.push(peer)
  }
  return [...out.values()]
}

function nameOf(row, peer, unit) {
  const fewer = unit.rows && unit.rows !== row.rows ? `${unit.rows.toLocaleString('en')} rows` : ''
  const said = [fewer, peer.say].filter(Boolean).join(', ')
  return said ? `${row.name} (${said})` : row.name
}

/** The browser at work, to be closed when it has had its time. */
let current

/** Opens a browser and looks whether the learner is there. */
async function open(row) {
  const scene = current = await browser()
  const there = await scene.ours('open')
  scene.params = (learner) => scene.ours('params', { learner })
  return { scene, absent: !there.includes(row.learner) }
}

/** Rows whose peers see the same data, in a browser of their own. A peer that fails takes only this unit with it. */
async function one(row, unit, server, labels) {
  const { scene, absent } = await open(row)
  try {
    if (absent) return compare({ row, name: row.name, absent: 'not in the registry' })
    if (unit.peers.some((p) => p.kind === 'browser')) await scene.peers('open')
    const [ours, ...theirs] = await measure(row, unit, { server, scene })
    for (const [i, peer] of unit.peers.entries()) compare({ row, name: nameOf(row, peer, unit), peer, label: labels(peer), ours, theirs: theirs[i], quality: peer.quality ?? row.quality })
  } finally {
    await shut(scene.close)
  }
}

/** Runs `work` in the time a row has; where that does not do, the table says why. */
async function watched(row, name, server, work) {
  let late = false
  try {
    begin()
    ensure(row.data)
    await within(ROW_MS, work, () => { late = true })
  } catch (error) {
    compare({ row, name, absent: reason(error) })
  }
  if (!late) return
  if (current) await shut(current.close)
  await server.restart()
}

export async function learners() {
  const rows = ROWS.filter((row) => wanted('learners', row.learner, row.name))
  if (!rows.length) return
  prepare({ peers: rows.some((row) => row.peers.some((p) => p.kind === 'browser')) })
  const server = await native()
  const labels = (peer) => {
    if (peer.kind === 'browser') return `${peer.name} ${version(peer.package)}`
    if (peer.kind === 'smartcore') return `smartcore ${locked('smartcore')}`
    if (peer.name === 'shap') return `shap ${server.info.shap}`
    return `${peer.name} ${peer.name.startsWith('LightGBM') ? server.info.lightgbm : server.info.sklearn}`
  }
  say(`\nLearners: one engine in a worker of headless Chromium; natives at one thread (${server.info.pools.join(', ')})`)
  say(`first run apart, then the median of ${RUNS} alternated runs; wall ms, CPU ms in parentheses`)
  compare.head()
  for (const row of rows) {
    if (row.explain) await watched(row, row.name, server, () => explain(row, { server, open, label: labels(row.peers[0]) }))
    else if (row.predict) await watched(row, row.name, server, () => predict(row, { server, open, label: labels(row.peers[0]) }))
    else for (const unit of units(row)) await watched(row, nameOf(row, unit.peers[0], unit), server, () => one(row, unit, server, labels))
  }
  server.close()
}
