import { App } from './pages.mjs'
import { stage } from './support.mjs'
import { mkdirSync } from 'node:fs'
mkdirSync('/tmp/main/shots', { recursive: true })
const [theme = 'light', lang = 'en', width = '1280'] = process.argv.slice(2)
const scene = await stage()
const app = await App.open(scene, { theme, width: +width, chinese: lang === 'zh' })
const { page } = app
page.on('console', (m) => ['error', 'warning'].includes(m.type()) && console.log('console', m.text()))
page.on('pageerror', (e) => console.log('pageerror', e.message))
if (lang === 'zh') await page.evaluate(() => document.querySelector('kept-insights').setAttribute('lang', 'zh-CN'))
const shot = async (name) => { await page.waitForTimeout(400); await page.screenshot({ path: `/tmp/main/shots/${theme}-${lang}-${width}-${name}.png`, fullPage: true }); console.log(name) }
await app.openFile('telco_churn.csv')
await app.train()
await shot('result')
await app.go('overview')
await page.locator('.strip').waitFor({ timeout: 60000 }).catch(async () => { await shot('overview-fail'); throw new Error('no overview') })
await shot('overview')
await app.go('actions')
await page.locator('.window tbody tr:not(.gap)').first().waitFor({ timeout: 60000 })
await shot('actions')
await page.locator('.window .open').first().click()
await page.locator('.what-if .controls').waitFor({ timeout: 60000 })
await shot('customer')
await scene.close()
