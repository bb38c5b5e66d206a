// `make bench`: what Kept takes in headless Chromium beside what others take. Prints tables, writes target/bench.json.
// `node benches/run.mjs [--only=boosting,memory] [--fast] [--strict]`: groups are big (only by name), sizes, learners, memory, helpers, live, import;
// `--only` takes groups, learner ids and parts of a row's name; `--strict` fails on a missed limit or a row not measured.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT, STRICT, results, say } from './lib/options.mjs'
import { ROW_MS, begin, within } from './lib/limits.mjs'
import { absent, missed, reason, unmeasured } from './lib/table.mjs'
import { big } from './groups/big.mjs'
import { helpers } from './groups/helpers.mjs'
import { importing } from './groups/import.mjs'
import { learners } from './groups/learners.mjs'
import { live } from './groups/live.mjs'
import { memory } from './groups/memory.mjs'
import { sizes } from './groups/sizes.mjs'

const start = performance.now()
// Learners watch the time row by row, large files have hours.
const groups = { big, sizes, learners, memory, helpers, live, import: importing }
for (const [name, group] of Object.entries(groups)) {
  try {
    begin()
    await (group === learners || group === big ? group() : within(ROW_MS, group))
  } catch (error) {
    say(`  ${name} not measured: ${reason(error)}`)
    unmeasured(name, name, reason(error))
  }
  // After every group, so that an interrupted run leaves what it has measured.
  writeFileSync(join(ROOT, 'target/bench.json'), `${JSON.stringify(results, null, 2)}\n`)
}
const tell = (title, list) => list.length && say(`\n${title}\n${list.map((entry) => `  ${entry}`).join('\n')}`)
tell('Limits missed:', missed)
tell('Not measured:', absent)
say(`\nwritten: target/bench.json (${results.length} rows, ${((performance.now() - start) / 60_000).toFixed(1)} min)`)
// A browser that no longer answers must not keep the bench alive.
process.exit(STRICT && missed.length + absent.length ? 1 : 0)
