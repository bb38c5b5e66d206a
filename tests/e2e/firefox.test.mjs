// The same promises in Firefox, driven through WebDriver BiDi: the engine's room has no network, an analysis asks for
// nothing, in the ways of hosting; work is remembered.
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

test('a project is kept under a passphrase, is there after a reload, and goes through a file', async () => {
  const server = await serve({ folder: join(ROOT, 'dist') })
  const page = await browser.newPage()
  const problems = []
  page.on('pageerror', (error) => problems.push(String(error)))
  const ready = () => page.waitForFunction(() => document.querySelector('kept-insights')?.engine, { timeout: 40000 })
  const shadow = (what, argument) => page.evaluate(([source, argument]) => {
    const element = document.querySelector('kept-insights')
    const until = async (found) => {
      for (let i = 0; i < 400; i++, await new Promise((done) => setTimeout(done, 50))) if (found()) return found()
      throw new Error(`never: ${found}`)
    }
    const fill = (input, text) => { input.value = text; input.dispatchEvent(new Event('input', { bubbles: true })) }
    return new Function('element', 'root', 'until', 'fill', 'argument', `return (${source})(element, root, until, fill, argument)`)(element, element.shadowRoot, until, fill, argument)
  }, [String(what), argument])
  const saved = () => shadow(async (_, root, until) => {
    await new Promise((done) => setTimeout(done, 800))
    await until(() => root.querySelector('.kept-state[data-status="saved"]'))
  })
  try {
    await page.goto(server.url)
    await ready()
    const state = await shadow(async (element, root, until, fill, text) => {
      await element.load(text, { name: 'telco.csv' })
      await element.run('churn', { params: { learners: ['logistic'], cv: 3, n_repeats: 1 } })
      root.querySelector('.kept-state').focus()
      root.activeElement.click()
      const checks = () => root.querySelectorAll('dialog.project label.check input')
      await until(() => checks().length)
      checks()[0].click()
      await until(() => root.querySelector('.kept-state[data-status="saved"]'))
      checks()[1].click()
      for (const field of root.querySelectorAll('.passphrase input')) fill(field, 'correct horse battery')
      root.querySelector('.passphrase button').click()
      await until(() => root.querySelector('dialog.project details .passphrase'))
      return element.save()
    }, readFileSync(data('telco_churn.csv'), 'utf8'))
    await saved()
    await page.keyboard.press('Escape')
    assert.equal(await shadow((_, root) => root.activeElement?.className), 'kept-state', 'the focus is where it was')
    assert.equal(await shadow((_, root) => root.querySelector('dialog[open]')), null)

    await page.reload()
    await ready()
    assert.deepEqual(await shadow(async (element) => {
      const [{ id, locked, data, models }] = await element.projects()
      const code = await element.openProject(id, { passphrase: 'wrong horse' }).catch((error) => error.code)
      return { locked, data, models, code }
    }), { locked: true, data: true, models: 1, code: 'passphrase' })
    const again = await shadow(async (element, root, until, fill) => {
      const open = await until(() => root.querySelector('main ul.projects button[part=button]:not([disabled])'))
      open.click()
      fill(await until(() => root.querySelector('dialog.ask[open] input')), 'correct horse battery')
      root.querySelector('dialog.ask button.primary').click()
      await until(() => root.querySelector('.kept-state[data-status="saved"]'))
      await until(() => !root.querySelector('dialog.ask[open]'))
      return element.save()
    })
    assert.deepEqual({ ...again, step: 0 }, { ...state, step: 0 })
    const codes = await shadow(async (element) => {
      const bytes = await element.exportProject({ passphrase: 'another horse', data: true })
      const code = (promise) => promise.then(() => 'done', (error) => error.code)
      return [await code(element.importProject(bytes)), await code(element.importProject(bytes.subarray(0, 90))), await code(element.importProject(bytes, { passphrase: 'another horse' }))]
    })
    assert.deepEqual(codes, ['passphrase', 'damaged', 'done'])
    assert.deepEqual({ ...await shadow((element) => element.save()), step: 0 }, { ...state, step: 0 })
    assert.deepEqual(problems, [])
  } finally {
    await page.close()
    await server.close()
  }
})
