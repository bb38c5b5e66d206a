// Page objects: what a person does, in words, so that tests do not know the markup.
import { data } from './support.mjs'

export class App {
  constructor(page) {
    this.page = page
    this.host = page.locator('kept-insights')
  }
  static async open(scene, options = {}) {
    const it = await scene.open('', options)
    const app = new App(it.page)
    await app.ready()
    return Object.assign(app, { quiet: it.quiet, network: it.network })
  }
  async ready() {
    await this.page.waitForFunction(() => document.querySelector('kept-insights')?.engine, null, { timeout: 30000 })
  }
  heading() { return this.page.locator('h1') }
  step(name) { return this.page.locator(`[data-step="${name}"]`) }
  async go(name) {
    await this.step(name).click()
    await this.page.locator(`[data-step="${name}"][aria-current]`).waitFor()
  }
  async drop(path) {
    // The chooser behind the button; dropping goes the same way from there on.
    await this.page.locator('main input[type=file]').first().setInputFiles(path)
  }
  async openFile(name) {
    await this.drop(typeof name !== 'string' || name.includes('/') ? name : data(name))
    await this.page.locator('.columns > table:not([aria-busy])').waitFor({ timeout: 60000 })
  }
  role(name) { return this.page.locator(`[data-role="${name}"] select`) }
  async useDemo() {
    await this.page.locator('main section.card.w4 button').click()
    await this.page.locator('.columns > table:not([aria-busy])').waitFor({ timeout: 60000 })
  }
  async train() {
    await this.go('churn')
    await this.page.locator('.opening button.primary').click()
    await this.page.locator('.leaderboard').waitFor({ timeout: 120000 })
  }
  /** The field of a parameter of the analysis, or of another form. */
  field(name, form = this.page.locator('.settings')) { return form.locator(`[data-param="${name}"]`).first() }
  async setNumber(name, value, form) {
    const input = this.field(name, form).locator('input')
    await input.fill(String(value))
    await input.press('Tab')
  }
  models() { return this.page.locator('.settings .checks.explained label.check') }
  /** Names of the models that are checked. */
  async chosenModels() {
    return this.models().evaluateAll((all) => all.filter((m) => m.querySelector('input').checked).map((m) => m.querySelector('span').firstChild.textContent))
  }
  async chooseModels(names) {
    for (const model of await this.models().all()) {
      const name = await model.evaluate((m) => m.querySelector('span').firstChild.textContent)
      await model.locator('input').setChecked(names.includes(name))
    }
  }
  async moreSettings() { await this.page.locator('.more > summary').click() }
  async startTraining() { await this.page.locator('.opening button.primary').click() }
  /** Heads and rows of a folded table of the report. */
  async table(key) {
    const table = this.page.locator(`[data-table="${key}"]`)
    await table.locator('summary').click()
    await table.locator('tbody tr').first().waitFor()
    return {
      heads: await table.locator('thead th').evaluateAll((cells) => cells.map((c) => c.textContent.trim())),
      rows: await table.locator('tbody tr').evaluateAll((rows) => rows.map((row) => [...row.children].map((c) => c.textContent.trim()))),
    }
  }
  async leaderboard() {
    return this.page.locator('.leaderboard tbody tr').evaluateAll((rows) => rows.map((row) => [...row.children].map((c) => c.textContent.trim())))
  }
  metric(key) { return this.page.locator(`.strip [data-metric="${key}"] .num`) }
  figure(name) { return this.page.locator(`[data-figure="${name}"]`) }
  async scoreOpenFile() {
    await this.go('predict')
    await this.page.locator('.score-open').click()
    await this.page.locator('.predictions').waitFor({ timeout: 60000 })
  }
  async scoreFile(path) {
    await this.go('predict')
    await this.drop(path)
  }
  async download(button) {
    const [download] = await Promise.all([this.page.waitForEvent('download'), button.click()])
    return download
  }
  failure() { return this.page.locator('.card.bad') }
}
