// Helper engines: they change how long a search takes and nothing else, whatever happens to them.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { PAGE_POLICY } from '../../.ci/serve.mjs'
import { data, generator, stage } from './support.mjs'

let scene
before(async () => { scene = await stage({ policy: null }) })
after(async () => { await scene?.close() })

/** A page with `open(helpers, text)`, which leaves `engine` and `dataset`, and `run(learners)`. */
async function host(on = scene) {
  const it = await on.open('host.html')
  await it.page.waitForFunction(() => document.querySelector('kept-insights')?.engine, null, { timeout: 30000 })
  await it.page.evaluate(async () => {
    const { Engine } = await import('./kept.js')
    // An engine to look at, and none beside it.
    document.querySelector('kept-insights').remove()
    Object.assign(window, {
      open: async (helpers, text) => {
        window.engine?.close()
        window.engine = await Engine.open({ helpers })
        window.dataset = await engine.load(text)
      },
      run: (learners, options) => {
        const roles = Object.fromEntries(dataset.roles.filter((r) => ['id', 'target'].includes(r.role)).map((r) => [r.role, r.column]))
        return engine.run('churn', { dataset: dataset.id, roles, params: { learners, cv: 5 } }, options)
      },
      // A report and what its model makes of the data, without what is a time.
      told: async (report) => {
        const predictions = await engine.predict(report.model, dataset.id)
        return JSON.stringify([report, predictions], (key, value) => {
          const at = value?.columns?.findIndex?.((c) => c === 'fit_ms' || c === 'ms') ?? -1
          if (at < 0) return value
          return { columns: value.columns.toSpliced(at, 1), rows: value.rows.map((row) => row.toSpliced(at, 1)) }
        })
      },
    })
  })
  return it
}

/** Workers of one kind; each is asked, so a busy one answers when it is done. */
async function workers(page, kind) {
  const found = []
  for (const worker of page.workers()) {
    const is = await worker.evaluate(() => self.keptIsHelper).catch(() => undefined)
    if (is === (kind === 'helper')) found.push(worker)
  }
  return found
}
/** Live helpers, asked of the browser: each holds a lock for as long as it lives. */
const held = (page) => page.evaluate(async () => (await navigator.locks.query()).held.filter((l) => l.name.startsWith('kept-helper-')).length)
async function until(what, ms, reached) {
  const end = Date.now() + ms
  while (!(await reached())) {
    assert.ok(Date.now() < end, `${what}: not within ${ms} ms`)
    await new Promise((done) => setTimeout(done, 50))
  }
}

/** Customers who leave for reasons, many enough that a search takes seconds. */
function customers(n) {
  const random = generator(11)
  const lines = ['tenure,spend,calls,visits,plan,churn']
  for (let i = 0; i < n; i++) {
    const [tenure, spend, calls, visits, plan] = [random() * 60, random() * 100, random() * 9, random() * 30, Math.floor(random() * 3)]
    const leans = 0.08 * (calls * 4 - tenure * 0.7 + plan * 6 - visits * 0.2)
    lines.push([tenure.toFixed(1), spend.toFixed(2), Math.floor(calls), Math.floor(visits), 'abc'[plan], random() < 1 / (1 + Math.exp(-leans)) ? 'yes' : 'no'].join(','))
  }
  return lines.join('\n')
}

test('one, two or three helpers: the same report, the same model, and they did work', async () => {
  const { page, network } = await host()
  const text = readFileSync(data('telco_churn.csv'), 'utf8')
  const learners = ['logistic', 'tree', 'forest', 'boosting']
  const told = []
  for (const helpers of [1, 2, 3]) {
    await page.evaluate(([n, t]) => open(n, t), [helpers, text])
    const before = network().length
    await page.evaluate((l) => { window.running = run(l); window.running.catch(() => {}) }, learners)
    let most = 0
    const ended = page.evaluate(async () => told(await window.running)).then((t) => { told.push(t); return true })
    while (!(await Promise.race([ended, new Promise((done) => setTimeout(done, 20, false))]))) most = Math.max(most, await held(page))
    assert.equal(most, helpers === 1 ? 0 : helpers, `helpers seen at work of ${helpers}`)
    assert.equal(network().length, before, 'no request')
    // Their memory is given back with the run, not with the engine.
    await until('helpers are gone after the run', 5000, async () => (await held(page)) === 0)
  }
  assert.ok(told[0].length > 10000)
  assert.equal(told[1], told[0])
  assert.equal(told[2], told[0])
})

test('a helper killed in the middle of a search is replaced, and the report is the same', async () => {
  const { page } = await host()
  const text = customers(20000)
  const learners = ['logistic', 'forest', 'boosting']
  await page.evaluate(([n, t]) => open(n, t), [1, text])
  const alone = await page.evaluate(async (l) => told(await run(l)), learners)
  await page.evaluate(([n, t]) => open(n, t), [2, text])
  await page.evaluate((l) => { window.running = run(l); window.running.then(() => (window.ended = true), () => (window.ended = true)) }, learners)
  await until('helpers at work', 20000, async () => (await held(page)) === 2)
  const [engine] = await workers(page, 'engine')
  // Every helper there ever is, seen from inside; and the oldest ended as the browser would end it for lack of memory.
  await engine.evaluate(() => {
    self.everSeen = new Set(self.keptWorkers)
    setInterval(() => self.keptWorkers.forEach((w) => self.everSeen.add(w)), 10)
    ;[...self.keptWorkers][0].terminate()
  })
  assert.ok(!(await page.evaluate(() => window.ended)), 'killed before the search was over')
  await until('a helper in place of the dead one', 15000, async () => (await engine.evaluate(() => self.everSeen.size)) > 2)
  assert.ok(!(await page.evaluate(() => window.ended)), 'replaced before the search was over')
  assert.equal(await page.evaluate(async () => told(await window.running)), alone)
  assert.equal(await engine.evaluate(() => self.everSeen.size), 3, 'one death, one helper more')
})

test('a helper that fails at its script is heard of at once', async () => {
  const { page } = await host()
  const text = customers(20000)
  await page.evaluate(([n, t]) => open(n, t), [2, text])
  await page.evaluate(() => { window.running = run(['forest', 'boosting']); window.running.then(() => (window.ended = true), () => (window.ended = true)) })
  await until('helpers at work', 20000, async () => (await held(page)) === 2)
  const [engine] = await workers(page, 'engine')
  await engine.evaluate(() => { self.first = [...self.keptWorkers] })
  const [helper] = await workers(page, 'helper')
  await helper.evaluate(() => { setTimeout(() => { throw new Error('planted') }) }).catch(() => {})
  // Sooner than the browser would free its lock.
  await until('the failed one is let go', 1000, () => engine.evaluate(() => self.first.some((w) => !self.keptWorkers.has(w))))
  assert.ok(!(await page.evaluate(() => window.ended)), 'let go before the search was over')
  const report = await page.evaluate(async () => (await window.running).tables.leaderboard.rows.length)
  assert.equal(report, 3)
})

test('cancel during a search with helpers: at once, nobody left, and the engine goes on', async () => {
  const { page } = await host()
  await page.evaluate(([n, t]) => open(n, t), [3, customers(30000)])
  await page.evaluate(() => {
    window.controller = new AbortController()
    window.failed = run(['forest', 'boosting', 'mlp'], { signal: controller.signal }).then(() => 'done', (e) => e.code)
  })
  await until('helpers at work', 20000, async () => (await held(page)) === 3)
  const { ms, code, longest } = await page.evaluate(async () => {
    // The page is asked for a turn every few milliseconds meanwhile.
    let [longest, last] = [0, performance.now()]
    const ticker = setInterval(() => { const now = performance.now(); longest = Math.max(longest, now - last); last = now }, 4)
    const start = performance.now()
    controller.abort()
    const code = await failed
    const ms = performance.now() - start
    await new Promise((done) => setTimeout(done, 100))
    clearInterval(ticker)
    return { ms, code, longest }
  })
  assert.equal(code, 'cancelled')
  assert.ok(ms < 300, `${ms} ms`)
  assert.ok(longest < 200, `the page stood still for ${longest} ms`)
  await until('no helper left', 5000, async () => (await held(page)) === 0)
  assert.deepEqual(await workers(page, 'helper'), [])
  const rows = await page.evaluate(async () => (await run(['logistic'])).tables.leaderboard.rows.length)
  assert.equal(rows, 2)
})

test('closing the engine in the middle of a search closes its helpers', async () => {
  const { page } = await host()
  await page.evaluate(([n, t]) => open(n, t), [3, customers(30000)])
  await page.evaluate(() => { run(['forest', 'boosting', 'mlp']).catch(() => {}) })
  await until('helpers at work', 20000, async () => (await held(page)) === 3)
  await page.evaluate(() => engine.close())
  await until('nobody left', 5000, async () => (await held(page)) === 0 && page.workers().length === 0)
  assert.equal(await page.locator('iframe').count(), 0)
})

/** Tries every way out of a worker. */
const ways = async (base) => {
  const tries = {}
  const refused = (name, work) => work().then(() => { tries[name] = 'went' }, () => { tries[name] = 'refused' })
  await refused('fetch', () => fetch(`${base}leak`))
  await refused('xhr', async () => { const x = new XMLHttpRequest(); x.open('GET', `${base}leak`, false); x.send() })
  await refused('socket', () => new Promise((done, fail) => { const s = new WebSocket(base.replace('http', 'ws')); s.onopen = done; s.onerror = fail }))
  await refused('events', () => new Promise((done, fail) => { const s = new EventSource(`${base}leak`); s.onopen = done; s.onerror = fail }))
  return tries
}
const NONE = { fetch: 'refused', xhr: 'refused', socket: 'refused', events: 'refused' }

/** Asks a helper in the middle of a search whether it can get out. */
async function helperTries(page) {
  await page.evaluate(() => { window.running = run(['forest', 'boosting']); window.running.catch(() => {}) })
  await until('helpers at work', 20000, async () => (await held(page)) === 2)
  const [helper] = await workers(page, 'helper')
  return helper.evaluate(ways, page.url().replace(/[^/]*$/, ''))
}

test('a helper has no way to the network', async () => {
  const { page } = await host()
  await page.evaluate(([n, t]) => open(n, t), [2, customers(30000)])
  assert.equal(await page.evaluate(() => engine.room), 'sealed')
  assert.deepEqual(await helperTries(page), NONE)
  assert.ok(!scene.requests.includes('/leak'))
  // The page itself may: the probe can tell the two apart.
  assert.equal((await page.evaluate(ways, scene.url)).xhr, 'went')
})

test('where blob workers are forbidden there are helpers too, with no network either', async () => {
  const strict = await stage({ policy: PAGE_POLICY.replace(' blob:', '') })
  try {
    const { page } = await strict.open('')
    await page.waitForFunction(() => document.querySelector('kept-insights')?.engine, null, { timeout: 30000 })
    const text = customers(20000)
    await page.evaluate(async (text) => {
      const { Engine } = await import('./kept.js')
      window.engine = await Engine.open({ helpers: 2 })
      window.dataset = await engine.load(text)
      window.run = (learners) => engine.run('churn', { dataset: dataset.id, roles: { target: 'churn' }, params: { learners } })
    }, text)
    assert.equal(await page.evaluate(() => engine.room), 'url')
    assert.deepEqual(await helperTries(page), NONE)
    assert.ok(!strict.requests.includes('/leak'))
    assert.equal(await page.evaluate(async () => (await window.running).tables.leaderboard.rows.length), 3)
    await until('helpers are gone after the run', 5000, async () => (await held(page)) === 0)
  } finally {
    await strict.close()
  }
})

test('the number of helpers is checked', async () => {
  const { page } = await host()
  const found = await page.evaluate(async () => {
    const { Engine } = await import('./kept.js')
    const out = []
    for (const helpers of [0, 1.5, 65, '2', NaN]) out.push(await Engine.open({ helpers }).then(() => 'opened', (e) => `${e.code} ${e.param}`))
    return out
  })
  assert.deepEqual(found, Array(5).fill('param helpers'))
})
