// Files that are large for the memory there is: the page does not freeze, what does not fit is refused before it starts, a
// sample is the same every time, and an engine that runs out of memory all the same takes nothing with it.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { big } from '../../benches/lib/big.mjs'
import { App } from './pages.mjs'
import { stage } from './support.mjs'

const ROWS = 600_000
let scene, folder, file
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kept-big-'))
  file = big(ROWS, join(folder, 'big.csv'))
  scene = await stage()
})
after(async () => {
  await scene?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** A page with a chooser, and engines opened as the test wants them. */
async function bench() {
  const it = await scene.open('host.html')
  await it.page.waitForFunction(() => document.querySelector('kept-insights')?.engine, null, { timeout: 30000 })
  await it.page.evaluate(async () => {
    const { Engine } = await import('./kept.js')
    const input = document.body.appendChild(document.createElement('input'))
    Object.assign(input, { type: 'file', id: 'chooser' })
    window.failure = (work) => work().then(() => null, (e) => ({ code: e.code, message: e.message, rows: e.rows, needed: e.needed }))
    window.opened = async (memory) => (window.engine = await Engine.open({ memory, helpers: 1 }))
    window.chosen = () => document.querySelector('#chooser').files[0]
    // Longest time between two frames, from now on.
    window.beat = () => {
      let last = performance.now(), longest = 0, on = true
      const frame = (now) => { longest = Math.max(longest, now - last); last = now; if (on) requestAnimationFrame(frame) }
      requestAnimationFrame(frame)
      return () => { on = false; return longest }
    }
  })
  return it.page
}

test('sixty megabytes are read and profiled without the page missing more than a few frames', async () => {
  const page = await bench()
  await page.locator('#chooser').setInputFiles(file)
  const got = await page.evaluate(async () => {
    await opened()
    const stop = beat()
    const { n_rows, columns, warnings } = await engine.load(chosen())
    return { n_rows, kinds: columns.map((c) => c.kind), warnings, longest: stop() }
  })
  assert.equal(got.n_rows, ROWS)
  assert.deepEqual(got.kinds, ['id', 'date', 'category', 'category', 'int', 'float', 'int', 'int', 'float', 'float', 'bool', 'bool'])
  assert.ok(got.longest < 500, `a frame took ${got.longest} ms`)
  const bytes = await Promise.all(page.workers().map((w) => w.evaluate(() => self.keptMemory?.() ?? 0).catch(() => 0)))
  assert.ok(Math.max(...bytes) < 250e6, `${bytes} bytes`)
  await page.evaluate(() => engine.close())
  await page.context().close()
})

test('what does not fit is refused before it starts, with rows that do; a sample of them is the same every time', async () => {
  const page = await bench()
  await page.locator('#chooser').setInputFiles(file)
  const got = await page.evaluate(async () => {
    await opened(96)
    const start = performance.now()
    const refused = await failure(() => engine.load(chosen()))
    const ms = performance.now() - start
    const first = await engine.load(chosen(), { sample: refused.rows })
    await engine.forget(first.id)
    const again = await engine.load(chosen(), { sample: refused.rows })
    const same = JSON.stringify(first.columns) === JSON.stringify(again.columns)
    const roles = { id: 'customer_id', target: 'churn' }
    const params = { learners: ['boosting'], cv: 2, n_repeats: 1, explain: false, max_rows: 5000 }
    const report = await engine.run('churn', { dataset: again.id, roles, params })
    return { refused, ms, n: first.n_rows, warnings: first.warnings, same, said: report.warnings, card: report.tables.model_card }
  })
  const { refused } = got
  assert.equal(refused.code, 'memory')
  assert.ok(refused.needed > 60e6 && refused.rows > 50_000 && refused.rows < ROWS, JSON.stringify(refused))
  assert.match(refused.message, /rows would fit/)
  assert.ok(got.ms < 3000, `${got.ms} ms`)
  assert.equal(got.n, refused.rows)
  assert.ok(got.same, 'two samples differ')
  assert.ok(got.warnings.some((w) => w.message.includes('600,000')), JSON.stringify(got.warnings))
  const said = got.said.map((w) => w.message).join('\n')
  assert.match(said, /5,000/)
  assert.match(said, /600,000/)
  assert.match(JSON.stringify(got.card), /sampled_from/)
  await page.evaluate(() => engine.close())
  await page.context().close()
})

test('an engine that runs out of memory is started again with everything it held', async () => {
  const page = await bench()
  // The beginning of a file that looks harmless: texts that repeat. Then every one is another.
  const trap = join(folder, 'trap.csv')
  const long = 'x'.repeat(400)
  const lines = Array.from({ length: 120_000 }, (_, i) => (i < 30_000 ? `${i % 7},same\n` : `${i % 7},${i}-${long}\n`))
  writeFileSync(trap, `n,text\n${lines.join('')}`)
  await page.locator('#chooser').setInputFiles(trap)
  const got = await page.evaluate(async () => {
    await opened(64)
    const rows = Array.from({ length: 400 }, (_, i) => ({ customer: `C${i}`, visits: (i * 37) % 50, plan: i % 3 ? 'a' : 'b', churn: (i * 37) % 50 < 15 + (i % 11) ? 'yes' : 'no' }))
    const data = await engine.load(rows, { name: 'small' })
    const roles = { id: 'customer', target: 'churn' }
    const run = await engine.run('churn', { dataset: data.id, roles, params: { learners: ['logistic'], cv: 2, n_repeats: 1, explain: false } })
    const before = await engine.predict(run.model, data.id)
    const refused = []
    for (let i = 0; i < 5; i++) refused.push(await failure(() => engine.load(chosen())))
    const after = await engine.predict(run.model, data.id)
    return { refused, same: JSON.stringify(before.tables) === JSON.stringify(after.tables) }
  })
  for (const refused of got.refused) {
    assert.equal(refused?.code, 'memory', JSON.stringify(got.refused))
    assert.ok(refused.needed > 50e6, JSON.stringify(refused))
  }
  assert.ok(got.same, 'another prediction after the engine was started again')
  await page.evaluate(() => engine.close())
  await page.context().close()
})

test('a person is offered the sample, takes it with the keyboard, and reads that it is one', async () => {
  const it = await scene.open('host.html')
  const app = new App(it.page)
  await app.ready()
  await it.page.evaluate(async () => {
    const old = document.querySelector('kept-insights')
    const small = document.createElement('kept-insights')
    small.setAttribute('memory', '96')
    old.replaceWith(small)
    await small.ready
  })
  await app.drop(file)
  const card = it.page.locator('.card.bad[data-code="memory"]')
  await card.waitFor({ timeout: 30000 })
  assert.match(await card.textContent(), /About [\d,]+ rows would fit/)
  const press = card.getByRole('button', { name: /Use a sample of/ })
  const rows = Number(await press.getAttribute('data-rows'))
  await press.focus()
  await it.page.keyboard.press('Enter')
  await it.page.locator('.columns > table:not([aria-busy])').waitFor({ timeout: 60000 })
  assert.ok((await it.page.locator('main').first().textContent()).includes(rows.toLocaleString('en')))
  assert.ok((await it.page.locator('main').first().textContent()).includes('600,000'))
  await it.page.context().close()
})
