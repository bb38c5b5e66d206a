// Ways of hosting: the app itself, under a sub-path, from another origin, in a sandboxed frame, on a server that sends no
// headers, and as the npm package in projects built by a bundler. In each a whole journey runs behind a proxy that writes
// down every request: there is none once the file is opened, and no word of the data is met anywhere.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { PAGE_POLICY, serve } from '../../.ci/serve.mjs'
import { QUIET, record } from './recorder.mjs'
import { ROOT, data, launch, stage as staged } from './support.mjs'
import { listen, unseen } from './unseen.mjs'

let recorder, shared
before(async () => {
  recorder = await record()
  shared = await launch(QUIET)
})
after(async () => {
  await shared?.close()
  await recorder?.close()
})
const stage = (options) => staged({ ...options, shared, proxy: recorder.proxy })

const temporary = () => mkdtempSync(join(tmpdir(), 'kept-'))

/** A page with the element and a file field of its own, from `script`. */
const page = (script) => `<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,"><title>Host</title>
<script type="module" src="${script}"></script>
<input type="file"><kept-insights lang="en"></kept-insights></html>`

/** Opens a page and listens from its beginning. */
async function open(scene, path = '', options = {}) {
  let ears
  const it = await scene.open(path, { ...options, onPage: (page) => { ears = listen(page, recorder) } })
  return Object.assign(it, { ears })
}

/** The journey, unseen; then what the self-test says is so: all ways refused from the engine, from the page where `closed`; `but` is refused
 * even where it is not. */
async function passes(it, { at = it.page, closed, but = [] }) {
  await unseen(it.ears, at)
  assert.deepEqual(await it.quiet(), [])
  const from = recorder.requests.length
  const { address, rows, report } = await at.evaluate(() => document.querySelector('kept-insights').selfTest())
  const of = (page) => rows.filter((r) => (r.where === 'page') === page)
  const ways = ['beacon', 'fetch', 'form', 'image', 'script', 'socket', 'worker', 'xhr']
  for (const page of [true, false]) assert.deepEqual(of(page).map((r) => r.way).sort(), ways)
  for (const row of of(false)) assert.equal(row.outcome, 'refused', JSON.stringify(row))
  assert.deepEqual(of(true).filter((r) => r.outcome !== 'refused').map((r) => r.way).sort(), closed ? [] : ways.filter((way) => !but.includes(way)), JSON.stringify(of(true)))
  // The proxy agrees: what a page does not refuse is asked for, at a name that nobody has, and nothing else is. For a form
  // Chromium opens a connection before it asks the policy; nothing is sent through it.
  const seen = recorder.requests.slice(from)
  assert.deepEqual(seen.filter((r) => r.url !== 'kept-self-test.invalid:443').map((r) => `${r.method} ${r.url}`), [])
  assert.ok(closed || seen.length > 2, `${seen.length}`)
  assert.equal(new URL(address).hostname, 'kept-self-test.invalid')
  // Its attempts count as no requests, and its refusals tell the policies that a header brought.
  assert.equal(report.requests_since_data, 0)
  assert.equal(report.violations.filter((v) => !v.self_test).length, 0)
  assert.equal(report.policies.some((p) => p.where === 'page'), closed)
  assert.ok(report.policies.some((p) => p.where === 'room' && p.policy.includes("connect-src 'none'")))
  assert.ok(report.policies.some((p) => p.where === 'engine' && p.policy.includes("connect-src 'none'")))
}

for (const worker of [false, true]) {
  test(`the app itself, ${worker ? 'with' : 'without'} its service worker`, async () => {
    const scene = await stage({})
    try {
      await passes(await open(scene, '', { worker }), { closed: true })
    } finally {
      await scene.close()
    }
  })
}

for (const [name, options] of [['with the policy of the README', {}], ['without a policy', { policy: null }], ['without any header', { bare: true }]]) {
  test(`under a sub-path, ${name}`, async () => {
    const folder = temporary()
    mkdirSync(join(folder, 'admin/tools'), { recursive: true })
    symlinkSync(join(ROOT, 'dist'), join(folder, 'admin/tools/kept'))
    writeFileSync(join(folder, 'admin/page.html'), page('tools/kept/kept.js'))
    const scene = await stage({ folder, ...options })
    try {
      await passes(await open(scene, 'admin/page.html'), { closed: options.policy === undefined && !options.bare })
    } finally {
      await scene.close()
    }
  })
}

for (const [name, policy] of [
  ['a host without a policy', () => null],
  ['a host whose policy names that origin', (origin) => `default-src 'none'; script-src 'self' ${origin} 'wasm-unsafe-eval'; worker-src blob:; connect-src ${origin}; img-src data:; base-uri 'none'; form-action 'none'`],
]) {
  test(`from another origin, in ${name}`, async () => {
    const files = await serve({ folder: join(ROOT, 'dist'), policy: null })
    const folder = temporary()
    writeFileSync(join(folder, 'index.html'), page(`${files.url}kept.js`))
    const scene = await stage({ folder, policy: policy(files.url.slice(0, -1)) })
    try {
      await passes(await open(scene), { closed: policy('') !== null })
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
    const it = await open(scene)
    const frame = it.page.frames().find((f) => f.url().endsWith('inner.html'))
    assert.equal(await frame.evaluate(() => self.origin), 'null')
    await passes(it, { at: frame, closed: false, but: ['form'] })
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
        const it = await open(scene, `${name}/index.html`)
        await passes(it, { closed: true })
        // The project's own file field.
        const from = recorder.requests.length
        await it.page.locator('input[type=file]').first().setInputFiles(data('telco_churn.csv'))
        await it.page.locator('output', { hasText: /ROC-AUC 0\.8[345]/ }).waitFor({ timeout: 60000 })
        assert.equal(recorder.requests.length, from)
      })
    }
  } finally {
    await scene.close()
  }
})
