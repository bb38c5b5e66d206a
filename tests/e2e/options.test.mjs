// What a host offers, hides, presets and locks: first the rules alone, then in the running element and engine.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { checkList, checkOptions, checkParams, readList, writeList } from '../../www/options.js'
import { stage } from './support.mjs'

const fail = (param, message) => Object.assign(new Error(message), { param })
const refused = (given) => {
  try {
    checkOptions(given, fail)
  } catch (error) {
    return [error.param, error.message]
  }
  return assert.fail(`${JSON.stringify(given)} was taken`)
}

test('lists survive the way to an attribute and back, whatever their names', () => {
  for (const list of [[], ['Fee'], ['Fee', 'Salary band'], ['a,b', 'c'], [' a'], ['[x]'], [''], ['行,列', '列']]) {
    assert.deepEqual(readList(writeList(list)), list)
  }
  assert.equal(writeList(undefined), undefined)
  assert.equal(readList(null), undefined)
  assert.deepEqual(readList('Fee,Salary band ,'), ['Fee', 'Salary band'])
  assert.deepEqual(readList('[Fee], x'), ['[Fee]', 'x'])
})

test('what is wrong is named', () => {
  assert.deepEqual(refused({ steps: ['data', 'forecast'] }), ['steps', 'steps: “forecast” is not known; known are data, prepare, churn, behaviour, segments, overview, actions, predict'])
  assert.match(refused({ exports: ['csv', 'xlsx', 'pdf'] })[1], /“xlsx”, “pdf”/)
  assert.equal(refused({ steps: [] })[0], 'steps')
  assert.equal(refused({ steps: 'data' })[0], 'steps')
  assert.equal(refused({ hideColumns: [3] })[0], 'hideColumns')
  assert.equal(refused({ locked: ['theme'] })[0], 'locked')
  assert.equal(refused({ stepz: [] })[0], 'options')
  assert.equal(refused([])[0], 'options')
  assert.match(refused({ preset: { role: {} } })[1], /“role” is not known/)
  assert.match(refused({ preset: { roles: { aim: 'x' } } })[1], /“aim”/)
  assert.equal(refused({ preset: { roles: { id: 3 } } })[0], 'preset.roles.id')
  assert.equal(refused({ preset: { kinds: { Fee: 'money' } } })[0], 'preset.kinds.Fee')
  assert.equal(refused({ preset: { recipe: { steps: [{ columns: ['x'] }] } } })[0], 'preset.recipe')
  assert.equal(refused({ preset: { costs: { contact: -1 } } })[0], 'preset.costs.contact')
  assert.match(refused({ preset: { costs: { margin: 1 } } })[1], /“margin”/)
  assert.equal(refused({ preset: { params: { f: () => 1 } } })[0], 'preset')
  assert.equal(refused({ budget: { epsilon: 1e6 } })[0], 'budget.epsilon')
  assert.equal(refused({ budget: { delta: 0.5 } })[0], 'budget.delta')
  const catalog = { analyses: [{ params: [{ name: 'cv' }] }], transforms: [{ id: 'drop' }] }
  checkParams({ params: { cv: 3, learner_params: {} }, recipe: { steps: [{ kind: 'drop' }] } }, catalog, fail)
  assert.throws(() => checkParams({ params: { folds: 3 } }, catalog, fail), /“folds”/)
  assert.throws(() => checkParams({ recipe: { steps: [{ kind: 'fold' }] } }, catalog, fail), /“fold”/)
  assert.throws(() => checkList('x', ['a'], ['b'], fail), /“a”/)
})

test('what is right is copied', () => {
  const given = { steps: ['data', 'data', 'churn'], preset: { roles: { id: 'Customer', text: ['a', 'b'] } }, budget: { epsilon: 1 } }
  const checked = checkOptions(given, fail)
  given.preset.roles.id = 'other'
  assert.deepEqual(checked.steps, ['data', 'churn'])
  assert.equal(checked.preset.roles.id, 'Customer')
  assert.deepEqual(checked.budget, { epsilon: 1, delta: 1e-5 })
  assert.equal(checked.exports, undefined)
})

let scene
before(async () => { scene = await stage() })
after(async () => { await scene?.close() })

const CSV = ['id,plan,salary,fee,left', ...Array.from({ length: 400 }, (_, i) => `c${i},${'ABC'[i % 3]},CANARY${i % 7},${10 + (i % 50)},${(i * 7) % 10 < 4 ? 'yes' : 'no'}`)].join('\n')

/** A page with one element, before anything is loaded. */
async function open(attributes = {}) {
  const it = await scene.open('', {})
  await it.page.waitForFunction(() => document.querySelector('kept-insights')?.engine, null, { timeout: 30000 })
  await it.page.evaluate(([attributes]) => {
    const kept = document.querySelector('kept-insights')
    window.errors = []
    kept.addEventListener('kept-error', ({ detail }) => window.errors.push(detail))
    for (const [name, value] of Object.entries(attributes)) kept.setAttribute(name, value)
  }, [attributes])
  return { ...it, kept: (act, ...args) => it.page.evaluate(`((kept, ...args) => (${act})(kept, ...args))(document.querySelector('kept-insights'), ...${JSON.stringify(args)})`) }
}

test('a hidden column is nowhere, and comes back when it is no longer hidden', async () => {
  const { page, kept, quiet } = await open({ 'hide-columns': 'salary, bonus' })
  const data = await kept('(kept, csv) => kept.load(csv, { name: "x.csv" })', CSV)
  assert.deepEqual(data.columns.map((c) => c.name), ['id', 'plan', 'fee', 'left'])
  const said = data.warnings.filter((w) => w.code === 'not_hidden')
  assert.equal(said.length, 1)
  assert.match(said[0].message, /bonus/)
  assert.ok(!(await page.locator('main').textContent()).includes('CANARY'))
  const events = page.evaluate(() => new Promise((done) => document.querySelector('kept-insights').addEventListener('kept-data', ({ detail }) => done(detail.columns.map((c) => c.name)), { once: true })))
  await kept('(kept) => { kept.options = {} }')
  assert.deepEqual(await events, ['id', 'plan', 'salary', 'fee', 'left'])
  assert.equal(await kept('(kept) => kept.hasAttribute("hide-columns")'), false)
  const again = page.evaluate(() => new Promise((done) => document.querySelector('kept-insights').addEventListener('kept-data', ({ detail }) => done(detail.columns.length), { once: true })))
  await kept('(kept) => { kept.hideColumns = ["salary", "fee"] }')
  assert.equal(await again, 3)
  assert.deepEqual(await kept('(kept) => kept.options'), { hideColumns: ['salary', 'fee'] })
  assert.deepEqual(await quiet(), [])
})

test('steps and exports are offered as the host says, while it runs', async () => {
  const { page, kept, quiet } = await open()
  const steps = () => page.locator('[data-step]').evaluateAll((all) => all.map((s) => s.dataset.step))
  assert.equal((await steps()).length, 8)
  await kept('(kept) => { kept.options = { steps: ["data", "churn", "predict"], exports: ["report"] } }')
  assert.deepEqual(await steps(), ['data', 'churn', 'predict'])
  assert.deepEqual(await kept('(kept) => [kept.getAttribute("steps"), kept.getAttribute("exports")]'), ['data, churn, predict', 'report'])
  await kept('(kept, csv) => kept.load(csv, { name: "x.csv" })', CSV)
  assert.equal(await page.locator('[data-share]').count(), 0)
  await kept('(kept) => kept.run("churn", { params: { learners: ["baseline", "tree"], cv: 2 } })')
  await page.locator('.leaderboard').waitFor({ timeout: 120000 })
  const labels = () => page.locator('.opening .acts button').allTextContents()
  assert.deepEqual(await labels(), ['Save report', 'Score a new file'])
  assert.equal(await page.locator('.kept-figure-save').count(), 0)
  await kept('(kept) => { kept.exports = undefined }')
  await page.locator('.kept-figure-save').first().waitFor()
  assert.deepEqual(await labels(), ['Save report', 'Save model', 'Score a new file'])
  // Where the person is, is no longer offered: the first step that is takes its place.
  await kept('(kept) => kept.setAttribute("steps", "predict, forecast")')
  assert.deepEqual(await steps(), ['predict'])
  const [error] = await page.evaluate(() => window.errors)
  assert.deepEqual([error.code, error.param], ['param', 'steps'])
  assert.match(error.message, /“forecast”/)
  assert.equal(await page.locator('[data-step="predict"][aria-current]').count(), 1)
  const thrown = await kept('(kept) => { try { kept.options = { exports: ["pdf"] } } catch (e) { return [e.name, e.code, e.param, e.message] } }')
  assert.deepEqual(thrown.slice(0, 3), ['KeptError', 'param', 'exports'])
  assert.equal(await kept('(kept) => kept.getAttribute("steps")'), 'predict, forecast')
  assert.deepEqual(await quiet(), [])
})

test('presets are applied with every file, what does not fit is named, and what is locked stays', async () => {
  const { page, kept, quiet } = await open()
  await kept(`(kept) => { kept.options = {
    preset: { roles: { target: 'plan', value: 'fee', date: 'signup' }, kinds: { fee: 'float', loyalty: 'category' },
      recipe: { steps: [{ kind: 'drop', columns: ['salary', 'gone'] }] }, params: { cv: 3 }, costs: { contact: 9, value: 'margin' } },
    locked: ['roles', 'recipe'] } }`)
  const data = await kept('(kept, csv) => kept.load(csv, { name: "x.csv" })', CSV)
  const named = data.warnings.filter((w) => w.code === 'not_preset').map((w) => w.column).sort()
  assert.deepEqual(named, ['gone', 'loyalty', 'margin', 'signup'])
  assert.equal(data.columns.find((c) => c.name === 'fee').kind, 'float')
  assert.equal(await page.locator('[data-role="target"] select').inputValue(), 'plan')
  assert.equal(await page.locator('[data-role="value"] select').inputValue(), 'fee')
  assert.ok(await page.locator('[data-role="target"] select').isDisabled())
  const saved = await kept('(kept) => kept.save()')
  assert.deepEqual(saved.recipe.steps.map((s) => s.columns), [['salary']])
  assert.deepEqual(saved.params, { cv: { Int: 3 }, costs: { Map: { contact: { Int: 9 } } } })
  // An old choice of the person's does not open what is locked.
  await kept('(kept, state) => kept.restore({ ...state, roles: [["Target", "left"]] })', saved)
  assert.equal(await page.locator('[data-role="target"] select').inputValue(), 'plan')
  await kept('(kept) => { kept.options = { ...kept.options, locked: [] } }')
  assert.ok(await page.locator('[data-role="target"] select').isEnabled())
  const thrown = await kept('(kept) => { try { kept.options = { preset: { params: { folders: 3 } } } } catch (e) { return [e.param, e.message] } }')
  assert.deepEqual(thrown[0], 'preset.params')
  assert.deepEqual(await quiet(), [])
})

test('work of the element ends with a signal, as that of the engine does', async () => {
  const { kept } = await open()
  const codes = await kept(`async (kept, csv) => {
    const code = (promise) => promise.then(() => 'done', (e) => e.name + ' ' + e.code)
    const gone = AbortSignal.abort()
    const late = new AbortController()
    const stream = new ReadableStream({ start: (c) => c.enqueue('a,b\\n1,2\\n') })
    const open = code(kept.load(stream, { signal: late.signal }))
    setTimeout(() => late.abort(), 50)
    await kept.load(csv)
    const run = new AbortController()
    const running = code(kept.run('churn', {}, { signal: run.signal }))
    setTimeout(() => run.abort(), 100)
    return [await code(kept.load(csv, { signal: gone })), await open, await running, await code(kept.append(csv, { signal: gone })), await code(kept.load(csv))]
  }`, CSV)
  assert.deepEqual(codes, ['KeptError cancelled', 'KeptError cancelled', 'KeptError cancelled', 'KeptError cancelled', 'done'])
})

test('the engine hides columns, gives pseudonyms, and answers groups from a budget', async () => {
  const { page } = await open()
  const found = await page.evaluate(async (csv) => {
    const { Engine } = await import('./kept.js')
    const engine = await Engine.open({ helpers: 1, budget: { epsilon: 2 } })
    const caught = (promise) => promise.then(() => 'done', (e) => [e.name, e.code, e.column ?? e.param])
    const names = (data) => data.columns.map((c) => c.name)
    const hidden = names(await engine.load(csv, { hide: ['salary'] }))
    const only = names(await engine.load(csv, { columns: ['left', 'plan'] }))
    const missing = await caught(engine.load(csv, { columns: ['left', 'bonus'] }))
    const key = `kept1-${'0b'.repeat(32)}`
    const once = await engine.pseudonyms(['c1', 'c2'], key)
    const again = await engine.pseudonyms(['c2', 'c1'], key)
    const short = await caught(engine.pseudonyms(['c1'], 'short'))
    const data = await engine.load(csv)
    const asked = { by: 'plan', outcome: { column: 'left', label: 'yes' }, value: { column: 'fee', low: 0, high: 100 }, epsilon: 0.9 }
    const first = await engine.aggregate(data.id, asked)
    const wrong = await caught(engine.aggregate(data.id, { ...asked, by: 'bonus' }))
    const other = await caught(engine.aggregate(data.id, { ...asked, mechanism: 'uniform' }))
    // The same people, read again: the budget is the same.
    const reread = await engine.load(csv, { hide: ['salary'] })
    const before = engine.budget(reread.id)
    const second = await engine.aggregate(reread.id, { ...asked, mechanism: 'gaussian' })
    const third = await caught(engine.aggregate(data.id, asked))
    const left = engine.budget(data.id).left
    engine.close()
    return { hidden, only, missing, once, again, short, first, wrong, other, before, second, third, left }
  }, CSV)
  assert.deepEqual(found.hidden, ['id', 'plan', 'fee', 'left'])
  assert.deepEqual(found.only, ['plan', 'left'])
  assert.deepEqual(found.missing, ['KeptError', 'missing_column', 'bonus'])
  assert.deepEqual(found.once, found.again.toReversed())
  assert.match(found.once[0], /^p[0-9a-f]{32}$/)
  // RFC 4231 has that key in 20 bytes; this is Node's own.
  const { createHmac } = await import('node:crypto')
  assert.equal(found.once[0], `p${createHmac('sha256', Buffer.alloc(32, 0x0b)).update('c1').digest('hex').slice(0, 32)}`)
  assert.deepEqual(found.short, ['KeptError', 'param', 'key'])
  assert.deepEqual(found.first.table.columns, ['group', 'customers', 'with_outcome', 'rate', 'total', 'mean', 'total_with_outcome'])
  for (const [group, n] of found.first.table.rows) {
    assert.ok('ABC'.includes(group) && Math.abs(n - 133) < 100 && Number.isInteger(n), `${group} ${n}`)
  }
  assert.deepEqual(found.wrong, ['KeptError', 'missing_column', 'bonus'])
  assert.deepEqual(found.other, ['KeptError', 'param', 'mechanism'])
  assert.deepEqual([found.before.spent, found.before.total], [0.9, 2])
  assert.equal(found.second.mechanism, 'gaussian')
  assert.equal(found.third[1], 'budget')
  assert.ok(Math.abs(found.left - 0.2) < 1e-9)
})
