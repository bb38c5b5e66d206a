// Without a network: the app opens again and does a whole analysis with the server stopped; a new version replaces the old
// one as a whole, and a half-deployed one not at all.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { appendFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { App } from './pages.mjs'
import { ROOT, data, stage } from './support.mjs'

/** The app in a folder of its own, which a test may change. */
function deployed() {
  const folder = mkdtempSync(join(tmpdir(), 'kept-'))
  cpSync(join(ROOT, 'dist'), folder, { recursive: true, filter: (path) => !path.endsWith('/npm') })
  return folder
}
const fingerprints = (folder) => execFileSync('node', [join(ROOT, '.ci/finish.mjs'), folder])
const marked = (page) => page.evaluate(() => fetch('./page.css').then((r) => r.text()).then((text) => text.match(/version (\w+)/)?.[1]))

test('with the server stopped, a reload and a full analysis work', async () => {
  const scene = await stage()
  try {
    const app = await App.open(scene, { worker: true })
    assert.ok(await app.page.evaluate(() => Boolean(navigator.serviceWorker.controller)), 'served from the first visit on')
    // Each file crossed the network once.
    const twice = scene.requests.filter((path, i, all) => all.indexOf(path) !== i && !/^\/(sw\.js|app\.js|page\.css|icon\.svg)?$/.test(path))
    assert.deepEqual(twice, [])
    await scene.stop()
    await app.page.reload()
    await app.ready()
    await app.openFile('telco_churn.csv')
    await app.train()
    assert.match(await app.metric('roc_auc').textContent(), /0\.8[345]/)
    assert.deepEqual(await app.quiet(), [])
  } finally {
    await scene.close()
  }
})

test('a new version comes whole or not at all', async () => {
  const folder = deployed()
  appendFileSync(join(folder, 'page.css'), '\n/* version one */\n')
  fingerprints(folder)
  const scene = await stage({ folder })
  try {
    const app = await App.open(scene, { worker: true })
    const { page } = app
    assert.equal(await marked(page), 'one')
    // Half a deployment: a file is new, the list of fingerprints is not, and then the other way round.
    appendFileSync(join(folder, 'page.css'), '\n/* version two */\n')
    await page.reload()
    await app.ready()
    assert.equal(await marked(page), 'one')
    fingerprints(folder)
    rmSync(join(folder, 'kept.css'))
    const update = () => page.evaluate(async () => {
      const it = await navigator.serviceWorker.getRegistration()
      await it.update().catch(() => {})
      const coming = it.installing ?? it.waiting
      if (coming && coming.state === 'installing') await new Promise((resolve) => coming.addEventListener('statechange', resolve, { once: true }))
      return [it.waiting?.state ?? null, it.active.state]
    })
    assert.deepEqual(await update(), [null, 'activated'])
    cpSync(join(ROOT, 'dist/kept.css'), join(folder, 'kept.css'))
    assert.deepEqual(await update(), ['installed', 'activated'])
    // The page that is open stays what it is; the next one is the new one.
    await page.reload()
    await app.ready()
    assert.equal(await marked(page), 'one')
    const context = page.context()
    await page.goto('about:blank')
    await page.waitForTimeout(500)
    const next = await context.newPage()
    await next.goto(scene.url)
    await new App(next).ready()
    assert.match(await next.evaluate(() => fetch('./page.css').then((r) => r.text())), /version two/)
    assert.equal(await next.evaluate(async () => (await caches.keys()).length), 1)
  } finally {
    await scene.close()
  }
})
