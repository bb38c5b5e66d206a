// The privacy dialog and the functions behind it tell what is so: policies, requests, refusals, the self-test.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { PAGE_POLICY } from '../../.ci/serve.mjs'
import { App } from './pages.mjs'
import { asFile, customers } from './recorder.mjs'
import { launch, stage } from './support.mjs'

let shared
before(async () => { shared = await launch() })
after(async () => { await shared?.close() })

const privacy = (page) => page.evaluate(() => document.querySelector('kept-insights').privacy())

for (const [lang, closed] of [['en-US', 'Every way out is refused, from the engine and from this page.'], ['zh-CN', '从引擎和本页面出发的所有途径都被拒绝。']]) {
  test(`the dialog in ${lang}: facts, policies, files, self-test, by keyboard`, async () => {
    const scene = await stage({ shared })
    try {
      const app = await App.open(scene, { lang })
      const { page } = app
      if (lang !== 'en-US') await page.evaluate((it) => document.querySelector('kept-insights').setAttribute('lang', it), lang)
      await page.locator(`.kept[lang="${lang === 'en-US' ? 'en' : lang}"]`).waitFor()
      const dialog = page.locator('dialog.privacy[open]')
      const fact = (name) => dialog.locator(`[data-fact="${name}"]`)
      const before = app.network().length
      await page.locator('.local').focus()
      await page.keyboard.press('Enter')
      await fact('requests').waitFor()
      assert.doesNotMatch(await fact('requests').textContent(), /\d/, 'no number before there are data')
      assert.ok(Number(await fact('loaded').textContent()) >= 15)
      assert.equal(await page.evaluate(() => document.querySelector('kept-insights').shadowRoot.activeElement.id), 'privacy-title')
      await page.keyboard.press('Escape')
      assert.equal(await dialog.count(), 0)
      assert.ok(await page.locator('.local').evaluate((it) => it.getRootNode().activeElement === it), 'the focus is back')

      await app.openFile(asFile(customers()))
      await page.locator('.local').click()
      await page.waitForFunction(() => document.querySelector('kept-insights').shadowRoot.querySelector('[data-fact="requests"]')?.textContent === '0')
      assert.equal(await fact('refusals').textContent(), '0')
      await dialog.locator('.policies > summary').click()
      assert.equal(await dialog.locator('[data-places~="page"]').first().textContent(), PAGE_POLICY)
      assert.match(await dialog.locator('[data-places~="room"]').last().textContent(), /connect-src 'none'; form-action 'none'/)
      await dialog.locator('.loaded > summary').click()
      const files = await dialog.locator('.loaded tbody tr').evaluateAll((rows) => rows.map((row) => [...row.children].map((c) => c.textContent)))
      assert.ok(files.some(([time, address, kind, , size]) => /^\d\d:\d\d:\d\d$/.test(time) && address.endsWith('/page_bg.wasm') && kind === 'fetch' && /[\d.]+\s(KB|MB)/.test(size)), JSON.stringify(files.slice(0, 4)))
      assert.equal(await dialog.locator('.loaded tr.late').count(), 0)

      await dialog.locator('.self-test button').focus()
      await page.keyboard.press('Enter')
      await dialog.locator('.verdict').waitFor({ timeout: 30000 })
      assert.equal(await dialog.locator('.verdict').textContent(), closed)
      assert.equal(await dialog.locator('.tries td[data-outcome="refused"] code').count(), 16)
      assert.equal(await fact('requests').textContent(), '0', 'its own attempts are not counted')
      assert.equal(await fact('refusals').textContent(), '0')
      assert.match(await dialog.locator('a').getAttribute('href'), /\/licences\.txt$/)
      assert.equal(app.network().slice(before).filter((url) => !url.endsWith('/texts/zh.txt') && !url.includes('kept-self-test.invalid')).length, 0)
    } finally {
      await scene.close()
    }
  })
}

test('a request after the data came in is counted and shown, and so is a refusal', async () => {
  const scene = await stage({ shared })
  try {
    const app = await App.open(scene)
    const { page } = app
    const first = await privacy(page)
    assert.deepEqual([first.room, first.requests_since_data, first.data_since, first.missing], ['sealed', null, null, []])
    await app.openFile(asFile(customers()))
    assert.equal((await privacy(page)).requests_since_data, 0)
    await page.evaluate(() => fetch('./page.css').then((r) => r.text()))
    await page.evaluate(() => fetch('https://elsewhere.invalid/').catch(() => {}))
    await page.waitForTimeout(200)
    const report = await privacy(page)
    assert.equal(report.requests_since_data, 1)
    assert.ok(report.resources.some((r) => r.since_data && r.where === 'page' && r.url.endsWith('/page.css') && r.kind === 'fetch'))
    const [refused] = report.violations.filter((v) => v.since_data && !v.self_test)
    assert.deepEqual([refused.where, refused.directive, refused.blocked], ['page', 'connect-src', 'https://elsewhere.invalid/'])
    await page.locator('.local').click()
    const fact = (name) => page.locator(`dialog [data-fact="${name}"]`)
    await page.waitForFunction(() => document.querySelector('kept-insights').shadowRoot.querySelector('[data-fact="requests"]')?.textContent === '1')
    assert.equal(await fact('refusals').textContent(), '1')
    assert.equal(await page.locator('.loaded tr.late').count(), 1)
  } finally {
    await scene.close()
  }
})

test('what tries to get out of the engine itself is refused, and told', async () => {
  const scene = await stage({ shared, policy: null })
  try {
    const it = await scene.open('host.html')
    await new App(it.page).ready()
    const engine = it.page.workers().find((worker) => worker.url().startsWith('blob:'))
    const came = await engine.evaluate(() => fetch('https://elsewhere.invalid/data').then(() => 'went', () => 'refused'))
    assert.equal(came, 'refused')
    const { violations, policies } = await privacy(it.page)
    assert.deepEqual(violations.map((v) => [v.where, v.directive, v.blocked, v.self_test]), [['engine', 'connect-src', 'https://elsewhere.invalid/data', false]])
    assert.ok(policies.some((p) => p.where === 'engine' && p.source === 'refusal' && p.policy.includes("connect-src 'none'")))
  } finally {
    await scene.close()
  }
})

test('on a page without a policy the dialog says what the engine refuses and the page does not', async () => {
  const scene = await stage({ shared, policy: null })
  try {
    const it = await scene.open('host.html')
    await new App(it.page).ready()
    await it.page.locator('.local').click()
    await it.page.locator('.self-test button').click()
    await it.page.locator('.verdict').waitFor({ timeout: 40000 })
    assert.match(await it.page.locator('.verdict').textContent(), /^The engine has no way out\. This page itself has no policy that refuses 8 of 8 ways/)
    assert.equal(await it.page.locator('.tries td:nth-child(2)[data-outcome="refused"]').count(), 8)
    assert.equal(await it.page.locator('.tries td:nth-child(3)[data-outcome="open"]').count(), 8)
  } finally {
    await scene.close()
  }
})

test('where the browser enforces no policy, the self-test finds the engine open and warns', async () => {
  const scene = await stage({ shared, policy: null })
  try {
    const it = await scene.open('host.html', { css: true })
    await new App(it.page).ready()
    await it.page.locator('.local').click()
    await it.page.locator('.self-test button').click()
    await it.page.locator('.verdict[data-verdict="bad"]').waitFor({ timeout: 40000 })
    assert.match(await it.page.locator('.verdict').textContent(), /^8 of 8 ways out of the engine are not refused/)
    assert.equal(await it.page.locator('.tries td[data-outcome="open"]').count(), 16)
  } finally {
    await scene.close()
  }
})

test('where the engine is a worker from a URL, its server\'s policy is found by trying', async () => {
  const scene = await stage({ shared, policy: PAGE_POLICY.replace(' blob:', '') })
  try {
    const app = await App.open(scene)
    const before = scene.requests.length
    const { rows, report } = await app.page.evaluate(() => document.querySelector('kept-insights').selfTest())
    assert.equal(report.room, 'url')
    assert.deepEqual(rows.filter((r) => r.where === 'room'), [])
    const outcomes = Object.fromEntries(rows.filter((r) => r.where === 'engine').map((r) => [r.way, r.outcome]))
    assert.deepEqual(outcomes, { fetch: 'refused', xhr: 'refused', beacon: 'absent', socket: 'refused', image: 'absent', form: 'absent', worker: 'refused', script: 'refused' })
    assert.match(report.policies.find((p) => p.where === 'engine').policy, /^default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'none'/)
    assert.equal(scene.requests.length, before)
  } finally {
    await scene.close()
  }
})
