// Checks what the build stands on, without a network: licences, sources, withdrawn versions, the same crate twice in one
// module, pins of the tools. `node .ci/dependencies.mjs` checks; the end of a build writes `licences.txt` as well.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const REGISTRY = 'registry+https://github.com/rust-lang/crates.io-index'
const WASM = 'wasm32-unknown-unknown'
export const MODULES = ['page', 'findings', 'engine', 'studies']
/** None of them asks for more than to be named. */
const ALLOWED = new Set([
  'MIT', 'MIT-0', 'Apache-2.0', 'Apache-2.0 WITH LLVM-exception', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'BSL-1.0',
  'CC0-1.0', '0BSD', 'ISC', 'MPL-2.0', 'Unicode-3.0', 'Unlicense', 'Zlib',
])
/** MPL asks for its own files to stay open: well for a tool, not for what is shipped. */
const TOOLS_ONLY = new Set(['MPL-2.0'])
/** In two versions in one module, and known to be: traits without code, and what the views still ask of an old version. */
const TWICE = new Set(['embedded-io', 'thiserror'])

const cargo = (args) => JSON.parse(execFileSync('cargo', ['metadata', '--format-version', '1', '--locked', '--offline', ...args], { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 }))
/** What cargo knows of one module, or of everything that is built for a platform. */
export const metadata = (module, platform = WASM) =>
  cargo(['--filter-platform', platform, ...(module ? ['--no-default-features', '--features', module] : ['--all-features'])])

/** Whether an SPDX expression can be met with what is allowed; `/` is the old way to write OR. */
export function isAllowed(expression, allowed = ALLOWED) {
  const words = expression.replaceAll('/', ' OR ').match(/\(|\)|[^\s()]+/g) ?? []
  let at = 0
  const one = () => {
    if (words[at] === '(') {
      at++
      const inner = any()
      if (words[at++] !== ')') throw new Error(`cannot read the licence “${expression}”`)
      return inner
    }
    let name = words[at++]
    if (words[at] === 'WITH') { name += ` WITH ${words[at + 1]}`; at += 2 }
    return allowed.has(name)
  }
  const all = () => { let met = one(); while (words[at] === 'AND') { at++; met = one() && met } return met }
  const any = () => { let met = all(); while (words[at] === 'OR') { at++; met = all() || met } return met }
  const met = words.length > 0 && any()
  if (at !== words.length) throw new Error(`cannot read the licence “${expression}”`)
  return met
}

/** The crates whose code is in a module: not what only runs while it is compiled. */
export function shipped({ packages, resolve }) {
  const byId = new Map(packages.map((p) => [p.id, p]))
  const nodes = new Map(resolve.nodes.map((n) => [n.id, n]))
  const isMacro = (p) => p.targets.some((t) => t.kind.includes('proc-macro'))
  const found = new Set()
  const visit = (id) => {
    if (found.has(id) || isMacro(byId.get(id))) return
    found.add(id)
    for (const dep of nodes.get(id).deps) if (dep.dep_kinds.some((k) => k.kind === null)) visit(dep.pkg)
  }
  visit(resolve.root)
  found.delete(resolve.root)
  return [...found].map((id) => byId.get(id)).sort((a, b) => (a.name + a.version < b.name + b.version ? -1 : 1))
}

/** Whether the registry has withdrawn a version, as its index said when it was last fetched; undefined where that is not known. */
function isYanked({ name, version }) {
  const lower = name.toLowerCase()
  const folder = lower.length < 3 ? String(lower.length) : lower.length === 3 ? join('3', lower[0]) : join(lower.slice(0, 2), lower.slice(2, 4))
  const indexes = join(process.env.CARGO_HOME ?? join(homedir(), '.cargo'), 'registry/index')
  for (const index of existsSync(indexes) ? readdirSync(indexes) : []) {
    const path = join(indexes, index, '.cache', folder, lower)
    if (!existsSync(path)) continue
    const line = readFileSync(path, 'utf8').split('\0').find((part) => part.startsWith('{') && part.includes(`"vers":`) && JSON.parse(part).vers === version)
    if (line) return JSON.parse(line).yanked === true
  }
}

/** What is wrong with these crates; `inModule` where their code is shipped. */
export function complaints({ packages, resolve }, inModule, yanked = isYanked) {
  const own = resolve.root
  const all = inModule ? shipped({ packages, resolve }) : packages.filter((p) => p.id !== own)
  const allowed = inModule ? new Set([...ALLOWED].filter((l) => !TOOLS_ONLY.has(l))) : ALLOWED
  const said = []
  for (const p of all) {
    const of = `${p.name} ${p.version}`
    if (p.source !== REGISTRY) said.push(`${of} is from ${p.source ?? 'a folder'}, not from the registry`)
    if (!p.license) said.push(`${of} names no licence`)
    else if (!isAllowed(p.license, allowed)) said.push(`${of} is under ${p.license}, which is not allowed`)
    if (yanked(p)) said.push(`${of} was withdrawn by its authors`)
  }
  const names = all.map((p) => p.name)
  if (inModule) for (const name of new Set(names.filter((n, i) => names.indexOf(n) !== i && !TWICE.has(n)))) said.push(`${inModule} has ${name} in more than one version`)
  return said
}

/** What is wrong with the tools' pins, and with the licences of those that are installed. */
export function toolComplaints() {
  const said = []
  const pins = [...readFileSync(join(root, '.ci/tools'), 'utf8').matchAll(/^\s*npm_tool (\S+) "\$(\w+)"/gm)].map(([, name, variable]) => [name, variable])
  const script = readFileSync(join(root, '.ci/tools'), 'utf8')
  const wanted = pins.map(([name, variable]) => [name, script.match(new RegExp(`^${variable}=(\\S+)$`, 'm'))?.[1]])
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'www/examples/package.json'), 'utf8'))
  for (const [name, version] of [...wanted, ...Object.entries({ ...dependencies, ...devDependencies })]) {
    if (name === 'kept-insights') continue
    if (!/^\d+\.\d+\.\d+$/.test(version ?? '')) said.push(`${name} is not pinned: ${version}`)
  }
  for (const [name] of wanted) {
    const path = join(root, '.tools/node_modules', name, 'package.json')
    if (!existsSync(path)) continue
    const { license, version } = JSON.parse(readFileSync(path, 'utf8'))
    if (!isAllowed(license ?? '')) said.push(`${name} ${version} is under ${license}, which is not allowed`)
  }
  return said
}

const TEXTS = /^(licen[cs]e|copying|unlicense|notice|copyright)/i
/** The texts that come with a crate; of a choice the shortest that is enough. */
function textsOf(p) {
  const folder = dirname(p.manifest_path)
  let names = readdirSync(folder).filter((n) => TEXTS.test(n) && !/\.(rs|toml|html)$/.test(n)).sort()
  const without = (licence) => isAllowed(p.license, new Set([...ALLOWED].filter((l) => l !== licence)))
  const hasMit = names.some((n) => /mit/i.test(n))
  if (hasMit && without('Apache-2.0')) names = names.filter((n) => !/apache/i.test(n))
  if (hasMit && without('Unlicense')) names = names.filter((n) => !/unlicen/i.test(n))
  const files = names.flatMap((n) => {
    try { return [readFileSync(join(folder, n), 'utf8').replaceAll('\r\n', '\n').trim()] } catch { return [] }
  })
  return files.filter((text) => text.length > 40)
}

/** Writes the licences of all that is in the shipped modules; texts that crates have in common stand there once. */
export function writeLicences(folder, metas = MODULES.map((m) => metadata(m))) {
  const all = new Map(metas.flatMap(shipped).map((p) => [`${p.name} ${p.version}`, p]))
  const crates = [...all.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.version < b.version ? -1 : 1))
  const texts = new Map()
  const add = (text, name) => texts.set(text, [...(texts.get(text) ?? []), name])
  const bare = []
  for (const p of crates) {
    const found = textsOf(p)
    if (found.length === 0) bare.push(`${p.name} ${p.version}: ${p.license}, by ${p.authors.join(', ') || 'its authors'}, ${p.repository ?? 'crates.io'}`)
    for (const text of found) add(text, `${p.name} ${p.version}`)
  }
  const rust = execFileSync('rustc', ['-V'], { cwd: root, encoding: 'utf8' }).trim()
  const mit = readFileSync(join(root, 'LICENSE-MIT'), 'utf8').trim()
  const line = '-'.repeat(80)
  const out = [
    'Kept is licensed under MIT or Apache-2.0, at your choice. Its modules contain the following.', '',
    ...crates.map((p) => `${p.name} ${p.version}  ${p.license}`),
    `Rust standard library (${rust})  MIT OR Apache-2.0`, '',
    line, 'Kept', line, '', mit, '',
    ...[...texts].flatMap(([text, names]) => [line, names.join(', '), line, '', text, '']),
    ...(bare.length ? [line, 'These bring no text of their own; the terms of MIT stand below', line, '', ...bare, '', mit.slice(mit.indexOf('Permission is')), ''] : []),
  ]
  writeFileSync(join(folder, 'licences.txt'), `${out.join('\n')}`)
  return crates.length
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const host = execFileSync('rustc', ['-vV'], { encoding: 'utf8' }).match(/^host: (.*)$/m)[1]
  const metas = MODULES.map((m) => [m, metadata(m)])
  const said = new Set([
    ...metas.flatMap(([m, meta]) => complaints(meta, m)),
    ...[WASM, host].flatMap((platform) => complaints(metadata(null, platform))),
    ...toolComplaints(),
  ])
  for (const one of said) console.error(`dependencies: ${one}`)
  if (said.size > 0) process.exit(1)
  console.log(`${basename(import.meta.url)}: ${metas.map(([m, meta]) => `${m} ${shipped(meta).length}`).join(', ')} crates, all as they should be`)
}
