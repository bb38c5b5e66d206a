// The whole journey through the page, on real files, with the app's own policy in force.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { App } from './pages.mjs'
import { data, stage } from './support.mjs'

let scene
const folder = mkdtempSync(join(tmpdir(), 'kept-'))
before(async () => { scene = await stage() })
after(async () => { await scene?.close() })

const file = (name, text) => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}
const cells = (text) => text.replace(/^\ufeff/, '').trim().split('\r\n').map((line) => line.split(','))

test('telco: drop, accept the guesses, train, move the threshold, download; not one request', async () => {
  const app = await App.open(scene)
  const before = app.network().length
  await app.openFile('telco_churn.csv')
  assert.equal(await app.role('id').inputValue(), 'customerID')
  assert.equal(await app.role('target').inputValue(), 'Churn')
  assert.equal(await app.role('positive').inputValue(), 'Yes')
  assert.match(await app.heading().textContent(), /7,043/)

  await app.go('prepare')
  await app.page.locator('.recipe li').first().waitFor()
  const kinds = await app.page.locator('.recipe li').evaluateAll((steps) => steps.map((s) => s.dataset.kind))
  assert.deepEqual(kinds, ['drop', 'impute', 'one_hot', 'standardize'])

  await app.train()
  const board = await app.leaderboard()
  assert.equal(board.length, 5)
  const auc = Object.fromEntries(board.map((row) => [row[0], Number(row[3])]))
  for (const learner of ['Logistic regression', 'Gradient boosting']) assert.ok(auc[learner] >= 0.83 && auc[learner] <= 0.86, `${learner}: ${auc[learner]}`)
  assert.ok(auc['Decision tree'] > 0.78)
  assert.equal(auc['Guessing the average'], 0.5)
  const shown = Number(await app.metric('roc_auc').textContent())
  assert.ok(shown >= 0.83 && shown <= 0.86)
  for (const name of ['roc', 'precision_recall', 'calibration', 'confusion_matrix', 'thresholds', 'scores', 'importance']) {
    assert.ok(await app.figure(name).locator('svg.kept-chart').count(), name)
  }

  // The threshold moves everything that rests on it, at once.
  const recall = app.page.locator('.threshold [data-metric="recall"] dd')
  const atHalf = await recall.textContent()
  await app.page.locator('.threshold input[type=range]').fill('0.2')
  assert.notEqual(await recall.textContent(), atHalf)
  assert.ok(parseFloat(await recall.textContent()) > parseFloat(atHalf))

  await app.scoreOpenFile()
  const scores = await app.download(app.page.locator('.opening button.primary'))
  assert.match(scores.suggestedFilename(), /telco_churn-scores\.csv/)
  const rows = cells(readFileSync(await scores.path(), 'utf8'))
  assert.deepEqual(rows[0], ['id', 'probability', 'class'])
  assert.equal(rows.length, 7044)
  const ids = readFileSync(data('telco_churn.csv'), 'utf8').trim().split('\n').slice(1).map((line) => line.split(',')[0])
  assert.deepEqual(rows.slice(1).map((r) => r[0]), ids, 'input order')
  assert.ok(rows.slice(1).every((r) => Number(r[1]) >= 0 && Number(r[1]) <= 1 && r[2] === (Number(r[1]) >= 0.5 ? 'Yes' : 'No')))
  assert.equal(app.network().length, before, 'no request between load and the end')
  assert.deepEqual(await app.quiet(), [])
})

test('bank: boosting at 0.85 or more, and the padded file is the same table', async () => {
  const screens = []
  for (const name of ['bank_churn.csv', 'bank_churn_padded.csv']) {
    const app = await App.open(scene)
    const before = app.network().length
    await app.openFile(name)
    assert.equal(await app.role('id').inputValue(), 'CustomerId')
    assert.equal(await app.role('target').inputValue(), 'Exited')
    const columns = await app.page.locator('.columns tbody').textContent()
    await app.train()
    const board = (await app.leaderboard()).map((row) => row.slice(0, 4))
    const boosting = board.find((row) => row[0] === 'Gradient boosting')
    assert.ok(Number(boosting[3]) >= 0.85, boosting[3])
    screens.push([columns, board])
    assert.equal(app.network().length, before)
    assert.deepEqual(await app.quiet(), [])
  }
  assert.deepEqual(screens[1], screens[0])
})

test('a model is saved, opened in a fresh page, and scores a second file; bad files lose nothing', async () => {
  const app = await App.open(scene)
  await app.useDemo()
  await app.train()
  const model = await app.download(app.page.locator('.opening .acts').getByRole('button', { name: 'Save model' }))
  const saved = await model.path()
  const bytes = readFileSync(saved)
  await app.scoreOpenFile()
  const first = readFileSync(await (await app.download(app.page.locator('.opening button.primary'))).path(), 'utf8')

  const fresh = await App.open(scene)
  const demo = await fresh.page.evaluate(async () => [...await document.querySelector('kept-insights').engine.demo()])
  const customers = join(folder, 'customers.csv')
  writeFileSync(customers, Buffer.from(demo))
  await fresh.go('predict')
  const good = join(folder, 'good.kept-model')
  writeFileSync(good, bytes)
  const openModel = fresh.page.locator('input[type=file][accept=".kept-model"]')
  const truncated = join(folder, 'short.kept-model')
  writeFileSync(truncated, bytes.subarray(0, 200))
  await openModel.setInputFiles(truncated)
  await fresh.failure().waitFor()
  assert.match(await fresh.failure().textContent(), /incomplete/)
  await openModel.setInputFiles(good)
  await fresh.page.locator('.card.model').waitFor()

  await fresh.scoreFile(file('wrong.csv', 'a,b\n1,2\n3,4\n'))
  await fresh.failure().waitFor()
  assert.match(await fresh.failure().textContent(), /columns are missing/)
  await fresh.scoreFile(customers)
  await fresh.page.locator('.predictions').waitFor()
  const second = readFileSync(await (await fresh.download(fresh.page.locator('.opening button.primary'))).path(), 'utf8')
  assert.equal(second, first, 'the same numbers, bit for bit')
  assert.deepEqual(await fresh.quiet(), [])
})

test('a file that cannot be read says why and leaves the one before', async () => {
  const app = await App.open(scene)
  await app.useDemo()
  const title = await app.heading().textContent()
  await app.drop(file('open.csv', 'a,b\n1,2\n3,"zebra\n4,5\n'))
  await app.failure().waitFor()
  assert.match(await app.failure().textContent(), /row 2.*quotation mark/s)
  assert.equal(await app.heading().textContent(), title)
  assert.ok(!(await app.failure().textContent()).includes('zebra'), 'never a cell’s value')
})

test('a kind set by hand is honoured, and the person’s recipe is used', async () => {
  const app = await App.open(scene)
  await app.openFile('telco_churn.csv')
  const tenure = app.page.locator('.columns tbody > tr', { has: app.page.locator('summary', { hasText: /^tenure$/ }) })
  await tenure.locator('td.kind select').selectOption('category')
  await app.page.waitForFunction(() => !document.querySelector('kept-insights').shadowRoot.querySelector('.job'))
  await app.go('prepare')
  await app.page.locator('.recipe li').first().waitFor()
  await app.page.locator('.recipe li[data-kind="standardize"] input[type=checkbox]').first().uncheck()
  const add = app.page.locator('.add-step')
  await add.locator('select').nth(1).selectOption('TotalCharges')
  await add.locator('select').nth(2).selectOption('MonthlyCharges')
  await add.locator('input[type=text]').fill('months_paid')
  await add.locator('button').click()
  const kinds = await app.page.locator('.recipe li').evaluateAll((steps) => steps.map((s) => s.dataset.kind))
  assert.deepEqual(kinds, ['drop', 'ratio', 'impute', 'one_hot', 'standardize'])
  await app.train()
  assert.ok(Number(await app.metric('roc_auc').textContent()) > 0.8)
  assert.deepEqual(await app.quiet(), [])
})

test('cancel within 300 ms; the page stays usable', async () => {
  const app = await App.open(scene)
  const lines = ['x1,x2,x3,plan,churn']
  for (let i = 0; i < 80000; i++) lines.push(`${(i * 7919) % 1000},${(i * 104729) % 977},${(i * 1299709) % 911},${'abc'[i % 3]},${(i * 31) % 10 < 3 ? 'yes' : 'no'}`)
  await app.openFile(file('many.csv', lines.join('\n')))
  await app.go('churn')
  await app.page.locator('.opening button.primary').click()
  await app.page.locator('.main .job progress[value]').waitFor()
  await app.page.waitForTimeout(500)
  const ms = await app.page.evaluate(async () => {
    const root = document.querySelector('kept-insights').shadowRoot
    const start = performance.now()
    root.querySelector('.main .job .cancel').click()
    while (root.querySelector('.job')) await new Promise((done) => setTimeout(done, 5))
    return performance.now() - start
  })
  assert.ok(ms < 300, `${ms} ms`)
  for (const learner of await app.page.locator('.settings .checks.explained input').all()) if (await learner.evaluate((e) => !/tree/i.test(e.parentElement.textContent))) await learner.uncheck()
  await app.page.locator('.opening button.primary').click()
  await app.page.locator('.leaderboard').waitFor({ timeout: 120000 })
  assert.deepEqual(await app.quiet(), [])
})

test('by keyboard alone, from the demo to the scores', async () => {
  const app = await App.open(scene)
  const { page } = app
  const focused = () => page.evaluate(() => {
    const e = document.querySelector('kept-insights').shadowRoot.activeElement
    return e ? `${e.tagName.toLowerCase()} ${(e.getAttribute('aria-label') || e.textContent || '').trim().slice(0, 60)}` : ''
  })
  const tabTo = async (pattern) => {
    for (let i = 0; i < 120; i++) {
      await page.keyboard.press('Tab')
      if (pattern.test(await focused())) return
    }
    assert.fail(`never reached ${pattern}`)
  }
  await tabTo(/demo/i)
  await page.keyboard.press('Enter')
  await page.locator('.columns > table:not([aria-busy])').waitFor({ timeout: 60000 })
  await tabTo(/Next: prepare/)
  await page.keyboard.press('Enter')
  await page.locator('.recipe li').first().waitFor()
  await tabTo(/Next: train/)
  await page.keyboard.press('Enter')
  await tabTo(/^button Train$/)
  await page.keyboard.press('Enter')
  await page.locator('.leaderboard').waitFor({ timeout: 120000 })
  // A figure is one stop; arrows read its points.
  await tabTo(/^svg/)
  await page.keyboard.press('ArrowRight')
  await page.locator('.tip-box').waitFor()
  await page.keyboard.press('Escape')
  assert.equal(await page.locator('.tip-box').count(), 0)
  await app.step('predict').focus()
  await page.keyboard.press('Enter')
  await tabTo(/Score the customers in/)
  await page.keyboard.press('Enter')
  await page.locator('.predictions').waitFor({ timeout: 60000 })
  await app.page.locator('.local').focus()
  await page.keyboard.press('Enter')
  await page.locator('dialog[open]').waitFor()
  assert.match(await page.locator('dialog .room').textContent(), /sealed room/)
  await page.keyboard.press('Escape')
  assert.equal(await page.locator('dialog[open]').count(), 0)
})
