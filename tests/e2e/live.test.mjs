// Files that come while another is open: the person says what becomes of them, rows that are added are scored at once,
// and nothing that was added is lost later.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { App } from './pages.mjs'
import { data, stage } from './support.mjs'

let scene
before(async () => { scene = await stage() })
after(async () => { await scene?.close() })

/** Drops a file on the element, as a file manager does. */
const dropOn = (page, name, text) => page.evaluate(([name, text]) => {
  const transfer = new DataTransfer()
  transfer.items.add(new File([text], name, { type: 'text/csv' }))
  const target = document.querySelector('kept-insights').shadowRoot.querySelector('main')
  for (const type of ['dragover', 'drop']) target.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true, composed: true }))
}, [name, text])

/** A customer who stays, with the figures of one who leaves, and a newcomer like that. */
function worse() {
  const [head, ...rows] = readFileSync(data('telco_churn.csv'), 'utf8').trim().split(/\r?\n/)
  const names = head.split(',')
  const at = (name) => names.indexOf(name)
  const cells = rows.map((r) => r.split(','))
  const calm = cells.find((c) => c[at('Contract')] === 'Two year' && c[at('Churn')] === 'No')
  const risky = cells.find((c) => c[at('Contract')] === 'Month-to-month' && c[at('Churn')] === 'Yes' && c[at('tenure')] === '1' && c[at('InternetService')] === 'Fiber optic')
  const as = (id) => risky.map((cell, i) => (i === at('customerID') ? id : i === at('Churn') ? '' : cell)).join(',')
  return { text: [head, as(calm[at('customerID')]), as('NEW-1')].join('\n'), id: calm[at('customerID')], head }
}
const rowsOf = (page) => page.evaluate(() => document.querySelector('kept-insights').shadowRoot.querySelector('.rail')?.textContent ?? '')

test('a file dropped over an open one is added, scored, and tells who crossed, though no list was ever open', async () => {
  const app = await App.open(scene)
  const { page } = app
  await app.openFile('telco_churn.csv')
  await app.train()
  await page.evaluate(() => { window.alerts = []; document.addEventListener('kept-alert', (e) => window.alerts.push(e.detail)) })
  const { text, id, head } = worse()

  // A file of other columns: refused by name, and everything as before.
  await dropOn(page, 'other.csv', 'a,b\n1,2\n')
  const dialog = page.locator('dialog.dropped')
  await dialog.getByRole('button', { name: 'Add its rows' }).click()
  await app.go('data')
  await app.failure().waitFor()
  assert.match(await app.failure().textContent(), /No rows were added/)
  assert.match(await rowsOf(page), /7,043/)
  await app.failure().getByRole('button').click()

  // Left alone: nothing happens. Esc does it.
  await dropOn(page, 'more.csv', text)
  await dialog.getByRole('button', { name: 'Add its rows' }).waitFor()
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'hidden' })
  assert.match(await rowsOf(page), /7,043/)

  await dropOn(page, 'more.csv', text)
  await dialog.getByRole('button', { name: 'Add its rows' }).click()
  const card = page.locator('[data-added]')
  await card.waitFor()
  assert.match(await card.textContent(), /2 rows from more\.csv are in.*1 new customer, 1 known one.*2 customers have reached the threshold/)
  assert.match(await rowsOf(page), /7,045/)
  const alerts = await page.evaluate(() => window.alerts)
  assert.equal(alerts.length, 1)
  assert.deepEqual(alerts[0].crossed.map((c) => c.id).sort(), [id, 'NEW-1'].sort())
  assert.ok(alerts[0].crossed.find((c) => c.id === id).before < 0.5)

  // Another kind for a column reads the file again, and the rows after it.
  const kind = page.locator('.columns tr', { hasText: 'SeniorCitizen' }).locator('select')
  await page.evaluate(() => { window.again = new Promise((resolve) => document.addEventListener('kept-data', (e) => resolve(e.detail.n_rows), { once: true })) })
  await kind.selectOption('category')
  assert.equal(await page.evaluate(() => window.again), 7045)
  await page.locator('.card.job').waitFor({ state: 'hidden' })
  assert.match(await rowsOf(page), /7,045/)

  // Opened instead: the dialog's second way.
  await dropOn(page, 'small.csv', [head, ...text.split('\n').slice(1)].join('\n'))
  await dialog.getByRole('button', { name: 'Open it instead' }).click()
  await page.waitForFunction(() => /small\.csv/.test(document.querySelector('kept-insights').shadowRoot.querySelector('.rail')?.textContent ?? ''))
  assert.equal(await card.count(), 0)
  assert.deepEqual(await app.quiet(), [])
})

test('an opened model shows its card; a scored file says first what has changed since the training', async () => {
  const app = await App.open(scene)
  const { page } = app
  await app.openFile('telco_churn.csv')
  await app.train()
  const model = await (await app.download(page.locator('.opening .acts').getByRole('button', { name: 'Save model' }))).path()
  const bytes = readFileSync(model)
  const other = await App.open(scene)
  await other.go('predict')
  await other.page.locator('main input[type=file]').first().setInputFiles({ name: 'telco.kept-model', mimeType: 'application/octet-stream', buffer: bytes })
  const { rows } = await other.table('model_card')
  assert.ok(rows.length > 15)
  const text = rows.map((r) => r.join(' ')).join('\n')
  assert.match(text, /telco_churn\.csv/)
  assert.match(text, /ROC-AUC|Area under/)
  assert.doesNotMatch(text, /roc_auc|n_rows|intended_use/)
  // The same columns, every price ten times as high.
  const [head, ...all] = readFileSync(data('telco_churn.csv'), 'utf8').trim().split(/\r?\n/)
  const at = head.split(',').indexOf('MonthlyCharges')
  const dear = all.map((r) => r.split(',').map((c, i) => (i === at ? String(10 * Number(c)) : c)).join(','))
  await other.page.locator('main input[type=file]').first().setInputFiles({ name: 'dear.csv', mimeType: 'text/csv', buffer: Buffer.from([head, ...dear].join('\n')) })
  await other.page.locator('.predictions').waitFor({ timeout: 60000 })
  assert.match(await other.page.locator('.opening').textContent(), /MonthlyCharges/)
  assert.equal(await other.figure('drift').count(), 1)
  const drift = await other.table('drift')
  assert.ok(drift.rows.some((r) => r[0] === 'MonthlyCharges'))
})
