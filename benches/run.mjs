// `make bench`: import of a 46 MB file in headless Chromium beside pandas, and sizes of the modules.
// Prints a table and writes target/bench.json.
import { execFileSync, spawnSync } from 'node:child_process'
import { createWriteStream, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { once } from 'node:events'
import { brotliCompressSync, gzipSync, constants } from 'node:zlib'
import { App } from '../tests/e2e/pages.mjs'
import { ROOT, generator, stage } from '../tests/e2e/support.mjs'

const RUNS = 5
const ROWS = 1_000_000
const work = join(ROOT, 'target/bench')
mkdirSync(work, { recursive: true })
const results = []
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1]
const say = (line) => console.log(line)

/** 1,000,000 × 7: id, day, number with gaps, category, money, decimal, flag. */
async function file() {
  const path = join(work, 'customers.csv')
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

function python() {
  const venv = join(ROOT, '.tools/venv')
  const bin = join(venv, 'bin/python')
  const wanted = readFileSync(join(ROOT, 'benches/requirements.txt'), 'utf8')
  const stamp = join(venv, 'requirements.txt')
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
    execFileSync('python3', ['-m', 'venv', venv])
    execFileSync(bin, ['-m', 'pip', 'install', '--quiet', '-r', join(ROOT, 'benches/requirements.txt')], { stdio: 'inherit' })
    writeFileSync(stamp, wanted)
  }
  return bin
}

async function importing(path) {
  const bin = python()
  const scene = await stage()
  const ours = [], theirs = [], longest = [], memory = []
  for (let run = 0; run < RUNS; run++) {
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
    ours.push(ms)
    longest.push(await app.page.evaluate(() => window.longest))
    for (const worker of app.page.workers()) {
      const bytes = await worker.evaluate(() => self.keptMemory?.() ?? 0).catch(() => 0)
      if (bytes) memory.push(bytes)
    }
    await app.page.close()
    // Alternated, so that both meet the same machine.
    const { stdout } = spawnSync(bin, [join(ROOT, 'benches/pandas_csv.py'), path, '1'], { encoding: 'utf8' })
    theirs.push(JSON.parse(stdout))
  }
  await scene.close()
  const pandas = theirs.map((t) => t.read_ms + t.profile_ms)
  const ratios = ours.map((ms, i) => ms / pandas[i])
  const size = (statSync(path).size / 1e6).toFixed(0)
  say(`\nImport and profile, ${ROWS.toLocaleString('en')} × 7, ${size} MB, median of ${RUNS} alternated runs`)
  say(`  Kept, in the page          ${median(ours).toFixed(0).padStart(6)} ms   (first run ${ours[0].toFixed(0)} ms)`)
  say(`  pandas ${theirs[0].version} read + describe ${median(pandas).toFixed(0).padStart(4)} ms   (read alone ${median(theirs.map((t) => t.read_ms)).toFixed(0)} ms)`)
  say(`  ratio                      ${median(ratios).toFixed(2).padStart(6)}`)
  say(`  peak engine memory         ${(Math.max(0, ...memory) / 1e6).toFixed(0).padStart(6)} MB`)
  say(`  longest main-thread task   ${longest.length && Math.max(...longest) > 0 ? Math.max(...longest).toFixed(0).padStart(6) : '  < 50'} ms`)
  results.push({ group: 'import', name: 'csv 1M x 7, read and profile', ours_ms: median(ours), peer: `pandas ${theirs[0].version}`, peer_ms: median(pandas), ratio: median(ratios), ours_quality: Math.max(0, ...memory), peer_quality: null, quality_name: 'peak_engine_bytes', runs: RUNS })
  results.push({ group: 'import', name: 'longest main-thread task', ours_ms: Math.max(...longest), peer: null, peer_ms: null, ratio: null, ours_quality: null, peer_quality: null, quality_name: null, runs: RUNS })
}

function sizes() {
  say('\nFiles in dist/                raw        gzip      brotli   (bytes)')
  for (const name of ['page_bg.wasm', 'page.js', 'engine_bg.wasm', 'engine.js', 'kept.js', 'kept.css', 'charts.css']) {
    const bytes = readFileSync(join(ROOT, 'dist', name))
    const gzip = gzipSync(bytes, { level: 9 }).length
    const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length
    say(`  ${name.padEnd(18)} ${String(bytes.length).padStart(12)} ${String(gzip).padStart(11)} ${String(brotli).padStart(11)}`)
    results.push({ group: 'size', name, ours_ms: null, peer: null, peer_ms: null, ratio: null, ours_quality: gzip, peer_quality: null, quality_name: 'gzip_bytes', runs: 1 })
  }
}

sizes()
await importing(await file())
writeFileSync(join(ROOT, 'target/bench.json'), `${JSON.stringify(results, null, 2)}\n`)
say('\nwritten: target/bench.json')
