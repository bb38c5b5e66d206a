// Every screen, one after the other: for accessibility checks and for pictures.
import { App } from './pages.mjs'

/** Visits each screen and calls `look(name, app)` on it. */
export async function everyScreen(scene, options, look) {
  const app = await App.open(scene, options)
  if (options.chinese) await app.page.evaluate(() => document.querySelector('kept-insights').setAttribute('lang', 'zh-CN'))
  await app.page.waitForTimeout(100)
  await look('start', app)
  await app.useDemo()
  await look('data', app)
  await app.go('prepare')
  await app.page.locator('.recipe li').first().waitFor()
  await look('prepare', app)
  await app.go('churn')
  await look('churn-form', app)
  await app.moreSettings()
  await app.page.locator('.member > summary').last().click()
  await look('churn-settings', app)
  await app.moreSettings()
  await app.train()
  await app.page.waitForTimeout(200)
  await look('churn-result', app)
  await app.go('predict')
  await look('predict-ready', app)
  await app.scoreOpenFile()
  await app.page.waitForTimeout(200)
  await look('predict-done', app)
  await app.page.locator('.local').click()
  await look('privacy', app)
  await app.page.keyboard.press('Escape')
  await app.go('data')
  await app.page.locator('main input[type=file]').first().setInputFiles({ name: 'empty.csv', mimeType: 'text/csv', buffer: Buffer.from('') })
  await app.failure().waitFor()
  await look('error', app)
  return app
}
