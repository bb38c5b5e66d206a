// Work that is remembered: on this device, under a passphrase, in a file; and what happens where it cannot be.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { checksum } from '../../www/vault.js'
import { App } from './pages.mjs'
import { Project, train } from './projectpage.mjs'
import { ROOT, stage } from './support.mjs'

const PASSPHRASE = 'correct horse battery staple'
let scene
before(async () => { scene = await stage() })
after(async () => { await scene?.close() })
const folder = mkdtempSync(join(tmpdir(), 'kept-'))

/** A page with the demo's data, roles changed, a model and a note. */
async function worked() {
  const app = await Project.app(scene)
  const project = new Project(app)
  await app.useDemo()
  return { app, project, metrics: await train(project) }
}
const withoutStep = ({ step, ...rest }) => rest
const reopened = async (app) => {
  await app.page.reload()
  await app.ready()
}
/** Bytes with one changed and the checksum made right again. */
function forged(bytes, at) {
  const all = Uint8Array.from(bytes)
  all[at < 0 ? all.length + at : at] ^= 1
  new DataView(all.buffer).setUint32(all.length - 4, checksum(all.subarray(0, -4)), true)
  return all
}

test('nothing is stored before the person says so; then a reload brings everything back, and a second run is the same', async () => {
  const { app, project, metrics } = await worked()
  await app.page.waitForTimeout(1000)
  assert.deepEqual(await app.page.evaluate(() => indexedDB.databases().then((all) => all.length ? 'some' : 'none')).then(async () => (await project.stored()).join('')), '[]')
  assert.equal(await project.status(), 'off')
  const before = app.network().length
  await project.remember({ data: true, name: 'Spring' })
  await app.go('prepare')
  await app.page.locator('.recipe li').first().waitFor()
  await app.page.locator('.recipe li[data-kind="standardize"] input[type=checkbox]').first().uncheck()
  await app.go('overview')
  await app.page.locator('.bands.ways-in').first().waitFor()
  await app.go('predict')
  await project.saved()
  assert.equal(app.network().length, before, 'no request')
  const state = await project.state()
  assert.ok(state.recipe.steps.some((s) => !s.enabled))

  await reopened(app)
  assert.equal(await project.listed().count(), 1)
  assert.match(await project.listed().textContent(), /Spring.*with data/)
  await project.goOn('Spring')
  await project.waitFor('saved')
  await app.page.locator('.card.model').waitFor()
  assert.deepEqual(await project.state(), state)
  assert.equal(await app.page.locator('.versions tbody tr').count(), 1)
  assert.match(await app.page.locator('.versions tbody tr').textContent(), /in use/)
  await app.go('churn')
  await app.metric('roc_auc').waitFor()
  assert.equal(await app.metric('roc_auc').textContent(), metrics.roc_auc.toFixed(3))
  assert.deepEqual(await app.quiet(), [])

  // The same run on the same choices gives the same figures: the suggested recipe, as in the first one.
  await project.element((element, state) => element.restore(state), { ...state, recipe: null })
  assert.deepEqual(await train(project), metrics)
  await project.saved()
  await app.go('predict')
  assert.equal(await app.page.locator('.versions tbody tr').count(), 2)
})

test('without the data, the choices wait for the file and hold; the model is there', async () => {
  const { app, project } = await worked()
  const kind = await app.page.evaluate(() => document.querySelector('kept-insights').save().roles)
  await project.remember({ name: 'No rows' })
  const state = await project.state()
  const rows = (await app.page.evaluate(async () => new TextDecoder().decode(await document.querySelector('kept-insights').engine.demo()))).split('\n')
  const id = rows[7].split(',')[0]
  assert.ok(id.length > 3)
  assert.ok((await project.stored()).every((text) => !text.includes(id)), 'no customer')
  await reopened(app)
  await project.goOn('No rows')
  await project.waitFor('saved')
  await project.saved()
  // Saved meanwhile, with nothing lost.
  await reopened(app)
  await project.goOn('No rows')
  await project.waitFor('saved')
  assert.match(await app.page.locator('main .card.note').first().textContent(), /No rows.*Choose the file/s)
  assert.deepEqual((await project.state()).roles, kind)
  await app.useDemo()
  assert.deepEqual(withoutStep(await project.state()), withoutStep(state))
  await app.scoreOpenFile()
})

test('encrypted: nothing readable is stored; wrong passphrase, altered and damaged bytes are told apart', async () => {
  const { app, project } = await worked()
  await project.open()
  await project.dialog.locator('label.check input').first().check()
  await project.waitFor('saved')
  await project.lock('short')
  assert.match(await project.dialog.locator('.wrong').textContent(), /at least 8/)
  await project.lock(PASSPHRASE, 'another thing')
  assert.match(await project.dialog.locator('.wrong').textContent(), /not the same/)
  await project.dialog.locator('label.check input').nth(1).check()
  await project.saved()
  assert.ok((await project.stored()).some((text) => text.includes('logistic')))
  await project.lock(PASSPHRASE)
  await project.page.locator('dialog.project', { hasText: 'Encrypted with your passphrase' }).waitFor()
  await project.saved()
  await project.close()
  const stored = await project.stored()
  assert.ok(stored.length > 3)
  for (const word of ['logistic', 'KEPTMODL', 'roles', PASSPHRASE]) assert.ok(stored.every((text) => !text.includes(word)), word)
  const state = await project.state()

  await reopened(app)
  const name = (await project.listed().locator('.name').textContent()).trim()
  assert.match(await project.listed().textContent(), /encrypted/)
  await project.goOn(name, 'wrong horse')
  await project.wrong().waitFor()
  assert.match(await project.wrong().textContent(), /passphrase is wrong, or the content was altered/)
  assert.equal(await app.heading().textContent(), 'Find out which customers are likely to leave, and why')
  await project.answer(PASSPHRASE)
  await project.waitFor('saved')
  assert.deepEqual(await project.state(), state)

  // Damage has a word of its own, before any passphrase is of use.
  await project.saved()
  await project.alter('project', (bytes) => bytes.slice(0, -7))
  await reopened(app)
  await project.goOn(name, PASSPHRASE)
  await app.failure().waitFor()
  assert.equal(await app.failure().getAttribute('data-code'), 'damaged')
})

test('changes are there after the tab is killed and after the engine crashes', async () => {
  const { app, project } = await worked()
  await project.remember({ data: true, name: 'Crash' })
  await app.go('prepare')
  await app.page.locator('.recipe li').first().waitFor()
  await app.page.locator('.recipe li[data-kind="standardize"] input[type=checkbox]').first().uncheck()
  await project.saved()
  const state = await project.state()
  // The whole renderer goes, without a word to the page.
  const next = await Project.app(scene, app, 'host.html')
  const session = await app.page.context().newCDPSession(app.page)
  const crashed = new Promise((done) => app.page.once('crash', done))
  session.send('Page.crash').catch(() => {})
  await crashed
  await next.page.goto(scene.url)
  await next.ready()
  const again = new Project(next)
  await again.goOn('Crash')
  await again.waitFor('saved')
  assert.deepEqual(await again.state(), state)
  // A cancelled run ends the engine: everything is given to the next one.
  await again.element(async (element) => {
    const run = element.run('churn', { params: { learners: ['forest'], cv: 5 } }).catch((e) => e.code)
    await new Promise((done) => setTimeout(done, 200))
    element.cancel()
    return run
  })
  assert.ok((await train(again)).roc_auc > 0.6)
  await again.saved()
})

/** The engine's worker; from its next message on it is dead, as after a panic. */
async function kill(app) {
  const engine = app.page.workers().findLast((worker) => worker.url().startsWith('blob:'))
  await engine.evaluate(() => self.keptPort.addEventListener('message', () => { throw new Error('killed') }))
}

test('an engine that dies while a project is open, or is being opened: nothing of it is lost', async () => {
  const { app, project, metrics } = await worked()
  await project.remember({ data: true, name: 'Killed' })
  // Roles taken away and given again stand in another order.
  const choices = async () => {
    const { step, roles, ...rest } = await project.state()
    return { ...rest, roles: roles.toSorted() }
  }
  const state = await choices()
  await kill(app)
  const code = await project.element((element) => element.run('churn', { params: { learners: ['forest'], cv: 5 } }).then(() => 'done', (error) => error.code))
  assert.equal(code, 'crashed')
  assert.deepEqual(await choices(), state)
  // Choices made with no engine are saved, and the next one has the data and the model.
  await app.go('data')
  await app.role('value').selectOption('')
  await project.saved()
  await app.role('value').selectOption(state.roles.find(([role]) => role === 'Value')[1])
  await project.saved()
  await app.go('predict')
  await app.scoreOpenFile()
  assert.deepEqual(await train(project), metrics)
  await project.element(async (element) => {
    while ((await element.projects())[0].models < 2) await new Promise((done) => setTimeout(done, 50))
  })

  await reopened(app)
  await kill(app)
  const opened = await project.element(async (element) => {
    const [{ id }] = await element.projects()
    return element.openProject(id).then(() => 'done', (error) => error.code)
  })
  assert.match(opened, /^(done|crashed)$/)
  if (opened === 'crashed') {
    assert.equal(await project.status(), 'off', 'what is half open is not written over the whole')
    await project.element(async (element) => { await element.openProject((await element.projects())[0].id) })
  }
  await project.waitFor('saved')
  assert.deepEqual(await choices(), state)
  await app.go('predict')
  await app.page.locator('.versions tbody tr').nth(1).waitFor()
})

test('storage that another tab keeps closed is told, to the host as well, and saving goes on when it is free', async () => {
  const { app, project } = await worked()
  await project.remember({ name: 'Waiting' })
  const other = await app.page.context().newPage()
  await other.goto(new URL('icon.svg', scene.url).href)
  await project.element((element) => {
    window.told = []
    element.addEventListener('kept-error', ({ detail }) => window.told.push(detail.code))
  })
  // It holds on to the old version while a new one waits, and does not hear that it should not.
  await other.evaluate(() => new Promise((done) => {
    const held = indexedDB.open('kept-projects')
    held.onsuccess = () => {
      const next = indexedDB.open('kept-projects', held.result.version + 1)
      next.onblocked = done
    }
  }))
  await app.go('data')
  await app.role('value').selectOption('')
  await project.waitFor('failed')
  const note = app.page.locator('main .card.note[data-saving="failed"]')
  assert.equal(await note.getAttribute('data-code'), 'blocked')
  assert.match(await note.textContent(), /Another tab of this site.*Nothing is lost/s)
  assert.deepEqual(await app.page.evaluate(() => window.told), ['blocked'])
  await other.close()
  await app.role('target').selectOption('')
  await project.waitFor('saved')
  assert.equal(await note.count(), 0)
  assert.deepEqual(await app.page.evaluate(() => window.told), ['blocked'])
})

test('two tabs: the second is told, reads, takes over; the first stops saving and keeps its work as another project', async () => {
  const { app, project } = await worked()
  await project.remember({ data: true, name: 'Shared' })
  const other = await Project.app(scene, app)
  const second = new Project(other)
  await second.goOn('Shared')
  await second.question.locator('h2', { hasText: 'open in another tab' }).waitFor()
  await second.question.locator('button.primary').click()
  await second.waitFor('readonly')
  assert.match(await other.page.locator('main .card.note[data-saving]').textContent(), /not saved/)
  assert.deepEqual(withoutStep(await second.state()), withoutStep(await project.state()))
  const revisions = () => second.page.evaluate(() => new Promise((done) => {
    const request = indexedDB.open('kept-projects')
    request.onsuccess = () => { const all = request.result.transaction('projects').objectStore('projects').getAll(); all.onsuccess = () => { request.result.close(); done(all.result.map((p) => [p.name, p.revision])) } }
  }))
  const revision = await revisions()
  await other.go('data')
  await other.role('value').selectOption('')
  await other.page.waitForTimeout(900)
  assert.deepEqual(await revisions(), revision, 'a reader saves nothing')

  await other.page.locator('main .card.note[data-saving] button', { hasText: 'Take over' }).click()
  await second.waitFor('saved')
  await project.waitFor('taken')
  assert.match(await app.page.locator('main .card.note[data-saving]').textContent(), /Saving stopped here/)
  await app.go('data')
  await app.role('value').selectOption('')
  await app.page.waitForTimeout(900)
  assert.deepEqual(await project.status(), 'taken')
  await app.page.locator('main .card.note[data-saving] button', { hasText: 'project of its own' }).click()
  await project.waitFor('saved')
  assert.equal((await revisions()).length, 2)
  // Deleting it in one tab is no reason to write it anew from the other.
  await other.go('data')
  const ids = await second.element((element) => element.projects())
  await project.element((element, id) => element.deleteProject(id), ids.toSorted((a, b) => a.created - b.created)[0].id)
  await other.role('target').selectOption('')
  await second.waitFor('taken')
})

test('where there are no locks, the other tab is asked, and what it wrote is not written over', async () => {
  const first = await scene.open('icon.svg')
  await first.page.context().addInitScript(() => { Object.defineProperty(navigator, 'locks', { value: undefined }) })
  await first.page.goto(scene.url)
  const app = new App(first.page)
  await app.ready()
  const project = new Project(app)
  await app.useDemo()
  await project.remember({ data: true, name: 'No locks' })
  const other = await Project.app(scene, app)
  const second = new Project(other)
  await second.goOn('No locks')
  await second.question.locator('h2', { hasText: 'open in another tab' }).waitFor()
  await second.question.locator('button', { hasText: 'Take over' }).click()
  await second.waitFor('saved')
  await project.waitFor('taken')
  // A tab that heard nothing finds another revision, and leaves it.
  await second.page.evaluate(() => new Promise((done) => {
    const request = indexedDB.open('kept-projects')
    request.onsuccess = () => {
      const store = request.result.transaction('projects', 'readwrite').objectStore('projects')
      store.getAll().onsuccess = ({ target }) => { store.put({ ...target.result[0], revision: 999 }).onsuccess = () => { request.result.close(); done() } }
    }
  }))
  await other.role('value').selectOption('')
  await second.waitFor('taken')
})

test('a full disk is said in words, nothing is lost, and saving goes on when there is room', async () => {
  const { app, project } = await worked()
  const session = await app.page.context().newCDPSession(app.page)
  await session.send('Storage.overrideQuotaForOrigin', { origin: new URL(scene.url).origin, quotaSize: 1000 })
  await project.element((element) => {
    window.told = []
    element.addEventListener('kept-error', ({ detail }) => window.told.push([detail.code, detail.message]))
  })
  await project.open()
  await project.dialog.locator('label.check input').first().check()
  await project.waitFor('failed')
  await project.close()
  const note = app.page.locator('main .card.note[data-saving="failed"]')
  assert.equal(await note.getAttribute('data-code'), 'quota')
  assert.match(await note.textContent(), /not enough room.*Nothing is lost/s)
  const told = await app.page.evaluate(() => window.told)
  assert.deepEqual(told.map(([code]) => code), ['quota'], 'the host is told once')
  assert.match(told[0][1], /not enough room/)
  const file = await app.download(note.getByRole('button', { name: 'Save project file' }))
  assert.match(file.suggestedFilename(), /\.kept$/)
  assert.ok(readFileSync(await file.path()).length > 1000)
  await session.send('Storage.overrideQuotaForOrigin', { origin: new URL(scene.url).origin })
  await app.go('data')
  await app.role('value').selectOption('')
  await project.waitFor('saved')
  assert.equal(await note.count(), 0)
})

test('in a sandboxed frame, where nothing may be stored, work goes on and a project file holds it', async () => {
  const place = mkdtempSync(join(tmpdir(), 'kept-'))
  symlinkSync(join(ROOT, 'dist'), join(place, 'kept'))
  writeFileSync(join(place, 'inner.html'), '<!doctype html><html lang="en"><meta charset="utf-8"><title>Inner</title><script type="module" src="kept/kept.js"></script><kept-insights lang="en"></kept-insights></html>')
  writeFileSync(join(place, 'index.html'), '<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,"><title>Host</title><iframe sandbox="allow-scripts" src="inner.html" width="1000" height="800"></iframe></html>')
  const boxed = await stage({ folder: place, policy: null })
  try {
    const it = await boxed.open()
    const frame = it.page.frames().find((f) => f.url().endsWith('inner.html'))
    await frame.waitForFunction(() => document.querySelector('kept-insights')?.engine, null, { timeout: 30000 })
    const said = await frame.evaluate(async () => {
      const element = document.querySelector('kept-insights')
      await element.load(await element.engine.demo())
      const root = element.shadowRoot
      const listed = await element.projects().catch((e) => [e.name, e.code, e.message])
      const failures = []
      element.addEventListener('kept-error', ({ detail }) => failures.push([detail.code, detail.message]))
      root.querySelector('.kept-state').click()
      const remember = () => root.querySelector('dialog.project label.check input')
      while (!remember()) await new Promise((done) => setTimeout(done, 20))
      remember().click()
      await new Promise((done) => setTimeout(done, 1500))
      const note = root.querySelector('main .card.note[data-saving]')
      const bytes = await element.exportProject()
      await element.importProject(bytes)
      return { failures, listed, status: root.querySelector('.kept-state').dataset.status, code: note?.dataset.code, text: note?.textContent, size: bytes.length, roles: element.save().roles.length }
    })
    assert.deepEqual(said.listed.slice(0, 2), ['KeptError', 'storage'])
    assert.equal(said.code, 'storage')
    assert.match(said.text, /Nothing is lost/)
    assert.deepEqual(said.failures.map(([code]) => code), ['storage'], 'told once')
    assert.match(said.failures[0][1], /does not let the page store/)
    assert.ok(said.size > 200 && said.roles > 0, JSON.stringify(said))
    assert.deepEqual(await it.quiet(), [])
  } finally {
    await boxed.close()
  }
})

test('the project file: written and read again, locked and not; what cannot be opened says why and changes nothing', async () => {
  const { app, project } = await worked()
  await project.open()
  const form = project.dialog.locator('form.project-file')
  await form.locator('input[type=password]').fill(PASSPHRASE)
  await form.locator('input[type=checkbox]').check()
  const saved = await app.download(form.locator('button'))
  const bytes = readFileSync(await saved.path())
  assert.ok(!bytes.includes('logistic') && !bytes.includes(PASSPHRASE))
  await project.close()
  const state = await project.state()

  const fresh = await Project.app(scene)
  const there = new Project(fresh)
  const offer = async (name, content) => {
    const path = join(folder, name)
    writeFileSync(path, content)
    await fresh.drop(path)
  }
  const refused = async (code) => {
    await fresh.page.locator(`.card.bad[data-code="${code}"]`).waitFor()
    await fresh.page.locator(`.card.bad[data-code="${code}"] button`).click()
  }
  await offer('short.kept', bytes.subarray(0, bytes.length - 20))
  await refused('damaged')
  const newer = Uint8Array.from(bytes)
  newer[8] = 9
  await offer('newer.kept', newer)
  await refused('newer')
  await offer('altered.kept', forged(bytes, -200))
  await there.answer(PASSPHRASE)
  await there.wrong().waitFor()
  await there.page.keyboard.press('Escape')
  assert.equal(await there.state().then((s) => s.roles.length), 0)
  await offer('mine.kept', bytes)
  await there.answer('wrong one')
  await there.wrong().waitFor()
  await there.answer(PASSPHRASE)
  await fresh.page.locator('.columns > table, .leaderboard, .card.model').first().waitFor({ timeout: 30000 })
  await fresh.page.waitForFunction(() => document.querySelector('kept-insights').save().roles.length > 0)
  assert.deepEqual(withoutStep(await there.state()), withoutStep(state))
  assert.equal(await there.status(), 'off', 'opening a file stores nothing')

  // The same by methods, with typed errors.
  const codes = await there.element(async (element, all) => {
    const bytes = Uint8Array.from(all)
    const code = (promise) => promise.then(() => 'done', (e) => `${e.name} ${e.code}`)
    return [
      await code(element.importProject(bytes)), await code(element.importProject(bytes, { passphrase: 'no' })), await code(element.importProject(bytes.subarray(0, 99))),
      await code(element.importProject(bytes.buffer, { passphrase: 'correct horse battery staple' })), await code(element.openProject('nothing')),
      await code(element.exportProject({ passphrase: 'x', data: true })),
    ]
  }, [...bytes])
  assert.deepEqual(codes, ['KeptError passphrase', 'KeptError passphrase', 'KeptError damaged', 'done', 'KeptError damaged', 'done'])
  assert.deepEqual(await fresh.quiet(), [])
})

test('files of earlier versions are opened in the element', async () => {
  const app = await Project.app(scene)
  const project = new Project(app)
  for (const [name, passphrase] of [['project-1-clear.kept'], ['project-1-locked.kept', PASSPHRASE]]) {
    const bytes = [...readFileSync(join(ROOT, 'tests/e2e/fixtures', name))]
    await project.element((element, [bytes, passphrase]) => element.importProject(Uint8Array.from(bytes), { passphrase }), [bytes, passphrase])
    await app.go('predict')
    await app.page.locator('.versions tbody tr').waitFor()
    assert.equal(await app.page.locator('.versions tbody tr').count(), 1)
    assert.ok((await project.state()).roles.length >= 2)
  }
})

test('the host may have work remembered from the start, and the person turns it off; then nothing is left', async () => {
  const app = await Project.app(scene)
  const project = new Project(app)
  await project.element((element) => { element.remember = true })
  await app.useDemo()
  await project.waitFor('saved')
  assert.equal((await project.element((element) => element.projects())).length, 1)
  await project.stopRemembering()
  await app.role('value').selectOption('')
  await app.page.waitForTimeout(900)
  assert.equal((await project.stored()).join(''), '[]')
})

test('undo and redo, by keyboard and by button; fields keep their own', async () => {
  const app = await Project.app(scene)
  const { page } = app
  await app.useDemo()
  const value = app.role('value')
  const first = await value.inputValue()
  assert.notEqual(first, '')
  await value.selectOption('')
  const undo = page.locator('.backs button').first()
  const redo = page.locator('.backs button').last()
  await undo.waitFor()
  assert.match(await undo.textContent(), /Undo: roles of columns/)
  await page.keyboard.press('Control+z')
  await page.waitForFunction((v) => document.querySelector('kept-insights').shadowRoot.querySelector('[data-role="value"] select').value === v, first)
  assert.match(await redo.textContent(), /Redo: roles of columns/)
  await page.keyboard.press('Control+Shift+z')
  assert.equal(await value.inputValue(), '')
  await undo.click()
  assert.equal(await value.inputValue(), first)
  await page.keyboard.press('Control+y')
  assert.equal(await value.inputValue(), '')
  await page.keyboard.press('Meta+z')
  assert.equal(await value.inputValue(), first)

  // A kind: the file is read again.
  const kinds = app.page.locator('.columns td.kind select')
  const before = await kinds.nth(2).inputValue()
  await kinds.nth(2).selectOption(before === 'text' ? 'category' : 'text')
  await page.waitForFunction(() => !document.querySelector('kept-insights').shadowRoot.querySelector('.job'))
  await page.locator('.backs button', { hasText: 'Undo: kind of' }).waitFor()
  await page.keyboard.press('Control+z')
  await page.waitForFunction((v) => document.querySelector('kept-insights').shadowRoot.querySelectorAll('.columns td.kind select')[2].value === v, before)
  await page.waitForFunction(() => !document.querySelector('kept-insights').shadowRoot.querySelector('.job'))

  // A step of the recipe, and a setting.
  await app.go('prepare')
  const step = page.locator('.recipe li[data-kind="standardize"] input[type=checkbox]').first()
  await step.uncheck()
  await page.locator('.backs button', { hasText: /Undo: changed/ }).waitFor()
  await page.keyboard.press('Control+z')
  await page.waitForFunction(() => document.querySelector('kept-insights').shadowRoot.querySelector('.recipe li[data-kind="standardize"] input[type=checkbox]').checked)
  await app.go('churn')
  await app.moreSettings()
  const cv = app.field('cv').locator('input')
  const folds = await cv.inputValue()
  await app.setNumber('cv', 4)
  await page.locator('.backs button', { hasText: /Undo: / }).first().waitFor()
  await cv.focus()
  await page.keyboard.press('Control+z')
  await page.waitForTimeout(100)
  assert.deepEqual(await page.evaluate(() => document.querySelector('kept-insights').save().params.cv), { Int: 4 }, 'inside a field it is the field’s own')
  await app.heading().focus()
  await page.keyboard.press('Control+z')
  assert.equal(await cv.inputValue(), folds)
  assert.equal(await page.evaluate(() => document.querySelector('kept-insights').save().params.cv), undefined)
  assert.deepEqual(await app.quiet(), [])
})

test('by keyboard: the focus goes in with a dialog and back where it was, Escape gives up one thing at a time', async () => {
  const { app, project } = await worked()
  const { page } = app
  const focus = () => page.evaluate(() => {
    const at = document.querySelector('kept-insights').shadowRoot.activeElement
    return at && (at.id || at.getAttribute('aria-label') || at.type || at.textContent)
  })
  const has = (wanted) => page.waitForFunction((wanted) => {
    const at = document.querySelector('kept-insights').shadowRoot.activeElement
    return at?.matches(wanted)
  }, wanted)
  await page.locator('.kept-state').focus()
  await page.keyboard.press('Enter')
  await has('#project-title')
  await page.keyboard.press('Tab')
  await has('dialog.project .check input')
  await page.keyboard.press('Space')
  await project.waitFor('saved')
  await page.keyboard.press('Tab')
  await has('dialog.project input[type=text]')
  await page.keyboard.press('Control+a')
  await page.keyboard.type('Keys')
  await page.keyboard.press('Tab')
  await project.lock(PASSPHRASE)
  await project.dialog.locator('details .passphrase').waitFor({ state: 'attached' })
  await project.saved()
  // Renaming in the list: Escape gives it up and leaves the dialog open.
  const row = project.dialog.locator('ul.projects li')
  await row.getByRole('button', { name: 'Rename Keys' }).focus()
  await page.keyboard.press('Enter')
  await has('ul.projects input')
  await page.keyboard.press('Escape')
  await has('ul.projects button')
  assert.equal(await focus(), 'Rename Keys')
  assert.ok(await project.dialog.evaluate((d) => d.open))
  await page.keyboard.press('Enter')
  await has('ul.projects input')
  await page.keyboard.type('Typed')
  await page.keyboard.press('Enter')
  await row.filter({ hasText: 'Typed' }).waitFor()
  await has('ul.projects button')
  await page.keyboard.press('Escape')
  await has('.kept-state')
  await project.saved()

  await reopened(app)
  const open = page.locator('main ul.projects button[part=button]')
  await open.focus()
  await page.keyboard.press('Enter')
  await has('dialog.ask input')
  await page.keyboard.press('Escape')
  await has('main ul.projects button[part=button]')
  await page.keyboard.press('Enter')
  await has('dialog.ask input')
  await page.keyboard.type('wrong horse')
  await page.keyboard.press('Enter')
  await project.wrong().waitFor()
  await has('dialog.ask input')
  assert.ok(await project.question.evaluate((d) => d.open), 'it was open all the while')
  await page.keyboard.type(PASSPHRASE)
  await page.keyboard.press('Enter')
  await project.waitFor('saved')
  await has('h1')

  // Deleting: the row goes, the focus stays in the list.
  await page.locator('.kept-state').focus()
  await page.keyboard.press('Enter')
  await has('#project-title')
  await row.getByRole('button', { name: /Delete/ }).focus()
  await page.keyboard.press('Enter')
  await row.getByRole('button', { name: /Delete for good/ }).waitFor()
  await page.keyboard.press('Enter')
  await row.waitFor({ state: 'detached' })
  await has('dialog.project h3')
  await page.keyboard.press('Escape')
  await has('.kept-state')
  assert.deepEqual(await app.quiet(), [])
})

test('models side by side: named, used again, deleted, saved as CSV', async () => {
  const { app, project, metrics } = await worked()
  await project.element((element) => element.run('churn', { params: { learners: ['tree'], cv: 3, n_repeats: 1 } }))
  await app.go('predict')
  const rows = app.page.locator('.versions tbody tr')
  assert.equal(await rows.count(), 2)
  assert.match(await rows.first().textContent(), /Decision tree.*in use/s)
  assert.ok((await rows.nth(1).textContent()).includes(metrics.roc_auc.toFixed(3)))
  await rows.nth(1).locator('input').fill('=First, "good"')
  await rows.nth(1).locator('input').press('Tab')
  const csv = readFileSync(await (await app.download(app.page.locator('.versions .head button'))).path(), 'utf8')
  const lines = csv.replace('\ufeff', '').trim().split('\r\n')
  assert.equal(lines.length, 3)
  assert.match(lines[0], /^created,name,analysis,learner,dataset,rows,threshold,.*roc_auc/)
  assert.ok(lines[1].includes(`"'=First, ""good"""`), lines[1])
  await rows.nth(1).getByRole('button', { name: /Use/ }).click()
  await app.page.locator('.versions tbody tr:nth-child(2)', { hasText: 'in use' }).waitFor()
  await rows.first().getByRole('button', { name: /Delete/ }).click()
  assert.equal(await rows.count(), 1)
  await app.scoreOpenFile()
  assert.deepEqual(await app.quiet(), [])
})
