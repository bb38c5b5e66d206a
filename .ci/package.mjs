// Makes the npm package in dist/npm from what is built in dist. `node .ci/package.mjs`
import { cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const from = join(root, 'dist')
const to = join(from, 'npm')
const FILES = [
  'kept.js', 'errors.js', 'options.js', 'sources.js', 'kept.d.ts', 'page.js', 'page_bg.wasm', 'findings.js', 'findings_bg.wasm', 'engine.js', 'engine_bg.wasm', 'studies.js', 'studies_bg.wasm',
  'projects.js', 'shelf.js', 'vault.js', 'boot.js', 'room.js', 'probe.js', 'privacy.js', 'licences.txt', 'engine-worker.js', 'kept.css', 'charts.css', 'texts',
]
/** Bundlers put files below this size into the code, where they are no files of their own any more. */
const INLINED = 64 * 1024

rmSync(to, { recursive: true, force: true })
mkdirSync(to, { recursive: true })
for (const file of FILES) cpSync(join(from, file), join(to, file), { recursive: true })
for (const file of ['LICENSE-MIT', 'LICENSE-APACHE', 'CHANGELOG.md']) cpSync(join(root, file), join(to, file))
for (const file of ['README.md', 'react.d.ts', 'vue.d.ts']) cpSync(join(root, 'www/npm', file), join(to, file))

const script = readFileSync(join(to, 'kept.js'), 'utf8')
const kept = script.replace(/^(  '([^']+)': new URL\('\.\/[^']+)(', import\.meta\.url\),)$/gm, (line, head, name, tail) =>
  statSync(join(to, name)).size < INLINED ? `${head}?no-inline${tail}` : line)
if (kept === script) throw new Error('kept.js names no files')
writeFileSync(join(to, 'kept.js'), kept)

const cargo = readFileSync(join(root, 'Cargo.toml'), 'utf8')
const field = (name) => cargo.match(new RegExp(`^${name} = "([^"]+)"`, 'm'))[1]
const version = field('version')
if (!script.includes(`version = '${version}'`)) throw new Error('kept.js is of another version')
writeFileSync(join(to, 'package.json'), `${JSON.stringify({
  name: 'kept-insights',
  version,
  description: 'Customer-success analytics that runs wholly in the browser: one custom element, one engine, no server.',
  license: field('license'),
  keywords: ['churn', 'analytics', 'customer-success', 'machine-learning', 'wasm', 'custom-element', 'privacy'],
  type: 'module',
  main: './kept.js',
  module: './kept.js',
  types: './kept.d.ts',
  exports: {
    '.': { types: './kept.d.ts', default: './kept.js' },
    './react': { types: './react.d.ts' },
    './vue': { types: './vue.d.ts' },
    './package.json': './package.json',
    './*': './*',
  },
  // Importing it registers the element.
  sideEffects: ['./kept.js'],
}, null, 2)}\n`)
console.log(`dist/npm: kept-insights ${version}`)
