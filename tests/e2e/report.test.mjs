// The result as one file: it opens without a network, says what the page says, and asks for nothing.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { App } from './pages.mjs'
import { stage } from './support.mjs'

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
