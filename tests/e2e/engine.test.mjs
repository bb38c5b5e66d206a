// The headless engine, as an embedding page uses it.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { PAGE_POLICY } from '../../.ci/serve.mjs'
import { PROBE, data, stage } from './support.mjs'

let scene
before(async () => { scene = await stage({ policy: null }) })
after(async () => { await scene?.close() })

/** A page without a policy of its own, with the engine open as `engine`. */
async function engine() {
  const it = await scene.open('host.html')
  await it.page.waitForFunction(() => document.querySelector('kept-insights')?.engine, null, { timeout: 30000 })
  await it.page.evaluate(async () => {
    const { Engine, KeptError } = await import('./kept.js')
    Object.assign(window, { Engine, KeptError, engine: await Engine.open() })
    // Runs `work` and gives what it throws as data.
    window.failure = (work) => work().then(() => null, (e) => ({ isKeptError: e instanceof KeptError, code: e.code, message: e.message, column: e.column, row: e.row, param: e.param }))
  })
  return it
}
const csv = (name) => readFileSync(data(name), 'utf8')

test('the engine lives in a room without a network, whatever the host page allows', async () => {
  const { page, quiet } = await engine()
  assert.equal(await page.evaluate(() => engine.room), 'sealed')
  // The same kind of room as the engine's own: everything that could carry data away is refused.
  const refused = await page.evaluate((probe) => new Promise((resolve) => {
    const frame = [...document.querySelectorAll('iframe')].at(-1)
    const inside = frame.contentWindow
    const url = inside.URL.createObjectURL(new inside.Blob([probe]))
    const worker = new inside.Worker(url)
    worker.onmessage = ({ data }) => resolve(data)
    worker.postMessage(location.origin + '/')
  }), PROBE)
  assert.equal(refused.fetch, 'refused')
  assert.equal(refused.xhr, 'refused')
  assert.equal(refused.socket, 'refused')
  assert.ok(!scene.requests.includes('/leak'))
})

test('telco: roles, metrics, tables and figures of a churn run; not one request', async () => {
  const { page, network } = await engine()
  const before = network().length
  const { dataset, report, predictions, same } = await page.evaluate(async (text) => {
    const dataset = await engine.load(text, { name: 'telco' })
    const seen = []
    const report = await engine.run('churn', { dataset: dataset.id, roles: { id: 'customerID', target: 'Churn' } }, { onProgress: (p) => seen.push(p) })
    window.progress = seen
    const predictions = await engine.predict(report.model, dataset.id)
    const saved = await engine.saveModel(report.model)
    const model = await engine.loadModel(saved)
    const again = await engine.predict(model.id, dataset.id)
    const same = JSON.stringify(predictions.tables.predictions) === JSON.stringify(again.tables.predictions)
    return { dataset, report, predictions, same }
  }, csv('telco_churn.csv'))
  assert.equal(network().length, before, 'no request between load and the end')
  assert.equal(dataset.n_rows, 7043)
  assert.equal(dataset.columns.find((c) => c.name === 'TotalCharges').kind, 'float')
  assert.equal(dataset.roles.find((r) => r.role === 'id').column, 'customerID')
  const target = dataset.roles.find((r) => r.role === 'target')
  assert.equal(target.column, 'Churn')
  assert.deepEqual(target.classes, ['No', 'Yes'])
  const board = report.tables.leaderboard
  for (const name of ['learner', 'cv_roc_auc_mean', 'cv_roc_auc_sd', 'test_roc_auc', 'fit_ms']) assert.ok(board.columns.includes(name), name)
  const auc = Object.fromEntries(board.rows.map((row) => [row[board.columns.indexOf('learner')], row[board.columns.indexOf('test_roc_auc')]]))
  for (const learner of ['logistic', 'boosting']) assert.ok(auc[learner] >= 0.83 && auc[learner] <= 0.86, `${learner}: ${auc[learner]}`)
  assert.ok(auc.tree > 0.78 && auc.tree < 0.86, `tree: ${auc.tree}`)
  for (const key of ['roc_auc', 'average_precision', 'log_loss', 'brier_score', 'accuracy', 'balanced_accuracy', 'precision', 'recall', 'f1', 'mcc']) assert.equal(typeof report.metrics[key], 'number', key)
  const [low, high] = report.intervals.roc_auc
  assert.ok(low < report.metrics.roc_auc && report.metrics.roc_auc < high)
  for (const key of ['roc', 'precision_recall', 'calibration']) assert.ok(report.figures[key], key)
  for (const key of ['classification_report', 'confusion_matrix', 'importance']) assert.ok(report.tables[key].rows.length, key)
  assert.ok(!report.warnings.some((w) => w.code === 'leak'))
  assert.ok(report.sentences.length > 1 && report.sentences.every((s) => s.length > 10 && !/[{}]/.test(s)))
  const table = predictions.tables.predictions
  assert.deepEqual(table.columns, ['id', 'probability', 'class'])
  assert.equal(table.rows.length, 7043)
  assert.equal(table.rows[0][0], '7590-VHVEG')
  assert.equal(table.rows[7042][0], '3186-AJIEK')
  assert.ok(same, 'a saved model predicts the same numbers bit for bit')
  const progress = await page.evaluate(() => window.progress)
  assert.ok(progress.length > 3 && progress.every((p) => p.done <= p.total && p.total > 0))
})

test('bank: boosting at 0.85 or more, padded file the same', async () => {
  const { page } = await engine()
  const runs = await page.evaluate(async (texts) => {
    const out = []
    for (const text of texts) {
      const dataset = await engine.load(text)
      const roles = Object.fromEntries(dataset.roles.filter((r) => ['id', 'target'].includes(r.role)).map((r) => [r.role, r.column]))
      const report = await engine.run('churn', { dataset: dataset.id, roles, params: { learners: ['boosting'] } })
      out.push({ roles, columns: dataset.columns, metrics: report.metrics })
    }
    return out
  }, [csv('bank_churn.csv'), csv('bank_churn_padded.csv')])
  assert.deepEqual(runs[0].roles, { id: 'CustomerId', target: 'Exited' })
  assert.ok(runs[0].metrics.roc_auc >= 0.85, String(runs[0].metrics.roc_auc))
  assert.deepEqual(runs[1], runs[0])
})

test('every way in gives the same table', async () => {
  const { page } = await engine()
  const seen = await page.evaluate(async () => {
    const text = 'id,plan,spend,left\n1,"a, b",10.5,yes\n2,c,,no\n3,c,7,yes\n'
    const rows = [{ id: 1, plan: 'a, b', spend: 10.5, left: 'yes' }, { id: 2, plan: 'c', spend: null, left: 'no' }, { id: 3, plan: 'c', spend: 7, left: 'yes' }]
    const bytes = new TextEncoder().encode(text)
    const words = new ReadableStream({ start(c) { for (const part of text.match(/[^]{1,7}/g)) c.enqueue(part); c.close() } })
    const sources = [text, new Blob([text]), new File([text], 'x.csv'), bytes, bytes.buffer, rows, new Blob([text]).stream(), words]
    const out = []
    for (const source of sources) {
      const { n_rows, columns } = await engine.load(source)
      out.push(JSON.stringify([n_rows, columns]))
    }
    return out
  })
  assert.deepEqual(seen, seen.map(() => seen[0]))
})

test('errors say what is wrong and where, and lose nothing', async () => {
  const { page } = await engine()
  const found = await page.evaluate(async (text) => {
    const { failure } = window
    const good = await engine.load('a,b,churn\n' + Array.from({ length: 200 }, (_, i) => `${i % 7},${i % 3},${i % 2 ? 'yes' : 'no'}`).join('\n'))
    const report = await engine.run('churn', { dataset: good.id, roles: { target: 'churn' }, params: { learners: ['logistic'] } })
    const other = await engine.load('a,c\n1,2\n3,4\n')
    const saved = await engine.saveModel(report.model)
    const altered = saved.slice(); altered[altered.length - 5] ^= 1
    const newer = saved.slice(); newer[8] = 99
    const aborted = new AbortController()
    aborted.abort()
    return {
      empty: await failure(() => engine.load('')),
      headerOnly: await failure(() => engine.load('a,b\n')),
      quote: await failure(() => engine.load('a,b\n1,2\n3,"never closed\n4,5\n')),
      binary: await failure(() => engine.load(new Uint8Array(4000).map((_, i) => (i * 37) % 256))),
      missingColumn: await failure(() => engine.predict(report.model, other.id)),
      target: await failure(() => engine.run('churn', { dataset: good.id, roles: { target: 'nope' } })),
      noTarget: await failure(() => engine.run('churn', { dataset: good.id, roles: {} })),
      param: await failure(() => engine.run('churn', { dataset: good.id, roles: { target: 'churn' }, params: { cv: 1 } })),
      unknownParam: await failure(() => engine.run('churn', { dataset: good.id, roles: { target: 'churn' }, params: { colour: 1 } })),
      analysis: await failure(() => engine.run('tarot', { dataset: good.id })),
      dataset: await failure(() => engine.run('churn', { dataset: 'd999', roles: { target: 'churn' } })),
      truncated: await failure(() => engine.loadModel(saved.slice(0, 60))),
      altered: await failure(() => engine.loadModel(altered)),
      newer: await failure(() => engine.loadModel(newer)),
      notAModel: await failure(() => engine.loadModel(new TextEncoder().encode(text))),
      aborted: await failure(() => engine.load('a\n1\n', { signal: aborted.signal })),
      format: await failure(() => engine.exportModel(report.model, 'papyrus')),
      // After all that the engine still holds what it held.
      still: (await engine.predict(report.model, good.id)).tables.predictions.rows.length,
    }
  }, 'hello')
  const code = (name) => found[name]?.code
  assert.equal(code('empty'), 'format')
  assert.equal(code('headerOnly'), 'format')
  assert.equal(code('quote'), 'format')
  assert.equal(found.quote.row, 2)
  assert.equal(code('binary'), 'format')
  assert.equal(code('missingColumn'), 'missing_column')
  assert.equal(found.missingColumn.column, 'b')
  assert.equal(code('target'), 'missing_column')
  assert.equal(found.target.column, 'nope')
  assert.equal(code('noTarget'), 'param')
  assert.equal(found.param.param, 'cv')
  assert.equal(found.unknownParam.param, 'colour')
  for (const name of ['analysis', 'dataset', 'format']) assert.equal(code(name), 'unknown', name)
  for (const name of ['truncated', 'altered', 'newer', 'notAModel']) assert.equal(code(name), 'artifact', name)
  assert.equal(new Set(['truncated', 'altered', 'newer', 'notAModel'].map((n) => found[n].message)).size, 4)
  assert.equal(code('aborted'), 'cancelled')
  assert.equal(found.still, 200)
  for (const [name, failure] of Object.entries(found)) if (name !== 'still') assert.ok(failure.isKeptError && failure.message.length > 5, name)
})

test('cancelling ends a job within 300 ms and the engine goes on', async () => {
  const { page } = await engine()
  const { ms, code, after } = await page.evaluate(async () => {
    const lines = ['x1,x2,x3,x4,plan,churn']
    let s = 7
    const random = () => ((s = (s * 1103515245 + 12345) % 2147483648) / 2147483648)
    for (let i = 0; i < 60000; i++) lines.push([random(), random(), random(), random(), 'abc'[i % 3], random() < 0.3 ? 'yes' : 'no'].join(','))
    const dataset = await engine.load(lines.join('\n'))
    const controller = new AbortController()
    const running = new Promise((resolve) => (window.started = resolve))
    const job = engine.run('churn', { dataset: dataset.id, roles: { target: 'churn' } }, { signal: controller.signal, onProgress: (p) => p.stage === 'searching' && window.started() })
    const failed = job.then(() => 'done', (e) => e.code)
    await running
    const start = performance.now()
    controller.abort()
    const code = await failed
    const ms = performance.now() - start
    // The dataset is brought back unasked.
    const report = await engine.run('churn', { dataset: dataset.id, roles: { target: 'churn' }, params: { learners: ['tree'], cv: 2 } })
    return { ms, code, after: report.tables.leaderboard.rows.length }
  })
  assert.equal(code, 'cancelled')
  assert.ok(ms < 300, `${ms} ms`)
  assert.equal(after, 2)
})

test('an override of a column kind is honoured, and a hostile column name is only a name', async () => {
  const { page } = await engine()
  const [kinds, names, polluted] = await page.evaluate(async () => {
    const rows = Array.from({ length: 60 }, (_, i) => `${i % 4},${i},${i % 2}`).join('\n')
    const overridden = await engine.load(`code,n,y\n${rows}\n`, { kinds: { code: 'category' } })
    const hostile = await engine.load(`__proto__,constructor,<img src=x onerror=alert(1)>\n${rows}\n`)
    const report = await engine.run('churn', { dataset: hostile.id, roles: { target: '<img src=x onerror=alert(1)>' }, params: { learners: ['tree'] } })
    return [overridden.columns.map((c) => c.kind), hostile.columns.map((c) => c.name), ({}).polluted ?? report.tables.importance.rows.length > 0]
  })
  assert.deepEqual(kinds, ['category', 'int', 'bool'])
  assert.deepEqual(names, ['__proto__', 'constructor', '<img src=x onerror=alert(1)>'])
  assert.equal(polluted, true)
})

test('several engines and many elements on a page; what is closed is gone', async () => {
  const { page } = await engine()
  const [frames, left, worked] = await page.evaluate(async () => {
    const engines = await Promise.all([Engine.open(), Engine.open()])
    const loaded = await Promise.all(engines.map((e, i) => e.load(`a,b\n${i},2\n3,4\n`)))
    const frames = document.querySelectorAll('iframe').length
    engines.forEach((e) => e.close())
    for (let i = 0; i < 10; i++) {
      const element = document.createElement('kept-insights')
      document.body.append(element)
      await element.ready
      element.remove()
      await new Promise((done) => setTimeout(done))
    }
    await new Promise((done) => setTimeout(done, 200))
    return [frames, document.querySelectorAll('iframe').length, loaded.every((d) => d.n_rows === 2)]
  })
  assert.ok(worked)
  assert.equal(frames, 4)
  assert.equal(left, 2)
})

test('the element does what its buttons do, and says so in events', async () => {
  const { page } = await engine()
  const seen = await page.evaluate(async (text) => {
    const element = document.querySelector('kept-insights')
    const events = []
    for (const name of ['kept-data', 'kept-progress', 'kept-report', 'kept-error']) document.addEventListener(name, (e) => events.push([name, e.detail, e.composed]))
    const dataset = await element.load(text, { name: 'telco.csv' })
    const report = await element.run('churn', { params: { learners: ['tree'] } })
    const state = JSON.parse(JSON.stringify(element.save()))
    const failed = await window.failure(() => element.load('a,b\n'))
    const until = async (is) => { for (let i = 0; i < 200 && !is(); i++) await new Promise((done) => setTimeout(done, 25)) }
    const title = () => element.shadowRoot.querySelector('h1')?.textContent ?? ''
    element.lang = 'zh-CN'
    await until(() => /[\u4e00-\u9fff]/.test(title()))
    const chinese = element.shadowRoot.querySelector('h1').textContent
    await element.restore({ ...state, step: 'data' })
    await until(() => /7,043/.test(title()))
    return { dataset, report, state, failed, chinese, events: events.map(([name]) => name), composed: events.every((e) => e[2]), first: events.find(([name]) => name === 'kept-data')[1].id, catalog: element.engine.catalog(), title: element.shadowRoot.querySelector('h1').textContent }
  }, csv('telco_churn.csv'))
  assert.equal(seen.dataset.name, 'telco.csv')
  assert.equal(seen.first, seen.dataset.id)
  assert.deepEqual(seen.report.tables.leaderboard.columns, ['learner', 'cv_roc_auc_mean', 'cv_roc_auc_sd', 'test_roc_auc', 'fit_ms'])
  assert.ok(seen.composed)
  for (const name of ['kept-data', 'kept-progress', 'kept-report', 'kept-error']) assert.ok(seen.events.includes(name), name)
  assert.equal(seen.failed.code, 'format')
  assert.equal(seen.state.step, 'churn')
  assert.match(seen.chinese, /[\u4e00-\u9fff]/)
  assert.match(seen.title, /7,043/)
  const churn = seen.catalog.analyses.find((a) => a.id === 'churn')
  assert.deepEqual(churn.roles.find((r) => r.role === 'target'), { role: 'target', required: true, kinds: ['bool', 'category', 'int'] })
  assert.deepEqual(churn.params.find((p) => p.name === 'cv'), { name: 'cv', type: 'int', min: 2, max: 20, default: 5, unit: 'count' })
  assert.deepEqual(seen.catalog.learners.map((l) => l.id), [
    'baseline', 'gaussian_nb', 'bernoulli_nb', 'multinomial_nb', 'linear', 'logistic', 'tree', 'knn', 'svm', 'extra_trees', 'forest',
    'boosting', 'mlp', 'voting', 'stacking', 'k_means',
  ])
})

test('an engine that dies is replaced, and what it held is brought back', async () => {
  const { page } = await engine()
  await page.evaluate(async () => {
    const rows = Array.from({ length: 300 }, (_, i) => `${i % 7},${i % 3},${i % 7 > 3 ? 'yes' : 'no'}`).join('\n')
    window.dataset = await engine.load(`a,b,churn\n${rows}\n`)
    window.report = await engine.run('churn', { dataset: dataset.id, roles: { target: 'churn' }, params: { learners: ['logistic'] } })
    window.before = await engine.predict(report.model, dataset.id)
  })
  const workers = page.workers()
  assert.ok(workers.length >= 2)
  for (const worker of workers) await worker.evaluate(() => { setTimeout(() => { throw new Error('planted') }) }).catch(() => {})
  await page.waitForTimeout(500)
  assert.ok(workers.every((worker) => !page.workers().includes(worker)), 'the dead ones are gone')
  const same = await page.evaluate(async () => {
    const after = await engine.predict(report.model, dataset.id)
    return JSON.stringify(after.tables) === JSON.stringify(before.tables)
  })
  assert.ok(same)
})

test('where blob workers are forbidden the engine starts from a URL, and says so', async () => {
  const strict = await stage({ policy: PAGE_POLICY.replace(' blob:', '') })
  try {
    const { page } = await strict.open('')
    await page.waitForFunction(() => document.querySelector('kept-insights')?.engine, null, { timeout: 30000 })
    const [room, rows] = await page.evaluate(async () => {
      const { engine } = document.querySelector('kept-insights')
      const { n_rows } = await engine.load('a,b\n1,2\n3,4\n')
      return [engine.room, n_rows]
    })
    assert.deepEqual([room, rows], ['url', 2])
    await page.locator('.local').click()
    assert.match(await page.locator('dialog .room').textContent(), /separate worker/)
  } finally {
    await strict.close()
  }
})
