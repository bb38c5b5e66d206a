// Choosing models and how their settings are found, and watching the training.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { App } from './pages.mjs'
import { stage } from './support.mjs'

let scene
before(async () => { scene = await stage() })
after(async () => { await scene.close() })

test('random search with a neural network: a live curve, then the leaderboard', async () => {
  const app = await App.open(scene)
  await app.useDemo()
  await app.go('churn')
  assert.deepEqual(await app.chosenModels(), ['Logistic regression', 'Decision tree', 'Random forest', 'Gradient boosting'])
  await app.chooseModels(['Logistic regression', 'Neural network'])
  // Only what matters for the chosen search is shown.
  assert.equal(await app.field('n_iter').count(), 0)
  await app.field('search').locator('select').selectOption('random')
  await app.setNumber('n_iter', 2)
  assert.equal(await app.field('time_budget').count(), 0)
  await app.moreSettings()
  await app.setNumber('cv', 2)
  const member = app.page.locator('.member', { has: app.page.locator('summary', { hasText: 'Neural network' }) })
  await member.locator('summary').click()
  const layers = member.locator('[data-param=hidden_layer_sizes] input')
  await layers.fill('24 12')
  await layers.press('Tab')
  await app.setNumber('max_iter', 60, member)
  assert.match(await member.locator('summary').textContent(), /2 changed/)
  // A fit may take less time than a question to the browser: what is seen is noted in the page.
  await app.page.evaluate(() => {
    const root = document.querySelector('kept-insights').shadowRoot
    window.seen = []
    setInterval(() => {
      const live = root.querySelector('.main .live[data-learner=mlp]')
      if (!live) return
      const points = live.querySelector('polyline.train').getAttribute('points').trim().split(' ').length
      const told = live.closest('[aria-live], [role=status]') !== null
      window.seen.push({ text: live.textContent, label: live.querySelector('svg').getAttribute('aria-label'), points, told })
    }, 10)
  })
  await app.startTraining()
  await app.page.locator('.leaderboard').waitFor({ timeout: 60000 })
  const seen = await app.page.evaluate(() => window.seen)
  assert.ok(seen.some((s) => s.points > 2), `${seen.length} looks`)
  for (const { text, label, told } of seen) {
    assert.match(text, /Neural network: round \d+ of at most 60.*loss \d\.\d/s)
    assert.match(label, /Loss by round/)
    assert.ok(!told, 'a screen reader hears of stages, not of every round')
  }
  const board = await app.leaderboard()
  assert.deepEqual(board.map((row) => row[0]).sort(), ['Guessing the average', 'Logistic regression', 'Neural network'])
  for (const row of board) assert.match(row[1], /^0\.\d{3}/, row.join(' '))
  assert.ok(Number(await app.metric('roc_auc').textContent()) > 0.8)
  assert.deepEqual(await app.quiet(), [])
})

test('pick for me: a stated time, and what it was spent on', async () => {
  const app = await App.open(scene)
  await app.useDemo()
  await app.go('churn')
  // By keyboard: what appears does not take the focus away, and is the next stop.
  const { page } = app
  await app.field('search').locator('select').focus()
  await page.keyboard.press('End')
  await app.field('time_budget').waitFor()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Control+A')
  await page.keyboard.type('3')
  // What a contact costs comes next, then the other settings.
  for (let i = 0; i < 10 && !(await page.locator('.more > summary:focus').count()); i++) await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  assert.equal(await app.field('time_budget').locator('input').inputValue(), '3')
  await page.locator('.more[open]').waitFor()
  for (const hidden of ['n_iter', 'n_features_to_select']) assert.equal(await app.field(hidden).count(), 0, hidden)
  await app.startTraining()
  const line = app.page.locator('.main .job-line', { hasText: /of 3 s/ })
  await line.first().waitFor({ timeout: 30000 })
  await app.page.locator('.leaderboard').waitFor({ timeout: 60000 })
  const log = await app.table('tried')
  assert.ok(log.rows.length >= 3, JSON.stringify(log))
  for (const name of ['Model', 'Settings', 'Score']) assert.ok(log.heads.includes(name), log.heads.join(', '))
  assert.ok(log.rows.some((row) => /Logistic regression/.test(row.join(' '))), 'learners have names')
  assert.deepEqual(await app.quiet(), [])
})
