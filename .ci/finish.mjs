// Finishes a build: markup of the interface goes through the one policy of Trusted Types, and the service worker is given
// the version and the fingerprints of all files; the licences of what is in the modules are written. `node .ci/finish.mjs [folder]`
import { createHash } from 'node:crypto'
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeLicences } from './dependencies.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const folder = process.argv[2] ?? process.env.TRUNK_STAGING_DIR ?? join(root, 'dist')
// Static parts of the interface are written as markup by the library that draws it. kept.js says who may.
const SINK = /\.innerHTML = (getStringFromWasm0\([^)]*\));/g
const HOOK = '\nlet markup = (text) => text;\nexport function markupWith(make) { markup = make; }\n'
for (const name of ['page.js', 'findings.js']) {
  const path = join(folder, name)
  const glue = readFileSync(path, 'utf8')
  if (glue.includes('markupWith')) continue
  const bound = glue.replace(SINK, '.innerHTML = markup($1);')
  if (bound === glue || (bound.match(/innerHTML/g) ?? []).length !== (bound.match(/innerHTML = markup\(/g) ?? []).length + (bound.match(/set_innerHTML/g) ?? []).length) {
    throw new Error(`${name} writes markup in a way that is not known`)
  }
  writeFileSync(path, bound + HOOK)
}

writeLicences(folder)

/** Not part of the app. */
const LEFT_OUT = /^(sw\.js|host\.html|theming\..*|npm\/.*|.*\.d\.ts|(engine|studies)_loader\.js)$/

const walk = (at) => readdirSync(at).flatMap((name) => (statSync(join(at, name)).isDirectory() ? walk(join(at, name)) : [join(at, name)]))
const names = walk(folder).map((path) => relative(folder, path).replaceAll('\\', '/')).filter((name) => !LEFT_OUT.test(name)).sort()
const sha = (bytes) => createHash('sha256').update(bytes).digest('base64')
const files = Object.fromEntries(names.map((name) => [name, sha(readFileSync(join(folder, name)))]))
const version = sha(JSON.stringify(files)).slice(0, 16)
const source = readFileSync(join(root, 'www/sw.js'), 'utf8')
const written = source
  .replace("const VERSION = ''", `const VERSION = '${version}'`)
  .replace('const FILES = {}', `const FILES = ${JSON.stringify(files, null, 2)}`)
if (written.split('\n')[3] === source.split('\n')[3]) throw new Error('the service worker has no place for its files')
writeFileSync(join(folder, 'sw.js'), written)
