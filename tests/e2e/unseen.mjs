// A whole journey with data whose every word is known, after which none of them may be met anywhere.
import assert from 'node:assert/strict'
import { App } from './pages.mjs'
import { CELL, asFile, canaries, customers, overhear, remains } from './recorder.mjs'

/** What is heard before the data come in; `begin` it before the page is opened. */
export const listen = (page, recorder) => ({ page, said: overhear(page), recorder })

/** What was asked for; whether there is a newer service worker is the browser's own question. */
const asked = ({ recorder }, from) => recorder.requests.slice(from).filter((r) => !(r.method === 'GET' && r.url.endsWith('/sw.js')))

/** Opens, learns, lists, asks, scores, reports, meets a damaged cell and a crash, in `at`, a page or a frame of it. */
export async function unseen(ears, at = ears.page) {
  const app = new App(at)
  await app.ready()
  const from = ears.recorder.requests.length
  const before = await remains(at)
  assert.deepEqual(canaries(JSON.stringify([ears.recorder.requests, before])), [], 'no word of the data is a word of the page')
  await at.evaluate(() => {
    window.heard = []
    document.addEventListener('kept-error', ({ detail }) => window.heard.push(`${detail.message} ${detail.stack}`))
    addEventListener('error', (event) => window.heard.push(event.message))
    addEventListener('unhandledrejection', (event) => window.heard.push(`${event.reason?.message} ${event.reason?.stack}`))
  })

  await app.openFile(asFile(customers()))
  const auc = await at.evaluate(async () => {
    const element = document.querySelector('kept-insights')
    window.report = await element.run('churn', { roles: { id: 'customer_id', target: 'churned' }, params: { positive: 'yes', learners: ['logistic'], cv: 3, n_repeats: 1 } })
    return window.report.metrics.roc_auc
  })
  assert.ok(auc > 0.5, `${auc}`)
  await at.locator('.leaderboard').waitFor()
  await at.locator('.kept-chart').first().hover()

  await app.go('overview')
  await at.locator('.strip.four').waitFor()
  await app.go('actions')
  const lines = at.locator('.window tbody tr:not(.gap)')
  await lines.first().waitFor()
  const search = at.locator('.toolbar input[type=search]')
  await search.fill(`${CELL}-10`)
  await search.press('Enter')
  await lines.first().locator('.open').click()
  await at.locator('.what-if .controls').waitFor()
  assert.ok((await at.locator('.customer h1').textContent()).includes(CELL))
  const plan = at.locator('[data-what-if^="plan"] select')
  const other = await plan.evaluate((select) => [...select.options].find((o) => o.value && o.value !== select.value).value)
  const question = await at.locator('.what-if h2').textContent()
  await plan.selectOption(other)
  await at.waitForFunction((was) => document.querySelector('kept-insights').shadowRoot.querySelector('.what-if h2').textContent !== was, question)
  await at.locator('.notes textarea').fill(`${CELL} called twice`)
  await at.locator('.notes textarea').press('Tab')

  await app.scoreFile(asFile(customers({ from: 240, n: 60 }), 'second.csv'))
  await at.locator('.predictions').waitFor({ timeout: 60000 })
  const html = await at.evaluate(() => document.querySelector('kept-insights').engine.report(window.report))
  assert.ok(html.includes(CELL) || html.includes('qzxcolumncanary'), 'the report has the data')

  // A cell that cannot be read is told by its place.
  const failed = await at.evaluate(async (texts) => {
    const element = document.querySelector('kept-insights')
    const said = []
    const tell = (error) => said.push(`${error.code} ${error.message} ${error.stack}`)
    await element.engine.load(texts[0], { kinds: { monthly_fee: 'float' } }).then((d) => element.engine.predict(window.report.model, d.id)).catch(tell)
    await element.engine.load(texts[1]).catch(tell)
    await element.engine.whatIf(window.report.model, { monthly_fee: texts[2] }).catch(tell)
    return said
  }, [customers({ n: 40, damage: 7 }), `a,b\n1,"${CELL}\n2,3\n`, `${CELL}-damaged`])
  assert.ok(failed.length > 0)
  assert.deepEqual(canaries(failed.join('\n'), [CELL]), [], failed.join('\n'))

  // The engine dies in the middle of its work, and is there again.
  const engine = ears.page.workers().find((worker) => worker.url().startsWith('blob:'))
  assert.ok(engine, 'the engine is a worker')
  await engine.evaluate(() => self.keptPort.addEventListener('message', () => { throw new Error('planted') }))
  const answer = await at.evaluate(() => document.querySelector('kept-insights').run('churn', { params: { learners: ['forest'], cv: 5 } }).then(() => 'done', (error) => `${error.code} ${error.message} ${error.stack}`))
  assert.match(answer, /^crashed /)
  assert.deepEqual(canaries(answer, [CELL]), [], answer)
  const rows = await at.evaluate(async (text) => (await document.querySelector('kept-insights').engine.load(text)).n_rows, customers({ n: 30 }))
  assert.equal(rows, 30)

  const seen = asked(ears, from)
  assert.deepEqual(seen.map((r) => `${r.method} ${r.url}`), [], 'no request once the file is opened')
  const after = await remains(at)
  const heard = await at.evaluate(() => window.heard)
  for (const [where, text] of Object.entries({ ...after, requests: JSON.stringify(ears.recorder.requests), console: ears.said.join('\n') })) {
    assert.deepEqual(canaries(String(text)), [], `${where}: ${text}`)
  }
  assert.deepEqual(canaries(heard.join('\n'), [CELL]), [], heard.join('\n'))
  assert.deepEqual([after.href, after.history], [before.href, before.history])
  const counted = await at.evaluate(() => document.querySelector('kept-insights').privacy())
  assert.deepEqual([counted.requests_since_data, counted.room], [0, 'sealed'])
  return { from, answer }
}
