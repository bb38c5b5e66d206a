// What the build stands on: a bad licence, a strange source, a withdrawn version and a crate twice are found; licences.txt
// names what is shipped.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { MODULES, complaints, isAllowed, metadata, shipped, toolComplaints } from '../../.ci/dependencies.mjs'
import { ROOT } from './support.mjs'

const copy = (of) => structuredClone(of)
const meta = metadata('engine')

test('the engine as it is has nothing to complain about; what is planted is found', () => {
  assert.deepEqual(complaints(meta, 'engine'), [])
  const plant = (change, expected, yanked) => {
    const planted = copy(meta)
    const id = shipped(planted).find((p) => p.name === 'memchr').id
    change(planted.packages.find((p) => p.id === id), planted)
    const said = complaints(planted, 'engine', yanked)
    assert.equal(said.length, 1, said.join('\n'))
    assert.match(said[0], expected)
  }
  plant((p) => { p.license = 'GPL-3.0-only' }, /^memchr \S+ is under GPL-3\.0-only, which is not allowed$/)
  plant((p) => { p.license = 'MIT AND AGPL-3.0-only' }, /AGPL/)
  plant((p) => { p.license = 'MPL-2.0' }, /MPL/)
  plant((p) => { p.license = null }, /names no licence/)
  plant((p) => { p.source = 'git+https://example.org/memchr#1' }, /is from git\+https/)
  plant((p) => { p.source = null }, /is from a folder/)
  plant(() => {}, /^memchr \S+ was withdrawn/, (p) => p.name === 'memchr')
  plant((_, planted) => { planted.packages.find((p) => p.name === 'crc32fast').name = 'memchr' }, /^engine has memchr in more than one version$/)
})

test('licence expressions', () => {
  for (const ok of ['MIT', 'MIT/GPL-3.0', 'GPL-3.0 OR MIT', '(MIT OR Apache-2.0) AND Unicode-3.0', 'Apache-2.0 WITH LLVM-exception']) assert.ok(isAllowed(ok), ok)
  for (const bad of ['', 'GPL-3.0', 'MIT AND GPL-3.0', '(MIT OR Apache-2.0) AND LGPL-3.0', 'GPL-2.0 WITH Classpath-exception-2.0']) assert.ok(!isAllowed(bad), bad)
  assert.throws(() => isAllowed('(MIT'))
  assert.throws(() => isAllowed('MIT MIT'))
})

test('tools are pinned', () => assert.deepEqual(toolComplaints(), []))

test('licences.txt names every crate in the modules, and has their texts', () => {
  const text = readFileSync(join(ROOT, 'dist/licences.txt'), 'utf8')
  const crates = MODULES.flatMap((m) => shipped(metadata(m)))
  assert.ok(crates.some((p) => p.name === 'leptos') && !crates.some((p) => ['serde_derive', 'smartcore', 'ciborium'].includes(p.name)))
  for (const { name, version, license } of crates) assert.ok(text.includes(`\n${name} ${version}  ${license}\n`), name)
  assert.match(text, /Permission is hereby granted/)
  assert.match(text, /Rust standard library/)
  assert.match(readFileSync(join(ROOT, 'dist/sw.js'), 'utf8'), /"licences\.txt": "/)
})
