// What every end-to-end test shares: a browser, a server, a record of every request and policy violation.
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { serve } from '../../.ci/serve.mjs'

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
const require = createRequire(join(ROOT, '.tools/package.json'))
const { chromium } = require('playwright-core')
export const AXE = require.resolve('axe-core/axe.min.js')

/** A real data set; the test fails with its path when it is not there. */
export function data(name) {
  const folder = process.env.KEPT_DATA ?? join(ROOT, '../shared/data')
  const path = join(folder, name)
  if (!existsSync(path)) throw new Error(`the data set ${path} is needed for this test`)
  return path
}

export const CHROMIUM_FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage']

/** A browser of the tests. */
export const launch = (flags = []) => chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: [...CHROMIUM_FLAGS, ...flags] })

/** One browser, or the one that is given and stays, and one server for a file of tests; `proxy` for all that its pages ask for. */
export async function stage({ policy, folder = 'dist', bare, shared, proxy } = {}) {
  const requests = []
  const server = await serve({ folder: resolve(ROOT, folder), policy, bare, onRequest: (path) => requests.push(path) })
  const browser = shared ?? await launch()
  const pages = []
  /** `worker`: with the service worker, which is seen by no test that answers in the server's place. A fresh page whose console errors and violations fail the test through `quiet()`. */
  const open = async (path = '', { width = 1280, height = 900, theme = 'light', lang = 'en-US', css = false, worker = false, onPage } = {}) => {
    const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, locale: lang, acceptDownloads: true, bypassCSP: css, proxy, serviceWorkers: worker ? 'allow' : 'block' })
    const page = await context.newPage()
    onPage?.(page)
    const problems = []
    page.on('console', (message) => {
      if (message.type() === 'error' || /Content.Security.Policy/i.test(message.text())) problems.push(message.text())
    })
    page.on('pageerror', (error) => problems.push(String(error)))
    const seen = []
    context.on('request', (request) => seen.push(request.url()))
    await page.addInitScript(() => {
      window.violations = []
      document.addEventListener('securitypolicyviolation', (event) => window.violations.push(`${event.violatedDirective} ${event.blockedURI}`))
    })
    await page.goto(new URL(path, server.url).href)
    pages.push(context)
    return {
      page,
      /** Network requests so far; blob: and data: never leave the page. */
      network: () => seen.filter((url) => !/^(blob|data):/.test(url)),
      quiet: async () => {
        const violations = await page.evaluate(() => window.violations)
        return [...problems, ...violations.map((v) => `policy: ${v}`)]
      },
    }
  }
  let stopped
  /** Stops the server; pages stay. */
  const stop = () => (stopped ??= server.close())
  const close = async () => {
    for (const context of pages) await context.close()
    if (!shared) await browser.close()
    await stop()
  }
  return { open, close, stop, requests, url: server.url }
}

/** Source of a worker that tries every way out, and says which went. */
export const PROBE = `onmessage = async ({ data }) => {
  const tries = {}
  try { await fetch(data + 'leak'); tries.fetch = 'went' } catch { tries.fetch = 'refused' }
  try { const x = new XMLHttpRequest(); x.open('GET', data + 'leak', false); x.send(); tries.xhr = 'went' } catch { tries.xhr = 'refused' }
  await new Promise((done) => { try { const s = new WebSocket(data.replace('http', 'ws')); s.onopen = () => { tries.socket = 'went'; done() }; s.onerror = () => { tries.socket = 'refused'; done() } } catch { tries.socket = 'refused'; done() } })
  try { importScripts(data + 'kept.js'); tries.script = 'went' } catch { tries.script = 'refused' }
  postMessage(tries)
}`

/** Deterministic numbers for generated files. */
export function generator(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
