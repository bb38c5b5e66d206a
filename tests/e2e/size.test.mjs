// What a person downloads: the limits of the modules, and no language but the one that is shown.
import assert from 'node:assert/strict'
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { App } from './pages.mjs'
import { ROOT, stage } from './support.mjs'

let scene
before(async () => { scene = await stage() })
after(async () => { await scene?.close() })

// What was promised for the engine is 1,200 KB: `make bench` says MISS until it is there again. This keeps it from growing further.
const LIMITS = { page: 350_000, findings: 450_000, engine: 1_220_000, studies: 1_200_000 }

for (const [name, limit] of Object.entries(LIMITS)) {
  test(`the ${name}'s module is at most ${limit / 1000} KB gzip`, () => {
    const size = gzipSync(readFileSync(join(ROOT, 'dist', `${name}_bg.wasm`)), { level: 9 }).length
    assert.ok(size <= limit, `${size} bytes`)
  })
}

test('the first screen takes at most 600 KB gzip, and no file is larger than 4 MB', () => {
  const first = ['index.html', 'app.js', 'kept.js', 'errors.js', 'options.js', 'sources.js', 'privacy.js', 'projects.js', 'shelf.js', 'vault.js', 'page.js', 'page_bg.wasm', 'page.css', 'kept.css', 'charts.css', 'icon.svg', 'texts/en.txt']
  const read = (name) => readFileSync(join(ROOT, 'dist', name))
  const total = first.reduce((sum, name) => sum + gzipSync(read(name), { level: 9 }).length, 0)
  assert.ok(total <= 600_000, `${total} bytes`)
  for (const name of readdirSync(join(ROOT, 'dist'))) assert.ok(statSync(join(ROOT, 'dist', name)).size < 4_000_000, name)
})

const languages = (app) => app.network().map((url) => new URL(url).pathname).filter((path) => path.startsWith('/texts/'))

test('a language is fetched when it is shown, once', async () => {
  const app = await App.open(scene)
  assert.deepEqual(languages(app), ['/texts/en.txt'])
  const pick = app.page.locator('.switches select').first()
  for (const lang of ['zh-CN', 'en', 'zh-CN']) {
    await pick.selectOption(lang)
    await app.page.locator(`.kept[lang="${lang}"]`).waitFor()
  }
  assert.equal(await pick.inputValue(), 'zh-CN')
  assert.match(await app.heading().textContent(), /[\u4e00-\u9fff]/)
  assert.deepEqual(languages(app), ['/texts/en.txt', '/texts/zh.txt'])
})

test('a language that cannot be had is said, and the one before stays; asked once more, it comes', async () => {
  const app = await App.open(scene)
  await app.page.evaluate(() => {
    window.codes = []
    document.querySelector('kept-insights').addEventListener('kept-error', (e) => window.codes.push(e.detail.code))
  })
  let answer = (route) => route.abort()
  await app.page.route('**/texts/zh.txt', (route) => answer(route))
  const pick = app.page.locator('.switches select').first()
  const alert = app.page.locator('.switches [role=alert]')
  const refused = async () => {
    await pick.selectOption('zh-CN')
    await alert.waitFor()
    assert.match(await alert.textContent(), /could not be loaded/)
    assert.equal(await pick.inputValue(), 'en')
    assert.equal(await app.page.locator('.kept').getAttribute('lang'), 'en')
  }
  await refused()
  assert.deepEqual(await app.page.evaluate(() => window.codes), ['language'])
  // A file of another build has other keys.
  const texts = readFileSync(join(ROOT, 'dist/texts/zh.txt'), 'utf8')
  answer = (route) => route.fulfill({ contentType: 'text/plain', body: texts.replace('text app_name|', 'text app_title|') })
  await refused()
  answer = (route) => route.continue()
  await pick.selectOption('zh-CN')
  await app.page.locator('.kept[lang="zh-CN"]').waitFor()
  assert.equal(await alert.count(), 0)
})
