// Ways of hosting: under a sub-path, from another origin, in a sandboxed frame, on a server that sends no headers, and as
// the npm package in projects built by a bundler. In each a whole analysis runs, and nothing is asked for once it began.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { PAGE_POLICY, serve } from '../../.ci/serve.mjs'
import { ROOT, data, stage } from './support.mjs'

const temporary = () => mkdtempSync(join(tmpdir(), 'kept-'))

/** A page with the element and a file field of its own, from `script`. */
const page = (script) => `<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,"><title>Host</title>
<script type="module" src="${script}"></script>
<input type="file"><kept-insights lang="en"></kept-insights></html>`

/** Opens a file in the element of a page or a frame, trains, and gives what came of it. */
async function journey(at) {
  await at.waitForFunction(() => document.querySelector('kept-insights')?.engine, null, { timeout: 30000 })
  const room = await at.evaluate(() => document.querySelector('kept-insights').engine.room)
  await at.locator('input[type=file]').first().setInputFiles(data('telco_churn.csv'))
  const asked = await at.evaluate(() => performance.getEntriesByType('resource').length)
  const auc = await at.evaluate(async () => {
    const element = document.querySelector('kept-insights')
    await element.load(document.querySelector('input[type=file]').files[0])
    const report = await element.run('churn', { params: { learners: ['logistic'], cv: 3, n_repeats: 1 } })
    await element.engine.predict(report.model, (await element.engine.load('a,b\n1,2\n')).id).catch(() => {})
    return report.metrics.roc_auc
  })
  await at.locator('.leaderboard').waitFor()
  assert.ok(auc > 0.83 && auc < 0.86, `${auc}`)
  return { room, asked: (await at.evaluate(() => performance.getEntriesByType('resource').length)) - asked }
}

/** The journey on a page; neither the page nor the server sees a request after the file is chosen. */
async function passes(it, requests, at = it.page) {
  const before = () => [requests.length, it.network().length]
  await at.waitForFunction(() => document.querySelector('kept-insights')?.engine, null, { timeout: 30000 })
  const start = before()
  const { room, asked } = await journey(at)
  assert.deepEqual(before(), start, it.network().slice(start[1]).join('\n'))
  assert.equal(asked, 0)
  assert.equal(room, 'sealed')
  assert.deepEqual(await it.quiet(), [])
}

for (const [name, options] of [['with the policy of the README', {}], ['without a policy', { policy: null }], ['without any header', { bare: true }]]) {
  test(`under a sub-path, ${name}`, async () => {
    const folder = temporary()
    mkdirSync(join(folder, 'admin/tools'), { recursive: true })
    symlinkSync(join(ROOT, 'dist'), join(folder, 'admin/tools/kept'))
    writeFileSync(join(folder, 'admin/page.html'), page('tools/kept/kept.js'))
    const scene = await stage({ folder, ...options })
    try {
      await passes(await scene.open('admin/page.html'), scene.requests)
    } finally {
      await scene.close()
    }
  })
}

for (const [name, policy] of [
  ['a host without a policy', () => null],
  ['a host whose policy names that origin', (origin) => `default-src 'none'; script-src 'self' ${origin} 'wasm-unsafe-eval'; worker-src blob:; connect-src ${origin}; img-src data:; base-uri 'none'`],
]) {
  test(`from another origin, in ${name}`, async () => {
    const asked = []
    const files = await serve({ folder: join(ROOT, 'dist'), policy: null, onRequest: (path) => asked.push(path) })
    const folder = temporary()
    writeFileSync(join(folder, 'index.html'), page(`${files.url}kept.js`))
    const scene = await stage({ folder, policy: policy(files.url.slice(0, -1)) })
    try {
      await passes(await scene.open(), asked)
    } finally {
      await scene.close()
      await files.close()
    }
  })
}

test('in a sandboxed frame that allows scripts and nothing else', async () => {
  const folder = temporary()
  symlinkSync(join(ROOT, 'dist'), join(folder, 'kept'))
  writeFileSync(join(folder, 'inner.html'), page('kept/kept.js'))
  writeFileSync(join(folder, 'index.html'), '<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,"><title>Host</title><iframe sandbox="allow-scripts" src="inner.html" width="1000" height="800"></iframe></html>')
  const scene = await stage({ folder, policy: null })
  try {
    const it = await scene.open()
    const frame = it.page.frames().find((f) => f.url().endsWith('inner.html'))
    assert.equal(await frame.evaluate(() => self.origin), 'null')
    await passes(it, scene.requests, frame)
    // A worker like the engine's, started where the engine was, reaches nothing.
    const room = it.page.frames().find((f) => f.parentFrame() === frame)
    const answer = await room.evaluate((url) => new Promise((resolve) => {
      const script = `fetch('${url}leak', { mode: 'no-cors' }).then(() => postMessage('went'), () => postMessage('refused'))`
      const worker = new Worker(URL.createObjectURL(new Blob([script], { type: 'text/javascript' })))
      worker.onmessage = ({ data }) => resolve(data)
    }), scene.url)
    assert.equal(answer, 'refused')
    assert.ok(!scene.requests.includes('/leak'))
  } finally {
    await scene.close()
  }
})

for (const [name, lang, policy, init] of [
  ['without WebAssembly', 'en', null, () => { delete globalThis.WebAssembly }],
  ['without workers', 'zh-CN', null, () => { delete globalThis.Worker }],
  ['where the policy forbids to compile', 'en', "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src data:; worker-src 'self' blob:", () => {}],
]) {
  test(`${name} the element says in words what it needs`, async () => {
    const folder = temporary()
    symlinkSync(join(ROOT, 'dist'), join(folder, 'kept'))
    writeFileSync(join(folder, 'index.html'), page('kept/kept.js').replace('kept-insights lang="en"', `kept-insights lang="${lang}"`))
    const scene = await stage({ folder, policy })
    try {
      const it = await scene.open('icon')
      await it.page.context().addInitScript(init)
      await it.page.goto(scene.url)
      await it.page.locator('kept-insights', { hasText: lang === 'en' ? 'needs WebAssembly and web workers' : '需要 WebAssembly' }).waitFor()
      const codes = await it.page.evaluate(() => document.querySelector('kept-insights').ready.then(() => 'ready', (e) => [e.name, e.code]))
      assert.deepEqual(codes, ['KeptError', 'unsupported'])
    } finally {
      await scene.close()
    }
  })
}

test('the npm package in a plain, a React and a Vue project, built by vite, checked by the strict compiler', async (t) => {
  const project = join(ROOT, '.tools/examples')
  const run = (command, args, cwd) => execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  const shout = (work) => { try { return work() } catch (error) { assert.fail(`${error.message}\n${error.stdout}\n${error.stderr}`) } }
  shout(() => run('node', ['.ci/package.mjs'], ROOT))
  const folder = temporary()
  const [packed] = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', folder], join(ROOT, 'dist/npm')))
  assert.deepEqual(packed.files.map((f) => f.path).filter((p) => /\.rs$|test|node_modules/.test(p)), [])
  const { scripts } = JSON.parse(run('cat', ['package.json'], join(ROOT, 'dist/npm')))
  assert.equal(scripts, undefined, 'nothing runs on installation')
  // The pinned packages of the examples stay between runs; the sources and the package are always new.
  mkdirSync(project, { recursive: true })
  for (const name of readdirSync(project)) if (name !== 'node_modules') rmSync(join(project, name), { recursive: true })
  cpSync(join(ROOT, 'www/examples'), project, { recursive: true })
  rmSync(join(project, 'node_modules/kept-insights'), { recursive: true, force: true })
  shout(() => run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--no-package-lock', '--prefer-offline', join(folder, packed.filename)], project))
  assert.ok(existsSync(join(project, 'node_modules/kept-insights/kept.js')))
  shout(() => run('npm', ['run', '-s', 'check'], project))
  shout(() => run('npm', ['run', '-s', 'build'], project))
  const scene = await stage({ folder: join(project, 'dist'), policy: PAGE_POLICY.replace('trusted-types kept', 'trusted-types vue kept') })
  try {
    for (const name of ['plain', 'react', 'vue']) {
      await t.test(name, async () => {
        const it = await scene.open(`${name}/index.html`)
        await it.page.waitForFunction(() => document.querySelector('kept-insights')?.engine, null, { timeout: 30000 })
        const start = [scene.requests.length, it.network().length]
        await it.page.locator('input[type=file]').first().setInputFiles(data('telco_churn.csv'))
        await it.page.locator('output', { hasText: /ROC-AUC 0\.8[345]/ }).waitFor({ timeout: 60000 })
        assert.deepEqual([scene.requests.length, it.network().length], start)
        assert.deepEqual(await it.quiet(), [])
      })
    }
  } finally {
    await scene.close()
  }
})
