// `make bench`: what Kept takes in headless Chromium beside what others take. Prints tables, writes target/bench.json.
// `node benches/run.mjs [--only=boosting,memory] [--fast] [--strict]`: groups are sizes, learners, memory, helpers, import;
// `--only` takes groups, learner ids and parts of a row's name; `--strict` fails on a missed limit or a row not measured.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT, STRICT, results, say } from './lib/options.mjs'
import { absent, missed } from './lib/table.mjs'
import { helpers } from './groups/helpers.mjs'
import { importing } from './groups/import.mjs'
import { learners } from './groups/learners.mjs'
import { memory } from './groups/memory.mjs'
import { sizes } from './groups/sizes.mjs'

const start = performance.now()
for (const group of [sizes, learners, memory, helpers, importing]) {
  await group()
  // After every group, so that an interrupted run leaves what it has measured.
  writeFileSync(join(ROOT, 'target/bench.json'), `${JSON.stringify(results, null, 2)}\n`)
}
const tell = (title, list) => list.length && say(`\n${title}\n${list.map((entry) => `  ${entry}`).join('\n')}`)
tell('Limits missed:', missed)
tell('Not measured:', absent)
say(`\nwritten: target/bench.json (${results.length} rows, ${((performance.now() - start) / 60_000).toFixed(1)} min)`)
if (STRICT && missed.length + absent.length) process.exitCode = 1
