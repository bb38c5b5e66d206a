// The same promises in Firefox, driven through WebDriver BiDi: the engine's room has no network, an analysis asks for
// nothing, in the ways of hosting.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { serve } from '../../.ci/serve.mjs'
import { PROBE, ROOT, data } from './support.mjs'

const require = createRequire(join(ROOT, '.tools/package.json'))
const puppeteer = require('puppeteer-core')

let browser
before(async () => {
  browser = await puppeteer.launch({ browser: 'firefox', executablePath: process.env.FIREFOX || '/usr/bin/firefox-esr', headless: true })
})
after(async () => { await browser?.close() })

const host = (script) => `<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,"><title>Host</title>
<script type="module" src="${script}"></script><kept-insights lang="en"></kept-insights></html>`

/** Opens a page of `folder`, trains, and tries to get out of a room like the engine's. */
async function journey({ folder = join(ROOT, 'dist'), path = '', requests = [], ...options }) {
  const server = await serve({ folder, onRequest: (path) => requests.push(path), ...options })
  const page = await browser.newPage()
  const problems = []
  page.on('console', (message) => { if (message.type() === 'error') problems.push(message.text()) })
  page.on('pageerror', (error) => problems.push(String(error)))
  try {
    await page.goto(server.url + path)
    await page.waitForFunction(() => document.querySelector('kept-insights')?.engine, { timeout: 40000 })
    const before = requests.length
    const { room, auc } = await page.evaluate(async (text) => {
      const element = document.querySelector('kept-insights')
      await element.load(text, { name: 'telco.csv' })
      const report = await element.run('churn', { params: { learners: ['logistic'], cv: 3, n_repeats: 1 } })
      return { room: element.engine.room, auc: report.metrics.roc_auc }
    }, readFileSync(data('telco_churn.csv'), 'utf8'))
    assert.ok(auc > 0.83 && auc < 0.86, `${auc}`)
    assert.equal(room, 'sealed')
    // Whether there is a newer service worker is the browser's own question, and says nothing.
    assert.deepEqual(requests.slice(before).filter((path) => path !== '/sw.js'), [])
    const tries = await page.evaluate(([url, probe]) => new Promise((resolve) => {
      const inside = [...document.querySelectorAll('iframe')].at(-1).contentWindow
      const address = inside.URL.createObjectURL(new inside.Blob([probe]))
      const worker = new inside.Worker(address)
      worker.onmessage = ({ data }) => resolve(data)
      worker.postMessage(url)
    }).catch((error) => String(error)), [server.url, PROBE])
    // The engine's own word, from where it computes.
    const { rows, report } = await page.evaluate(() => document.querySelector('kept-insights').selfTest())
    for (const row of rows.filter((r) => r.where !== 'page')) assert.equal(row.outcome, 'refused', JSON.stringify(row))
    assert.equal(rows.filter((r) => r.where !== 'page').length, 8)
    assert.deepEqual([report.missing, report.requests_since_data, report.room], [[], 0, 'sealed'])
    return { requests, tries, problems }
  } finally {
    await page.close()
    await server.close()
  }
}

test('the app on a host without a policy: sealed, silent, no way out', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kept-'))
  mkdirSync(join(folder, 'a/b'), { recursive: true })
  symlinkSync(join(ROOT, 'dist'), join(folder, 'a/b/kept'))
  writeFileSync(join(folder, 'a/page.html'), host('b/kept/kept.js'))
  const { requests, tries, problems } = await journey({ folder, path: 'a/page.html', policy: null })
  assert.deepEqual([tries.fetch, tries.xhr, tries.socket], ['refused', 'refused', 'refused'])
  assert.ok(!requests.includes('/leak'))
  assert.deepEqual(problems.filter((p) => !/leak|kept\.js|kept-self-test|Content.Security|wss?:/i.test(p)), [])
})

test('the app under the policy of the README, from its service worker', async () => {
  const { requests } = await journey({})
  assert.ok(!requests.includes('/leak'))
})

test('from another origin', async () => {
  const asked = []
  const files = await serve({ folder: resolve(ROOT, 'dist'), policy: null, onRequest: (path) => asked.push(path) })
  const folder = mkdtempSync(join(tmpdir(), 'kept-'))
  writeFileSync(join(folder, 'index.html'), host(`${files.url}kept.js`))
  try {
    const { tries } = await journey({ folder, policy: null, requests: asked })
    assert.equal(tries.fetch, 'refused')
  } finally {
    await files.close()
  }
})
