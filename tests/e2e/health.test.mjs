// The health score: bands, list, customer, weights by hand with their back-test, kept with the view.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { App } from './pages.mjs'
import { stage } from './support.mjs'

let scene
before(async () => { scene = await stage() })
after(async () => { await scene?.close() })

const number = (text) => Number(text.replace(/[^\d.−-]/g, '').replace('−', '-'))
/** Waits until what `find` picks passes `check`, a function of its texts and of `arg`. */
const until = (app, find, check, arg) => app.page.waitForFunction(([find, check, arg]) => {
  const all = [...document.querySelector('kept-insights').shadowRoot.querySelectorAll(find)].map((it) => it.textContent)
  const numbers = all.map((text) => parseFloat(text.replaceAll(',', '').replace('−', '-')))
  switch (check) {
    case 'none': return all.length === 0
    case 'is': return numbers.join() === arg.join()
    case 'is not': return numbers.length > 0 && numbers.join() !== arg.join()
    case 'rises': return numbers.length > 1 && numbers.every((v, i) => i === 0 || v >= numbers[i - 1])
    case 'falling': return /^[−-]\d+ falling$/.test(all[0])
    default: throw new Error(check)
  }
}, [find, check, arg])
const BANDS = 'tr[data-band] td:nth-child(2)'
const HEALTHS = '.window td.health .risk'

/** The panel on the screen in sight, opened. */
async function panel(app) {
  const panel = app.page.locator('.health-score')
  if (!await panel.evaluate((it) => it.open)) await panel.locator('summary').click()
  await panel.locator('.weights tbody tr').first().waitFor()
  await panel.locator('.tested tr').first().waitFor()
  return panel
}
const bands = (app) => app.page.locator('tr[data-band]').evaluateAll((rows) => rows.map((row) => [row.dataset.band, Number(row.children[1].textContent.replaceAll(',', ''))]))
const area = async (app, which) => number(await app.page.locator(`.tested tr[data-weights="${which}"] td`).first().textContent())
const shares = (app) => app.page.locator('.weights tbody tr').evaluateAll((rows) => rows.map((row) => parseFloat(row.lastElementChild.textContent)))

/** Snapshots of two months: logins of every other customer fell. */
function snapshots() {
  const lines = ['customer_id,month,logins,support_tickets,churned']
  for (let i = 0; i < 400; i++) {
    const noise = i * 7919 % 13
    const falls = i % 2 === 0
    lines.push(`c${i},2026-01-01,${12 + noise},${i % 3},no`)
    lines.push(`c${i},2026-02-01,${falls ? 3 + noise : 20 + noise},${i % 3},${falls && i % 4 === 0 ? 'yes' : 'no'}`)
  }
  return { name: 'months.csv', mimeType: 'text/csv', buffer: Buffer.from(lines.join('\n') + '\n') }
}

test('a weight by hand is tested at once, moves bands, list and file, and is kept', async () => {
  const app = await App.open(scene)
  const { page } = app
  await app.openFile('telco_churn.csv')
  await app.train()
  await app.go('overview')
  await page.locator('tr[data-band]').first().waitFor()
  const before = await bands(app)
  assert.deepEqual(before.map(([id]) => id), ['poor', 'watch', 'good'])
  assert.equal(before.reduce((sum, [, n]) => sum + n, 0), 5174)

  const controls = await panel(app)
  const parts = await controls.locator('.weights tbody tr').evaluateAll((rows) => rows.map((row) => row.dataset.part))
  assert.ok(parts.includes('billing') && parts.includes('other'), parts.join())
  assert.equal(await page.locator('.tested tr[data-weights="by_hand"]').count(), 0)
  const learned = await area(app, 'learned')
  assert.ok(learned > 0.75 && learned < 0.9, String(learned))
  assert.ok(await controls.locator('.acts button').isDisabled(), 'nothing to take back')

  // By keyboard, on the heaviest part.
  const heaviest = (await shares(app)).reduce((best, v, i, all) => (v > all[best] ? i : best), 0)
  const slider = controls.locator('input[type=range]').nth(heaviest)
  await slider.focus()
  await page.keyboard.press('Home')
  await page.locator('.tested tr[data-weights="by_hand"]').waitFor()
  await until(app, `.weights tbody tr:nth-child(${heaviest + 1}) td:last-child`, 'is', [0])
  assert.ok(await slider.evaluate((it) => it.getRootNode().activeElement === it), 'the control keeps the focus')
  const hand = await area(app, 'by_hand')
  assert.ok(hand < learned, `${hand} ${learned}`)
  assert.match(await controls.locator('.said').textContent(), /less well/)
  assert.match(await controls.locator('.tested .why').textContent(), /1,409 customers.*Yours minus learned: [−-]0\.\d/)
  assert.ok(Math.abs((await shares(app)).reduce((a, b) => a + b) - 100) <= parts.length)
  assert.equal(await area(app, 'learned'), learned)
  const counts = before.map(([, n]) => n)
  await until(app, BANDS, 'is not', counts)
  const moved = await bands(app)
  assert.equal(moved.reduce((sum, [, n]) => sum + n, 0), 5174)

  // All at nothing is refused in words, and the last weights stay.
  const sliders = controls.locator('input[type=range]')
  for (let i = 0; i < parts.length; i++) {
    await sliders.nth(i).focus()
    await page.keyboard.press('Home')
  }
  await controls.locator('[role=alert]').waitFor()
  assert.ok((await shares(app)).some((v) => v > 0))
  await controls.locator('.acts button').click()
  await until(app, '.tested tr[data-weights="by_hand"]', 'none')
  assert.equal(await controls.locator('[role=alert]').count(), 0)
  await until(app, BANDS, 'is', counts)

  // A band leads to its list; the list is sorted by health, and follows the weights.
  await page.locator('tr[data-band="poor"] button').focus()
  await page.keyboard.press('Enter')
  await page.locator('.chip').waitFor()
  const lines = page.locator('.window tbody tr:not(.gap)')
  await lines.first().waitFor()
  assert.match(await page.locator('.chip').textContent(), /^Health: 0 – 40/)
  assert.equal(number((await page.locator('[part~="list"] [role=status]').textContent()).split(' ')[0]), before[0][1])
  await page.locator('.toolbar select').first().selectOption('#health')
  const healths = () => page.locator('.window td.health .risk').evaluateAll((all) => all.map((it) => Number(it.textContent)))
  await until(app, HEALTHS, 'rises')
  const poorest = await healths()
  assert.ok(poorest.every((v) => v <= 40), poorest.join())
  const again = await panel(app)
  await again.locator('input[type=range]').nth(heaviest).focus()
  await page.keyboard.press('Home')
  await until(app, HEALTHS, 'is not', poorest)
  await until(app, '[part~="list"] [role=status]', 'is not', [before[0][1]])
  const after = await healths()
  const file = await app.download(page.locator('.opening button.primary'))
  const [head, ...rows] = readFileSync(await file.path(), 'utf8').replace(/^\ufeff/, '').trim().split('\r\n').map((line) => line.split(','))
  const column = head.indexOf('health')
  assert.ok(column > 0 && !head.includes('health_change'))
  assert.deepEqual(rows.slice(0, 20).map((row) => Math.round(Number(row[column]))), after.slice(0, 20))
  const ranked = rows.map((row) => row[0])

  // The page of a customer says what its health is made of.
  await lines.first().locator('.open').click()
  const card = page.locator('section.health')
  await card.waitFor()
  assert.match(await card.locator('h2').textContent(), new RegExp(`Health ${after[0]} of 100: Poor`))
  const made = await card.locator('tbody tr').evaluateAll((all) => all.map((row) => [...row.querySelectorAll('td.n')].map((cell) => parseFloat(cell.textContent))))
  const sum = made.reduce((all, [weight, score]) => all + weight * score / 100, 0)
  assert.ok(Math.abs(sum - after[0]) < 2, `${sum} ${after[0]}`)

  // Kept with the view: another element has the same weights, list and test.
  const view = await page.evaluate(() => document.querySelector('kept-insights').save())
  const other = await App.open(scene)
  await other.page.evaluate((view) => document.querySelector('kept-insights').restore(view), view)
  await other.openFile('telco_churn.csv')
  await other.train()
  await other.go('overview')
  await panel(other)
  await other.page.locator('.tested tr[data-weights="by_hand"]').waitFor()
  assert.equal(await area(other, 'by_hand'), hand)
  assert.deepEqual(await bands(other), moved)
  await other.page.locator('tr[data-band="poor"] td').nth(1).click()
  await other.page.locator('.window tbody tr:not(.gap)').first().waitFor()
  await other.page.locator('.toolbar select').first().selectOption('#health')
  await other.page.waitForFunction((first) => document.querySelector('kept-insights').shadowRoot.querySelector('.window .open')?.textContent === first, ranked[0])
  assert.deepEqual([...await app.quiet(), ...await other.quiet()], [])
})

test('with several snapshots health has a direction, in list, page and file', async () => {
  const app = await App.open(scene)
  const { page } = app
  await app.drop(snapshots())
  await page.waitForFunction(() => document.querySelector('kept-insights').shadowRoot.querySelector('[data-role="id"] select')?.value === 'customer_id')
  await app.role('target').selectOption('churned')
  await app.role('date').selectOption('month')
  await app.train()
  await app.go('actions')
  const lines = page.locator('.window tbody tr:not(.gap)')
  await lines.first().waitFor()
  await page.locator('.toolbar select').first().selectOption('#health_trend')
  await until(app, '.window td.health .delta', 'falling')
  const first = lines.first()
  const fall = number(await first.locator('td.health .delta').textContent())
  assert.match(await first.locator('td.health .delta').getAttribute('title'), /Health fell by \d+ since the snapshot before/)
  const file = await app.download(page.locator('.opening button.primary'))
  const [head, row] = readFileSync(await file.path(), 'utf8').replace(/^\ufeff/, '').split('\r\n').map((line) => line.split(','))
  assert.equal(Math.round(Number(row[head.indexOf('health_change')])), fall)
  await first.locator('.open').click()
  const card = page.locator('section.health')
  await card.waitFor()
  assert.match(await card.locator('p').first().textContent(), /^Health fell by \d+ since the snapshot before \d+ → \d+$/)
  assert.equal(await page.locator('[data-fact="health"] .delta').count(), 1)
  const history = await page.locator('.customer table').last().locator('tbody tr').evaluateAll((rows) => rows.map((row) => Number(row.children[2].textContent)))
  assert.equal(history.length, 2)
  assert.ok(Math.abs(history[0] - history[1] - fall) <= 1, `${history} ${fall}`)
  assert.deepEqual(await app.quiet(), [])
})
