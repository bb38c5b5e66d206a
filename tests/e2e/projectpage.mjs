// Page object of projects: what a person does to have work remembered, and to go on with it.
import { App } from './pages.mjs'

export class Project {
  constructor(app) {
    this.app = app
    this.page = app.page
    this.dialog = this.page.locator('dialog.project')
    this.question = this.page.locator('dialog.ask')
  }
  /** A page of the app in the same browser as `other`, which shares its storage; or in a new one. */
  static async app(scene, other, path = '') {
    if (!other) return App.open(scene)
    const page = await other.page.context().newPage()
    const problems = []
    page.on('pageerror', (error) => problems.push(String(error)))
    await page.goto(new URL(path, scene.url).href)
    const app = new App(page)
    await app.ready()
    return Object.assign(app, { quiet: async () => problems })
  }
  element(what, argument) {
    return this.page.evaluate(([source, argument]) => new Function('element', 'argument', `return (${source})(element, argument)`)(document.querySelector('kept-insights'), argument), [String(what), argument])
  }
  async open() {
    if (!(await this.dialog.evaluate((d) => d.open))) await this.page.locator('.kept-state').click()
  }
  async close() { await this.dialog.locator(':scope > .inner > .acts button.primary').click() }
  status() { return this.page.locator('.kept-state').getAttribute('data-status') }
  waitFor(status) { return this.page.locator(`.kept-state[data-status="${status}"]`).waitFor({ timeout: 20000 }) }
  /** Until nothing waits to be saved. */
  async saved() {
    await this.page.waitForTimeout(700)
    await this.waitFor('saved')
  }
  async remember({ data = false, passphrase, name } = {}) {
    await this.open()
    await this.dialog.locator('label.check input').first().check()
    await this.waitFor('saved')
    if (data) await this.dialog.locator('label.check input').nth(1).check()
    if (name) {
      await this.dialog.locator('input[type=text]').first().fill(name)
      await this.dialog.locator('input[type=text]').first().press('Tab')
    }
    if (passphrase) await this.lock(passphrase)
    await this.saved()
    await this.close()
  }
  async lock(passphrase, again = passphrase) {
    const form = this.dialog.locator('form.passphrase')
    await form.locator('input').nth(0).fill(passphrase)
    await form.locator('input').nth(1).fill(again)
    await form.locator('button').click()
  }
  async stopRemembering() {
    await this.open()
    await this.dialog.locator('label.check input').first().uncheck()
    await this.waitFor('off')
    await this.close()
  }
  listed() { return this.page.locator('main ul.projects li') }
  async goOn(name, passphrase) {
    const row = this.listed().filter({ hasText: name })
    await row.locator('button[part=button]').click()
    if (passphrase !== undefined) await this.answer(passphrase)
  }
  async answer(passphrase) {
    await this.question.locator('input').fill(passphrase)
    await this.question.locator('button.primary').click()
  }
  wrong() { return this.question.locator('.wrong') }
  /** What the element holds, without what tells the language of a page. */
  state() { return this.element((element) => element.save()) }
  /** What lies in the database, as text of bytes and keys. */
  stored() {
    return this.page.evaluate(() => new Promise((done) => {
      const request = indexedDB.open('kept-projects')
      request.onerror = () => done([])
      request.onupgradeneeded = () => request.transaction.abort()
      request.onsuccess = async () => {
        const db = request.result
        const all = (store) => new Promise((ok) => { const r = db.transaction(store).objectStore(store).getAll(); r.onsuccess = () => ok(r.result) })
        const texts = [JSON.stringify(await all('projects'))]
        for (const part of await all('parts')) texts.push(await new Blob([part]).text())
        db.close()
        done(texts)
      }
    }))
  }
  /** Changes the bytes of a stored part. */
  alter(name, change) {
    return this.page.evaluate(([name, source]) => new Promise((done, fail) => {
      const change = new Function('bytes', `return (${source})(bytes)`)
      const request = indexedDB.open('kept-projects')
      request.onsuccess = () => {
        const store = request.result.transaction('parts', 'readwrite').objectStore('parts')
        const keys = store.getAllKeys()
        keys.onsuccess = () => {
          const key = keys.result.find((k) => k[1] === name)
          const got = store.get(key)
          got.onsuccess = () => { store.put(change(got.result), key).onsuccess = () => { request.result.close(); done() } }
        }
      }
      request.onerror = () => fail(request.error)
    }), [name, String(change)])
  }
}
/** A quick training through the element; the figures of the report. */
export const train = (project) => project.element(async (element) => {
  const report = await element.run('churn', { params: { learners: ['logistic'], cv: 3, n_repeats: 1 } })
  return report.metrics
})
