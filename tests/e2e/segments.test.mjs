// Segments, and the second module of the engine that finds them: fetched when it is first needed, in the same room.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { App } from './pages.mjs'
import { stage } from './support.mjs'

let scene
before(async () => { scene = await stage() })
after(async () => { await scene?.close() })

const names = (urls) => urls.map((url) => new URL(url).pathname.slice(1))
/** A page with an engine of its own open as `engine`, and a made file in it: three heaps of customers. */
async function headless() {
  // An element would have fetched the second module already.
  const app = await scene.open('licences.txt')
  await app.page.evaluate(async () => {
    const { Engine } = await import('./kept.js')
    window.engine = await Engine.open()
    const rows = Array.from({ length: 300 }, (_, i) => {
      const heap = i % 6 === 0 ? [90, 900, 'Enterprise'] : i % 6 < 3 ? [40, 300, 'Team'] : [5, 20, 'Starter']
      return `c${i},${heap[0] + (i * 7 % 5)},${heap[1] + (i * 13 % 11)},${heap[2]}`
    })
    window.text = ['id,seats,spend,plan', ...rows].join('\n')
    window.dataset = await engine.load(text, { name: 'heaps' })
    window.find = (params = {}, options) => engine.run('segments', { dataset: dataset.id, roles: { id: 'id', value: 'spend' }, params }, options)
  })
  return app
}

test('the second module comes when it is needed, once, and its models are its own', async () => {
  const app = await headless()
  const { page } = app
  const before = app.network().length
  const first = await page.evaluate(() => find())
  assert.deepEqual(names(app.network().slice(before)).sort(), ['studies.js', 'studies_bg.wasm'])
  assert.equal(first.metrics.k, 3)
  assert.deepEqual(first.tables.segments.columns, ['segment', 'n', 'share', 'value_share', 'value_mean', 'description'])
  assert.deepEqual(first.tables.segments.rows.map((r) => r[1]), [150, 100, 50])
  assert.ok(first.figures.segment_map && first.figures.segment_counts)
  assert.ok(first.sentences.every((s) => s.length > 10 && !/[{}]/.test(s)), first.sentences.join('\n'))
  const fetched = app.network().length
  const more = await page.evaluate(async () => {
    const saved = await engine.saveModel((await find()).model)
    const model = await engine.loadModel(saved)
    const { tables } = await engine.predict(model.id, dataset.id)
    // The first engine holds what it held.
    const groups = await engine.suggest(dataset.id)
    return { analysis: model.analysis, rows: tables.predictions.rows.length, columns: tables.predictions.columns, steps: groups.steps.length }
  })
  assert.deepEqual(more, { analysis: 'segments', rows: 300, columns: ['id', 'segment'], steps: more.steps })
  assert.ok(more.steps > 0)
  assert.equal(app.network().length, fetched, 'fetched once')
  // A page of plain text names no icon, and there is none where browsers look.
  assert.deepEqual((await app.quiet()).filter((line) => !/status of 404/.test(line)), [])
})

test('cancelling ends the second engine alone; what was loaded is there again', async () => {
  const { page } = await headless()
  const outcome = await page.evaluate(async () => {
    const model = await engine.run('churn', { dataset: (await engine.load(await engine.demo({ rows: 400 }), { name: 'demo' })).id, roles: { target: 'churned', id: 'account_id' }, params: { learners: ['tree'], cv: 2 } })
    await find()
    const control = new AbortController()
    const work = find({ k_max: 20 }, { signal: control.signal, onProgress: () => control.abort() })
    const code = await work.then(() => 'done', (e) => e.code)
    const again = await find({ k: 3, k_max: 2 })
    return { code, k: again.metrics.k, saved: (await engine.saveModel(model.model)).length > 0 }
  })
  assert.deepEqual(outcome, { code: 'cancelled', k: 3, saved: true })
})

test('a second module that cannot be fetched is said, and leaves the first one as it was; asked again, it comes', async () => {
  const { page } = await headless()
  await page.route('**/studies_bg.wasm', (route) => route.abort())
  const failed = await page.evaluate(() => find().then(() => null, (e) => ({ code: e.code, message: e.message })))
  assert.equal(failed.code, 'start')
  assert.ok(failed.message.length > 10)
  assert.ok(await page.evaluate(async () => (await engine.suggest(dataset.id)).steps.length > 0))
  await page.unroute('**/studies_bg.wasm')
  assert.equal(await page.evaluate(async () => (await find()).metrics.k), 3)
})

test('wrong requests name what is wrong', async () => {
  const { page } = await headless()
  const failures = await page.evaluate(async () => {
    const of = (work) => work.then(() => null, ({ code, column, param }) => ({ code, column, param }))
    const features = (names) => engine.run('segments', { dataset: dataset.id, roles: { features: names } })
    return [await of(find({ k: 1 })), await of(find({ method: 'x' })), await of(features(['id'])), await of(features(['nobody']))]
  })
  assert.deepEqual(failures.map((f) => f.code), ['param', 'param', 'column_kind', 'missing_column'])
  assert.equal(failures[2].column, 'id')
})

test('on the page: found, read, looked at in both languages', async () => {
  const app = await App.open(scene)
  await app.page.evaluate(() => document.querySelector('kept-insights').ready)
  const before = app.network().length
  assert.equal(app.network().filter((url) => url.includes('/studies')).length, 2, 'there before any data')
  await app.useDemo()
  await app.go('segments')
  await app.page.locator('.opening button.primary').click()
  await app.figure('segment_map').waitFor({ timeout: 120000 })
  assert.match(await app.heading().textContent(), /customers fall into \d+ segments/)
  assert.ok(await app.page.locator('.said li').count() >= 2)
  assert.equal(app.network().length, before, 'nothing is fetched once data are there')
  const { heads, rows } = await app.table('segments')
  assert.ok(heads.includes('Segment') && heads.includes('Share'))
  assert.match(rows[0][0], /^Segment 1$/)
  await app.page.locator('.switches select').first().selectOption('zh-CN')
  await app.page.locator('.kept[lang="zh-CN"]').waitFor()
  await app.figure('segment_map').waitFor()
  assert.match(await app.heading().textContent(), /客群/)
  assert.deepEqual(await app.quiet(), [])
})
