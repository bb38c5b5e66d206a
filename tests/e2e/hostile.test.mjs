// Text of cells and columns is data: markup, scripts, formulas, marks that turn text round and names of prototypes do nothing
// on the page, in tooltips, lists, exports, reports and objects.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { App } from './pages.mjs'
import { stage } from './support.mjs'

let scene
// No policy: whatever became markup would run.
before(async () => { scene = await stage({ policy: null }) })
after(async () => { await scene?.close() })

const RLO = '\u202e'
const IDS = [(i) => `<img src=x onerror=hacked()>${i}`, (i) => `=HYPERLINK("https://kept-self-test.invalid/","${i}")`, (i) => `${RLO}customer ${i}`, (i) => `+${i}|cmd`, (i) => `-${i + 1}`, (i) => `@SUM(${i})`, (i) => `zero\u200bwidth\ufeff${i}`, (i) => `</script><script>hacked()</script>${i}`]
const PLANS = ['<script>hacked()</script>', 'javascript:hacked()', '=1+1', `${RLO}gold\u2069`, '-12', '"><svg onload=hacked()>']
const NAMES = ['__proto__', 'constructor', 'toString', '<img src=x onerror=hacked()>', '=cmd|calc', `${RLO}column\u200b`]
const N = 160
const quoted = (cell) => `"${String(cell).replaceAll('"', '""')}"`
const CSV = [
  ['customer_id', ...NAMES, 'fee', 'churned'],
  ...Array.from({ length: N }, (_, i) => {
    const fee = (i * 37) % 90
    return [IDS[i % IDS.length](i), PLANS[i % 6], PLANS[(i * 5 + 1) % 6], (i * 7) % 23, PLANS[(i * 3) % 6], PLANS[(i >> 2) % 6], PLANS[(i >> 3) % 6], fee - 40, (fee + i) % 100 < 45 ? 'yes' : 'no']
  }),
].map((row) => row.map(quoted).join(',')).join('\n')

/** Rows of a CSV file. */
function parse(text) {
  const rows = [[]]
  for (const [, quotes, plain, end] of text.replace(/^\ufeff/, '').matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    rows.at(-1).push(quotes === undefined ? plain : quotes.replaceAll('""', '"'))
    if (end === '\r\n') rows.push([])
    if (end === '') break
  }
  return rows.filter((row) => row.length > 1 || row[0])
}
/** No cell of it runs in a spreadsheet; numbers are numbers. */
function isDefused(text, what) {
  const rows = parse(text)
  assert.ok(rows.length > 1, what)
  for (const row of rows) {
    assert.equal(row.length, rows[0].length, `${what}: ${row}`)
    for (const cell of row) if (/^[=+\-@\t\r\n＝＋－＠]/.test(cell)) assert.match(cell, /^[+-]?[\d,.]+(e[+-]?\d+)?%?$/i, `${what}: ${cell}`)
  }
  return rows
}
const read = async (download) => readFileSync(await download.path())

test('a hostile file on every screen and in every export', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kept-'))
  const it = await scene.open('host.html')
  const { page } = it
  const app = new App(page)
  await app.ready()
  await page.evaluate(() => { window.hacks = 0; window.hacked = () => { window.hacks++ } })
  /** Nothing has become markup. */
  const calm = async (where) => {
    const found = await page.evaluate(() => {
      const all = [...document.querySelector('kept-insights').shadowRoot.querySelectorAll('*')]
      const bad = all.filter((e) => /^(script|iframe|object|embed|base|link|meta)$/i.test(e.localName) || (e.localName === 'form' && e.hasAttribute('action')) || (e.localName === 'img' && !/^(blob|data):/.test(e.src)) || [...e.attributes].some((a) => /^on/.test(a.name) || /^\s*javascript:/i.test(a.value) && /^(href|src|action|formaction|xlink:href)$/.test(a.name)))
      return [window.hacks, ...bad.map((e) => e.outerHTML)]
    })
    assert.deepEqual(found, [0], where)
  }
  await app.openFile({ name: `<b onclick=hacked()>${RLO}x.csv`, mimeType: 'text/csv', buffer: Buffer.from(CSV) })
  await calm('data')
  for (const row of await page.locator('.columns tbody tr').all()) await row.hover()
  await app.go('prepare')
  await page.locator('.recipe li').first().waitFor()
  await calm('prepare')
  await page.evaluate(async () => {
    window.report = await document.querySelector('kept-insights').run('churn', { roles: { id: 'customer_id', target: 'churned' }, params: { positive: 'yes', learners: ['logistic', 'boosting'], cv: 3, n_repeats: 1 } })
  })
  await page.locator('.leaderboard').waitFor()
  const figures = await page.locator('[data-figure]').evaluateAll((all) => all.filter((f) => f.querySelector('svg.kept-chart')).map((f) => f.dataset.figure))
  assert.ok(figures.includes('importance'), figures.join())
  const chart = app.figure('importance')
  await chart.locator('svg.kept-chart').hover()
  const box = await chart.locator('svg.kept-chart').boundingBox()
  for (let y = 10; y < box.height; y += 14) await page.mouse.move(box.x + box.width / 2, box.y + y)
  await calm('figures')

  for (const kind of ['CSV', 'SVG', 'PNG']) {
    const file = await read(await app.download(chart.getByRole('button', { name: kind, exact: true })))
    if (kind === 'CSV') isDefused(file.toString(), 'figure')
    if (kind === 'PNG') assert.equal(file.subarray(1, 4).toString(), 'PNG')
    if (kind !== 'SVG') continue
    const inside = await page.evaluate((text) => {
      const svg = new DOMParser().parseFromString(text, 'image/svg+xml')
      const all = [...svg.querySelectorAll('*')]
      return [svg.querySelector('parsererror') !== null, all.filter((e) => /script|foreignObject|image|^a$/.test(e.localName) || [...e.attributes].some((a) => /^on/.test(a.name))).length, svg.documentElement.textContent]
    }, file.toString())
    assert.deepEqual(inside.slice(0, 2), [false, 0])
    assert.ok(inside[2].includes('<img src=x'), 'names are there, as text')
  }
  for (const details of await page.locator('[data-table]').all()) {
    await details.locator('summary').click()
    const button = details.getByRole('button', { name: /CSV/ })
    if (await button.count()) isDefused((await read(await app.download(button))).toString(), await details.getAttribute('data-table'))
  }

  await app.go('overview')
  await page.locator('.strip.four').waitFor()
  await calm('overview')
  await app.go('actions')
  await page.locator('.window tbody tr:not(.gap)').first().waitFor()
  await calm('list')
  const list = isDefused((await read(await app.download(page.locator('.opening button.primary')))).toString(), 'list')
  const ids = list.slice(1).map((row) => row[0])
  for (const form of [/^'=HYPERLINK\("https:/, /^'\+\d+\|cmd$/, /^'@SUM/, /^-\d+$/, /^<img src=x/]) assert.ok(ids.some((id) => form.test(id)), `${form}: ${ids.slice(0, 9).join('\n')}`)

  // A name that turns text round turns its own alone: what follows it stands to its right.
  await page.locator('.toolbar input[type=search]').fill('customer 2')
  await page.locator('.toolbar input[type=search]').press('Enter')
  await page.waitForFunction(() => document.querySelector('kept-insights').shadowRoot.querySelector('.window tbody tr:not(.gap) th')?.textContent.includes('customer 2'))
  await page.locator('.window .open').first().click()
  await page.locator('.what-if .controls').waitFor()
  await calm('customer')
  const order = await page.evaluate(() => {
    const h1 = document.querySelector('kept-insights').shadowRoot.querySelector('.customer h1')
    const text = document.createTreeWalker(h1, NodeFilter.SHOW_TEXT).nextNode()
    const at = (word) => {
      const range = document.createRange()
      const from = text.data.indexOf(word)
      range.setStart(text, from)
      range.setEnd(text, from + word.length)
      return range.getBoundingClientRect().left
    }
    return [text.data, at('customer'), at('likely'), at('leave')]
  })
  assert.ok(order[1] < order[2] && order[2] < order[3], order.join())

  await app.scoreOpenFile()
  await calm('scores')
  const scores = isDefused((await read(await app.download(page.locator('.opening button.primary')))).toString(), 'scores')
  assert.equal(scores.length, N + 1)
  assert.equal(scores[1 + 4][0], '-5', 'a number stays one')

  const html = await page.evaluate(() => document.querySelector('kept-insights').engine.report(window.report))
  const file = join(folder, 'report.html')
  writeFileSync(file, html)
  const other = await page.context().newPage()
  const said = []
  other.on('console', (m) => said.push(m.text()))
  other.on('pageerror', (e) => said.push(e.message))
  await other.goto(pathToFileURL(file).href)
  assert.deepEqual(said, [])
  const inside = await other.evaluate(() => [...document.querySelectorAll('*')].filter((e) => /^(script|iframe|img|object|embed|form|base|link)$/.test(e.localName) || [...e.attributes].some((a) => /^on/.test(a.name) || /^\s*javascript:/i.test(a.value))).map((e) => e.outerHTML.slice(0, 200)))
  assert.deepEqual(inside, [])
  assert.ok((await other.locator('body').textContent()).includes('<img src=x onerror=hacked()>'))

  const objects = await page.evaluate(async (csv) => {
    const { engine } = document.querySelector('kept-insights')
    const dataset = await engine.load(csv)
    const record = Object.create(null)
    record.fee = 3
    Object.defineProperty(record, '__proto__', { value: '=1+1', enumerable: true })
    const it = await engine.whatIf(window.report.model, record, { actionable: ['constructor', '__proto__'] })
    const rows = await engine.load([JSON.parse('{"__proto__": "a", "constructor": 1, "fee": -5}'), JSON.parse('{"__proto__": "b", "constructor": 2, "fee": 3}')])
    const objects = [dataset, window.report, it, rows]
    const plain = (value) => value === null || typeof value !== 'object' || Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype
    const deep = (value) => plain(value) && (value === null || typeof value !== 'object' || Object.values(value).every(deep))
    return { names: dataset.columns.map((c) => c.name), rows: rows.columns.map((c) => c.name), plain: objects.map(deep), polluted: Object.keys(Object.prototype), own: [{}.constructor === Object, typeof {}.toString] }
  }, CSV)
  assert.deepEqual(objects.names, ['customer_id', ...NAMES, 'fee', 'churned'])
  assert.deepEqual(objects.rows, ['__proto__', 'constructor', 'fee'])
  assert.deepEqual([objects.plain, objects.polluted, objects.own], [[true, true, true, true], [], [true, 'function']])
  await calm('end')
  assert.deepEqual(await it.quiet(), [])
})
