// The result as one file: it opens without a network, says what the page says, and asks for nothing.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { App } from './pages.mjs'
import { data, stage } from './support.mjs'

let scene
before(async () => { scene = await stage() })
after(async () => { await scene?.close() })

for (const [lang, save, list] of [['en', 'Save report', 'Whom to contact'], ['zh-CN', '保存报告', '联系名单']]) {
  test(`telco: the report saved in ${lang} opens with the network off`, async () => {
    const app = await App.open(scene)
    await app.openFile('telco_churn.csv')
    await app.train()
    await app.page.evaluate((it) => document.querySelector('kept-insights').setAttribute('lang', it), lang)
    await app.page.locator(`.kept[lang="${lang}"]`).waitFor()
    const title = await app.heading().textContent()
    const download = await app.download(app.page.locator('.opening .acts').getByRole('button', { name: save }))
    const html = readFileSync(await download.path(), 'utf8')
    const file = join(mkdtempSync(join(tmpdir(), 'kept-')), 'report.html')
    writeFileSync(file, html)
    assert.match(download.suggestedFilename(), /\.html$/)

    const page = await app.page.context().newPage()
    const seen = []
    page.on('request', (r) => seen.push(r.url()))
    page.on('console', (m) => seen.push(m.text()))
    page.on('pageerror', (e) => seen.push(e.message))
    await page.context().setOffline(true)
    await page.goto(pathToFileURL(file).href)
    assert.deepEqual(seen, [pathToFileURL(file).href])
    assert.equal(await page.locator('html').getAttribute('lang'), lang)
    assert.equal(await page.locator('h1').textContent(), title)
    assert.ok(await page.locator('svg').count() > 10)
    assert.ok(await page.locator('h2, h3, summary, caption').filter({ hasText: list }).count() > 0, await page.locator('h2').allTextContents().then(String))
    assert.equal(await page.locator('script').count(), 0)
    if (process.env.SHOTS) await page.screenshot({ path: join(process.env.SHOTS, `report-${lang}.png`), fullPage: true })
    if (process.env.SHOTS) await page.pdf({ path: join(process.env.SHOTS, `report-${lang}.pdf`), format: 'A4' })
  })
}

test('a host page has the engine write a report, in a language nothing else was shown in', async () => {
  const { page, network } = await scene.open('host.html')
  const { html, again, scored, copied } = await page.evaluate(async (text) => {
    const { Engine } = await import('./kept.js')
    const engine = await Engine.open()
    const data = await engine.load(text, { name: 'telco <customers>' })
    const report = await engine.run('churn', { dataset: data.id, roles: { id: 'customerID', target: 'Churn' }, params: { learners: ['logistic'] } })
    const predictions = await engine.predict(report.model, data.id)
    const copied = await engine.report(structuredClone(report)).then(() => null, (e) => ({ name: e.name, code: e.code, param: e.param }))
    const out = { html: await engine.report(report, { lang: 'zh-Hans' }), again: await engine.report(report), scored: await engine.report(predictions, { lang: 'zh' }), copied }
    engine.close()
    return out
  }, readFileSync(data('telco_churn.csv'), 'utf8'))
  assert.deepEqual(copied, { name: 'KeptError', code: 'param', param: 'run' })
  assert.match(html, /<html lang="zh/)
  assert.match(again, /<html lang="en/)
  for (const file of [html, again, scored]) {
    assert.match(file, /telco &lt;customers&gt;/)
    assert.doesNotMatch(file, /telco <customers>|<script|\b(?:src|href)="(?!data:|#)/)
  }
  for (const words of ['联系名单', '模型卡']) assert.ok(html.includes(words), words)
  assert.match(scored, /<h1>[^<]*\p{Script=Han}/u)
  assert.ok(network().every((r) => !/telco|customer/i.test(r)))
})
