// Import of a 46 MB file in headless Chromium beside pandas.
import { spawnSync } from 'node:child_process'
import { createWriteStream, existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { once } from 'node:events'
import { App } from '../../tests/e2e/pages.mjs'
import { generator, stage } from '../../tests/e2e/support.mjs'
import { ROOT, RUNS, WORK, median, record, say, wanted } from '../lib/options.mjs'
import { environment, python } from '../lib/native.mjs'

const ROWS = 1_000_000

/** 1,000,000 × 7: id, day, number with gaps, category, money, decimal, flag. */
async function file() {
  const path = join(WORK, 'customers.csv')
  if (existsSync(path)) return path
  const random = generator(1)
  const out = createWriteStream(path)
  out.write('id,signup,age,city,amount,score,churn\n')
  const cities = Array.from({ length: 200 }, (_, i) => `City ${i}`)
  for (let i = 0; i < ROWS; i += 1000) {
    let block = ''
    for (let k = i; k < i + 1000; k++) {
      const day = new Date(Date.UTC(2018, 0, 1 + Math.floor(random() * 3000))).toISOString().slice(0, 10)
      const age = random() < 0.05 ? '' : Math.floor(18 + random() * 70)
      block += `${100000 + k},${day},${age},${cities[Math.floor(random() * 200)]},${(random() * 1000).toFixed(2)},${random().toFixed(6)},${random() < 0.25 ? 1 : 0}\n`
    }
    if (!out.write(block)) await once(out, 'drain')
  }
  out.end()
  await once(out, 'finish')
  return path
}

/** One import in a fresh page. */
async function importOnce(scene, path) {
  const app = await App.open(scene)
  await app.page.evaluate(() => {
    window.longest = 0
    new PerformanceObserver((list) => { for (const e of list.getEntries()) window.longest = Math.max(window.longest, e.duration) }).observe({ entryTypes: ['longtask'] })
    window.done = new Promise((resolve) => document.querySelector('kept-insights').addEventListener('kept-data', () => resolve(performance.now()), { once: true }))
    // Timed from the moment the file is handed over.
    document.querySelector('kept-insights').shadowRoot.addEventListener('change', () => { window.began = performance.now() }, { capture: true, once: true })
  })
  await app.drop(path)
  const ms = await app.page.evaluate(async () => (await window.done) - window.began)
  await app.page.waitForTimeout(300)
  const longest = await app.page.evaluate(() => window.longest)
  const memory = await engineBytes(app.page)
  await app.page.close()
  return { ms, longest, memory }
}

/** Memory of the largest engine of a page; it never shrinks, so this is its peak. */
export async function engineBytes(page) {
  const all = await Promise.all(page.workers().map((worker) => worker.evaluate(() => self.keptMemory?.() ?? 0).catch(() => 0)))
  return Math.max(0, ...all)
}

export async function importing() {
  if (!wanted('import')) return
  const path = await file()
  const bin = python()
  const scene = await stage()
  const ours = [], theirs = []
  // The first run is apart from the others.
  for (let run = 0; run <= RUNS; run++) {
    ours.push(await importOnce(scene, path))
    // Alternated, so that both meet the same machine.
    const { stdout } = spawnSync(bin, [join(ROOT, 'benches/pandas_csv.py'), path, '1'], { encoding: 'utf8', env: environment() })
    theirs.push(JSON.parse(stdout))
  }
  await scene.close()
  const pandas = theirs.map((t) => t.read_ms + t.profile_ms)
  const steady = (values) => median(values.slice(1))
  const times = ours.map((o) => o.ms)
  const longest = Math.max(...ours.map((o) => o.longest))
  const memory = Math.max(...ours.map((o) => o.memory))
  const ratio = steady(times.map((ms, i) => ms / pandas[i]))
  const label = `pandas ${theirs[0].version}`
  const size = (statSync(path).size / 1e6).toFixed(0)
  say(`\nImport and profile, ${ROWS.toLocaleString('en')} × 7, ${size} MB, median of ${RUNS} alternated runs`)
  say(`  Kept, in the page          ${steady(times).toFixed(0).padStart(6)} ms   (first run ${times[0].toFixed(0)} ms)`)
  say(`  ${label} read + describe ${steady(pandas).toFixed(0).padStart(4)} ms   (read alone ${steady(theirs.map((t) => t.read_ms)).toFixed(0)} ms)`)
  say(`  ratio                      ${ratio.toFixed(2).padStart(6)}`)
  say(`  peak engine memory         ${(memory / 1e6).toFixed(0).padStart(6)} MB`)
  say(`  longest main-thread task   ${longest > 0 ? longest.toFixed(0).padStart(6) : '  < 50'} ms`)
  record({ group: 'import', name: 'csv 1M x 7, read and profile', ours_ms: steady(times), peer: label, peer_ms: steady(pandas), ratio, ours_quality: memory, quality_name: 'peak_engine_bytes', ours_first_ms: times[0] })
  record({ group: 'import', name: 'longest main-thread task', ours_ms: longest })
}
