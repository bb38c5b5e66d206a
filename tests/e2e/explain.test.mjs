// From scores to decisions, through `Engine` and the element's functions.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { data, stage } from './support.mjs'

let scene
before(async () => { scene = await stage() })
after(async () => { await scene?.close() })

const TELCO = readFileSync(data('telco_churn.csv'), 'utf8')

/** A page with `open(lang)`, which leaves `engine`, `dataset` and the `report` of a run on the telco file. */
async function host() {
  const it = await scene.open('')
  await it.page.waitForFunction(() => document.querySelector('kept-insights')?.engine, null, { timeout: 30000 })
  await it.page.evaluate(async () => {
    const { Engine } = await import('./kept.js')
    window.start = async (text, lang) => {
      window.engine?.close()
      window.engine = await Engine.open({ lang, helpers: 1 })
      window.dataset = await engine.load(text, { name: 'telco.csv' })
      window.report = await engine.run('churn', { dataset: dataset.id, roles: { id: 'customerID', target: 'Churn' }, params: { learners: ['logistic'], cv: 3 } })
    }
    window.failure = (make) => make().then(() => undefined, ({ name, code, param }) => ({ name, code, param }))
  })
  return it
}

const close = (a, b) => assert.ok(Math.abs(a - b) < 1e-9, `${a} is not ${b}`)
const total = (it) => it.base + 0.01 * it.contributions.reduce((sum, c) => sum + c.points, 0)

test('a row and a record are explained in both languages, and no request is made', async () => {
  const { page, network } = await host()
  for (const lang of ['en', 'zh']) {
    await page.evaluate(([text, lang]) => start(text, lang), [TELCO, lang])
    const before = network().length
    const seen = await page.evaluate(async () => {
      const scores = await engine.predict(report.model, dataset.id)
      const table = scores.tables.predictions
      const at = table.columns.indexOf('probability')
      const row = table.rows.reduce((best, r, i) => (r[at] > table.rows[best][at] ? i : best), 0)
      const it = await engine.explain(report.model, dataset.id, row, { actionable: ['Contract', 'tenure', 'InternetService'] })
      const none = await engine.explain(report.model, dataset.id, row, { actionable: ['gender'] })
      const plain = await engine.explain(report.model, dataset.id, row)
      const record = { tenure: 1, Contract: 'Month-to-month', InternetService: 'Fiber optic', MonthlyCharges: 95.5, TotalCharges: null }
      const made = await engine.whatIf(report.model, record, { actionable: ['Contract'] })
      const longer = await engine.whatIf(report.model, { ...record, tenure: 60, Contract: 'Two year' })
      const changed = await engine.whatIf(report.model, { Contract: 'Two year' }, { dataset: dataset.id, row })
      const refused = [
        await failure(() => engine.explain(report.model, dataset.id, 7043)),
        await failure(() => engine.explain(report.model, dataset.id, -1)),
        await failure(() => engine.explain(report.model, 'd999', 0)),
        await failure(() => engine.whatIf(report.model, { nothing: 1 })),
      ]
      return { it, none, plain, made, longer, changed, refused, probability: table.rows[row][at] }
    })
    assert.equal(network().length, before, 'no request')
    close(seen.it.prediction, seen.probability)
    for (const it of [seen.it, seen.made, seen.longer, seen.changed]) close(total(it), it.prediction)
    assert.ok(seen.it.contributions.some((c) => c.column === 'Contract' && c.points > 1 && c.value === 'Month-to-month'))
    assert.ok(seen.it.contributions.every((c) => c.column !== 'customerID'))
    assert.match(seen.it.sentence, lang === 'zh' ? /[\u4e00-\u9fff]/ : /^[ -~\u2000-\u2bff]+$/)
    assert.ok(seen.it.counterfactuals.length > 0)
    for (const instead of seen.it.counterfactuals) {
      assert.ok(instead.prediction < seen.it.prediction)
      assert.ok(instead.changes.length > 0 && instead.changes.every((c) => c.from !== c.to))
      assert.ok(instead.sentence.includes(instead.changes[0].column))
    }
    assert.equal(seen.none.counterfactuals.length, 0)
    assert.equal(typeof seen.none.nothing_changes, 'string')
    assert.deepEqual([seen.plain.counterfactuals, seen.plain.nothing_changes], [[], null])
    assert.ok(seen.longer.prediction < seen.made.prediction)
    assert.ok(seen.changed.prediction < seen.it.prediction)
    assert.deepEqual(seen.refused.map((r) => [r.name, r.code]), [['KeptError', 'param'], ['KeptError', 'param'], ['KeptError', 'unknown'], ['KeptError', 'unknown']])
  }
})

test('10,000 rows are added at once, who crosses is named, and a new engine is given them again', async () => {
  const { page } = await host()
  await page.evaluate((text) => start(text, 'en'), TELCO)
  const [head, ...lines] = TELCO.trim().split(/\r?\n/)
  const more = [head]
  for (let i = 0; i < 10000; i++) more.push(lines[i % lines.length].replace(/^[^,]*/, `NEW-${i}`).replace(/,[^,]*$/, ','))
  // A customer who was safe is not any more.
  const calm = lines.findIndex((l) => l.includes('Two year') && l.endsWith(',No'))
  const id = lines[calm].split(',')[0]
  more[1] = `${id},Female,1,No,No,1,Yes,Yes,Fiber optic,No,No,No,No,Yes,Yes,Month-to-month,Yes,Electronic check,105.5,105.5,`
  const seen = await page.evaluate(async (text) => {
    await engine.explain(report.model, dataset.id, 0)
    const added = await engine.append(dataset.id, text, { model: report.model, value: 'MonthlyCharges' })
    window.last = await engine.explain(report.model, dataset.id, 17042)
    return { added, last }
  }, more.join('\n'))
  const { added } = seen
  assert.deepEqual([added.n_rows, added.n_new, added.n_updated, added.dataset.n_rows], [10000, 9999, 1, 17043])
  const crossed = added.crossed.find((c) => c.id === id)
  assert.ok(crossed, 'the customer who changed is named')
  assert.equal(crossed.row, 7043)
  assert.ok(crossed.before < 0.5 && crossed.after > crossed.before && crossed.at_risk > 0)
  assert.ok(added.crossed.every((c, i, all) => i === 0 || all[i - 1].at_risk >= c.at_risk))
  // The engine dies; the file and the rows are read again unasked.
  const workers = page.workers()
  for (const worker of workers) await worker.evaluate(() => { setTimeout(() => { throw new Error('planted') }) }).catch(() => {})
  await page.waitForTimeout(500)
  const again = await page.evaluate(() => engine.explain(report.model, dataset.id, 17042))
  assert.deepEqual(again, seen.last)
})

test('the element says who crossed when rows come in', async () => {
  const { page } = await host()
  const [head, ...lines] = TELCO.trim().split(/\r?\n/)
  const calm = lines.find((l) => l.includes('Two year') && l.endsWith(',No')).split(',')[0]
  const rows = `${head}\n${calm},Female,1,No,No,1,Yes,Yes,Fiber optic,No,No,No,No,Yes,Yes,Month-to-month,Yes,Electronic check,105.5,105.5,\n`
  const seen = await page.evaluate(async ([text, rows]) => {
    const element = document.querySelector('kept-insights')
    const alerts = []
    document.addEventListener('kept-alert', (e) => alerts.push([e.detail, e.composed, e.bubbles]))
    const dataset = await element.load(text, { name: 'telco.csv' })
    await element.run('churn', { params: { learners: ['logistic'], cv: 3 } })
    // Nobody has looked at a list yet.
    const added = await element.append(rows)
    return { alerts, added }
  }, [TELCO, rows])
  assert.deepEqual([seen.added.n_rows, seen.added.n_updated, seen.added.dataset.n_rows], [1, 1, 7044])
  assert.equal(seen.alerts.length, 1)
  const [[detail, composed, bubbles]] = seen.alerts
  assert.ok(composed && bubbles)
  assert.ok(detail.crossed.some((c) => c.id === calm))
  assert.deepEqual(detail, seen.added)
})
