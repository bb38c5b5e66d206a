// The one table: a line per comparison, with its limit and whether it is kept.
import { RUNS, median, record, say } from './options.mjs'

const WIDTHS = [52, 9, 18, 34, 9, 18, 7, 7, 7, 11, 11, 0]
const line = (cells) => say(cells.map((cell, i) => (i === 0 || i === 3 || i === 11 ? String(cell).padEnd(WIDTHS[i]) : String(cell).padStart(WIDTHS[i]))).join(' ').trimEnd())
const time = (ms) => (ms < 10 ? ms.toFixed(2) : ms < 100 ? ms.toFixed(1) : ms.toFixed(0))
const both = ({ ms, cpu_ms }) => `${time(ms)} (${time(cpu_ms)})`
const figure = (v) => (v === undefined || v === null ? '' : Math.abs(v) >= 1e4 ? v.toExponential(4) : Math.abs(v) < 1e-3 && v !== 0 ? v.toExponential(1) : v.toFixed(4))

/** Rows whose limit or quality was missed, and rows that could not be measured. */
export const missed = []
export const absent = []

/** What went wrong, without where the browser says it did. */
export const reason = (error) => error.message.split('\n')[0].replace(/^page\.evaluate: (Error: )?/, '')

/** Whether our quality is as good as asked for: no worse than the peer's by more than the tolerance. */
function good(quality, tolerance, ours, theirs) {
  if (quality === 'coef') return ours <= tolerance
  if (quality === 'inertia') return ours <= theirs * (1 + tolerance)
  return ours >= theirs - tolerance
}

/** Keeps a row that has no figures, and why. */
export function unmeasured(group, name, why) {
  absent.push(`${name}: ${why}`)
  record({ group, name, runs: 0, why })
}

/** Prints a line and keeps it for the JSON. A limit holds against native peers; browser peers are only shown. */
export function compare({ row, name, absent: reason, peer, label, ours, theirs, quality, kept }) {
  if (reason) {
    say(`${name.padEnd(WIDTHS[0])} not measured: ${reason}`)
    return unmeasured('learners', name, reason)
  }
  const ratio = median(ours.runs.map((r, i) => r.ms / theirs.runs[i].ms))
  const cpu_ratio = median(ours.runs.map((r, i) => r.cpu_ms / theirs.runs[i].cpu_ms))
  const judged = peer.kind === 'native'
  const limit = judged ? (row.limit ?? null) : null
  const alike = judged ? (kept ?? good(quality, row.tolerance, ours.quality[quality], theirs.quality[quality])) : null
  const faults = [limit !== null && ratio > limit && 'slow', alike === false && quality].filter(Boolean)
  const verdict = !judged ? '' : faults.length ? `MISS ${faults.join(', ')}` : limit === null ? 'ok' : 'pass'
  if (faults.length) missed.push(`${name}: ${faults.join(', ')}`)
  line([
    name, time(ours.first_ms), both(ours), label, time(theirs.first_ms), both(theirs),
    ratio.toFixed(3), cpu_ratio.toFixed(3), limit ?? '', figure(ours.quality[quality]), figure(theirs.quality[quality]), `${quality.padEnd(8)} ${verdict}`,
  ])
  record({
    group: 'learners', name, ours_ms: ours.ms, peer: label, peer_ms: theirs.ms, ratio,
    ours_quality: ours.quality[quality], peer_quality: theirs.quality[quality], quality_name: quality, runs: RUNS,
    ours_cpu_ms: ours.cpu_ms, peer_cpu_ms: theirs.cpu_ms, cpu_ratio, ours_first_ms: ours.first_ms, peer_first_ms: theirs.first_ms,
    limit, tolerance: judged ? row.tolerance : null, pass: judged ? faults.length === 0 : null,
  })
}
compare.head = () => line(['', 'first', 'Kept', 'beside', 'first', 'peer', 'ratio', 'CPU', 'limit', 'quality', 'peer', ''])
