// The page of examples: what it lists is what there is, its examples run, and nothing of it is refused by its policy.
import assert from 'node:assert/strict'
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { ROOT, stage } from './support.mjs'

let scene
before(async () => { scene = await stage() })
after(async () => { await scene?.close() })

const files = (folder) => readdirSync(folder).flatMap((name) => {
  const path = join(folder, name)
  return statSync(path).isDirectory() ? files(path) : [path]
})
/** Names of parts in the source of the interface. */
function written() {
  const names = new Set()
  for (const path of [...files(join(ROOT, 'src/ui')), ...files(join(ROOT, 'src/findings'))]) {
    if (!path.endsWith('.rs')) continue
    for (const [, list] of readFileSync(path, 'utf8').matchAll(/\spart="([^"]+)"/g)) for (const name of list.split(' ')) names.add(name)
  }
  return [...names].sort()
}
const listed = (page) => page.locator('#parts tr[data-part]').evaluateAll((rows) => rows.map((row) => row.dataset.part).sort())
/** Names of parts on screen now. */
const shown = (page) => page.evaluate(() => {
  const names = new Set()
  for (const host of document.querySelectorAll('kept-insights')) for (const part of host.shadowRoot?.querySelectorAll('[part]') ?? []) for (const name of part.part) names.add(name)
  return [...names]
})

async function open(size = {}) {
  const it = await scene.open('theming.html', size)
  await it.page.locator('#properties tbody tr').first().waitFor({ state: 'attached' })
  return it
}
const run = async (page, id) => {
  await page.locator(`#${id}`).scrollIntoViewIfNeeded()
  await page.waitForFunction((id) => document.querySelector(`#${id} kept-insights`)?.engine, id, { timeout: 30000 })
  await page.waitForFunction((id) => document.querySelector(`#${id} kept-insights`).shadowRoot.querySelector('.columns'), id, { timeout: 30000 })
  return page.locator(`#${id} kept-insights`)
}

test('the table of properties is that of kept.css, and each property changes the running element', async () => {
  const { page, quiet } = await open()
  const names = await page.locator('#properties tr[data-property]').evaluateAll((rows) => rows.map((row) => row.dataset.property))
  const sheet = readFileSync(join(ROOT, 'www/kept.css'), 'utf8')
  const head = sheet.slice(0, sheet.indexOf(':host([hidden])'))
  assert.deepEqual(names, [...head.matchAll(/(--kept-[\w-]+):/g)].map(([, name]) => name))
  // Every property that is used is in the table.
  const used = new Set([...`${sheet}${readFileSync(join(ROOT, 'www/charts.css'), 'utf8')}`.matchAll(/var\((--kept-[\w-]+)/g)].map(([, name]) => name))
  // Those of a figure's own marks are set where they are used.
  assert.deepEqual([...used].filter((name) => !names.includes(name) && name !== '--kept-mark'), [])
  const kept = await run(page, 'properties')
  const accent = () => kept.evaluate((host) => getComputedStyle(host.shadowRoot.querySelector('.mark')).color)
  assert.equal(await accent(), 'rgb(122, 63, 176)')
  await page.locator('#properties [name=accent]').fill('#aa5500')
  assert.equal(await accent(), 'rgb(170, 85, 0)')
  assert.match(await page.locator('#properties pre').textContent(), /--kept-accent: #aa5500;/)
  assert.deepEqual(await quiet(), [])
})

test('the list of parts is what the source and the running element have', async () => {
  const { page, quiet } = await open()
  const names = await listed(page)
  assert.deepEqual(names, written())
  const kept = await run(page, 'parts')
  await page.locator('#parts [name=part]').selectOption('roles')
  assert.equal(await kept.evaluate((host) => getComputedStyle(host.shadowRoot.querySelector('[part~=roles]')).outlineStyle), 'solid')
  const met = new Set(await shown(page))
  await kept.evaluate((host) => host.run('churn', { roles: { id: 'Customer', target: 'Left' }, params: { learners: ['baseline', 'tree'], cv: 2 } }))
  await kept.locator('.leaderboard').waitFor({ timeout: 120000 })
  for (const name of await shown(page)) met.add(name)
  for (const step of ['actions', 'predict']) {
    await kept.locator(`[data-step="${step}"]`).click()
    await page.waitForTimeout(1500)
    for (const name of await shown(page)) met.add(name)
  }
  await kept.locator('.score-open').click()
  await kept.locator('.predictions').waitFor({ timeout: 60000 })
  for (const name of await shown(page)) met.add(name)
  assert.deepEqual([...met].filter((name) => !names.includes(name)), [])
  // Most of them come up on the way; those of trouble, of running work and of the empty start need not.
  assert.deepEqual(names.filter((name) => !met.has(name) && !['error', 'job', 'note', 'share', 'warnings', 'zone', 'step-card', 'threshold'].includes(name)), [])
  assert.deepEqual(await quiet(), [])
})

test('language, theme and offers are at work, and code says what they are', async () => {
  const { page, quiet } = await open()
  const first = await run(page, 'language')
  await page.locator('#language [name=lang]').selectOption('zh')
  await first.locator('[data-step="data"]', { hasText: '数据' }).waitFor()
  await page.locator('#language [name=theme]').selectOption('dark')
  assert.equal(await first.getAttribute('theme'), 'dark')
  assert.match(await page.locator('#language pre').textContent(), /lang="zh" theme="dark"/)
  const kept = await run(page, 'offers')
  const columns = () => kept.evaluate((host) => host.shadowRoot.querySelector('main').textContent.includes('Salary band'))
  assert.equal(await columns(), false)
  assert.equal(await kept.locator('[data-step="prepare"]').count(), 0)
  assert.ok(await kept.locator('[data-role="target"] select').isDisabled())
  await page.locator('#offers [name=hide]').uncheck()
  await page.waitForFunction(() => document.querySelector('#offers kept-insights').shadowRoot.querySelector('main').textContent.includes('Salary band'))
  await page.locator('#offers [name=wrong]').check()
  await page.waitForFunction(() => document.querySelector('#offers kept-insights').shadowRoot.querySelector('main').textContent.includes('Loyalty'))
  assert.match(await page.locator('#offers pre').textContent(), /KeptError: steps: “forecast” is not known/)
  assert.deepEqual(await quiet(), [])
})

test('pseudonyms and noise are answered, until the budget is used up', async () => {
  const { page, quiet } = await open()
  const answer = page.locator('#private .answer')
  await page.locator('#private').scrollIntoViewIfNeeded()
  for (const spent of [1, 2, 3]) {
    await answer.filter({ hasText: `epsilon ${spent} of 3 spent` }).waitFor({ timeout: 30000 })
    await page.locator('#private [name=ask]').click()
  }
  await answer.filter({ hasText: 'KeptError (budget)' }).waitFor()
  assert.deepEqual(await quiet(), [])
})

test('the page is no part of the app: not of its first screen, nor of what its service worker keeps', async () => {
  const { page, network } = await scene.open('')
  await page.waitForFunction(() => document.querySelector('kept-insights')?.engine, null, { timeout: 30000 })
  assert.deepEqual(network().filter((url) => url.includes('theming')), [])
  assert.ok(!readFileSync(join(ROOT, 'dist/sw.js'), 'utf8').includes('theming'))
})

for (const [width, theme] of [[1280, 'light'], [380, 'dark']]) {
  test(`it fits ${width} pixels`, async () => {
    const { page } = await open({ width, theme })
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth))
  })
}
