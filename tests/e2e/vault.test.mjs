// The project file, without a browser: what is sealed is opened, what is not whole or not ours is told apart.
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { test } from 'node:test'
import { VERSION, canLock, checksum, inspect, isProject, makeKey, open, pack, seal, unpack, upgraded } from '../../www/vault.js'

const FIXTURES = new URL('./fixtures/', import.meta.url)
const bytes = async (blob) => new Uint8Array(await blob.arrayBuffer())
const codeOf = (promise) => promise.then(() => 'opened', (error) => error.code)
/** The same with the checksum made right again, as somebody who alters a file on purpose would. */
const altered = async (blob, at, change = (b) => b ^ 1) => {
  const all = await bytes(blob)
  const place = at < 0 ? all.length + at : at
  all[place] = change(all[place])
  new DataView(all.buffer).setUint32(all.length - 4, checksum(all.subarray(0, -4)), true)
  return new Blob([all])
}
const fast = { iterations: 1000 }

test('what is sealed is opened, in clear and locked, of every size about a chunk', async () => {
  const key = await makeKey('correct horse', fast)
  for (const n of [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 * (1 << 20) + 5]) {
    const content = Uint8Array.from({ length: n }, (_, i) => (i * 7919) >>> 3)
    for (const lock of [undefined, key]) {
      const sealed = await seal(content, { key: lock, about: { part: 'x' } })
      const { content: back, about } = await open(sealed, lock ? { passphrase: 'correct horse' } : {})
      assert.deepEqual(await bytes(back), content)
      assert.deepEqual(about, { part: 'x' })
      assert.equal((await inspect(sealed)).isLocked, Boolean(lock))
    }
  }
})

test('a lock has its own salt, a fresh iv for every write, and 600,000 rounds; the key cannot be read out', async () => {
  const [a, b] = await Promise.all([makeKey('p'), makeKey('p')])
  assert.notEqual(a.salt, b.salt)
  assert.ok(a.iterations >= 600000)
  assert.equal(a.key.extractable, false)
  await assert.rejects(crypto.subtle.exportKey('raw', a.key))
  const twice = await Promise.all([seal('same', { key: a }), seal('same', { key: a })])
  const heads = await Promise.all(twice.map(async (s) => (await inspect(s)).header.lock))
  assert.notEqual(heads[0].iv, heads[1].iv)
  assert.notDeepEqual(await bytes(twice[0]), await bytes(twice[1]))
  assert.ok(!Buffer.from(await bytes(twice[0])).includes('same'))
})

test('letters are the same however they are composed', async () => {
  const sealed = await seal('x', { key: await makeKey('caf\u00e9', fast) })
  assert.equal(await codeOf(open(sealed, { passphrase: 'cafe\u0301' })), 'opened')
})

test('a wrong passphrase and altered bytes look alike; damage does not', async () => {
  const key = await makeKey('right', fast)
  const content = new Uint8Array((1 << 20) + 100)
  const sealed = await seal(content, { key, about: { part: 'a' } })
  const { prefix } = await inspect(sealed)
  const all = await bytes(sealed)
  const right = { passphrase: 'right' }
  assert.equal(await codeOf(open(sealed, { passphrase: 'wrong' })), 'passphrase')
  assert.equal(await codeOf(open(sealed, {})), 'passphrase')
  // Altered on purpose: in the first chunk, in the last, in its tag, in what is authenticated beside it.
  for (const at of [prefix.length, prefix.length + 50, -30, -5]) assert.equal(await codeOf(open(await altered(sealed, at), right)), 'passphrase', String(at))
  const about = Buffer.from(prefix).indexOf('"part":"a"') + 8
  assert.equal(await codeOf(open(await altered(sealed, about, () => 98), right)), 'passphrase')
  // Two chunks in each other's place.
  const long = await bytes(await seal(new Uint8Array(2 << 20), { key }))
  const start = (await inspect(new Blob([long]))).prefix.length
  const n = (1 << 20) + 16
  const swapped = new Blob([long.subarray(0, start), long.subarray(start + n, start + 2 * n), long.subarray(start, start + n), long.subarray(start + 2 * n)])
  assert.equal(await codeOf(open(await altered(swapped, start, (b) => b), right)), 'passphrase')
  // A part in another's place.
  assert.equal(await codeOf(open(sealed, { ...right, about: { part: 'b' } })), 'passphrase')
  // What is in clear does not stand in for what is locked.
  assert.equal(await codeOf(open(await seal(content), { key })), 'passphrase')
  // Accidents.
  for (const cut of [0, 5, 9, 13, 14, prefix.length, prefix.length + 20, all.length - 4, all.length - 1]) assert.equal(await codeOf(open(new Blob([all.subarray(0, cut)]), right)), 'damaged', String(cut))
  for (const at of [0, 10, 20, prefix.length + 3, all.length - 1]) {
    const hurt = all.slice()
    hurt[at] ^= 4
    assert.equal(await codeOf(open(new Blob([hurt]), right)), 'damaged', String(at))
  }
  assert.equal(await codeOf(open(new Blob(['KEPTMODL and a model']), right)), 'damaged')
  assert.equal(await codeOf(open(new Blob(['a,b\n1,2\n']), right)), 'damaged')
})

test('headers that make no sense are damage, and keep no browser busy', async () => {
  const forged = async (change) => {
    const whole = await inspect(await seal('some content', { key: await makeKey('p', fast) }))
    const json = Buffer.from(JSON.stringify(change(whole.header)))
    const head = Buffer.alloc(14)
    head.write('KEPTPROJ')
    head.writeUInt16LE(1, 8)
    head.writeUInt32LE(json.length, 10)
    return altered(new Blob([head, json, whole.body, new Uint8Array(4)]), 0, (b) => b)
  }
  assert.equal(await codeOf(open(await forged((h) => h), { passphrase: 'q' })), 'passphrase')
  const wrong = [
    (h) => ({ ...h, length: -1 }), (h) => ({ ...h, length: 1e300 }), (h) => ({ ...h, about: null }), () => null, () => [], (h) => ({ ...h, lock: null }),
    (h) => ({ ...h, lock: { ...h.lock, iterations: 1e9 } }), (h) => ({ ...h, lock: { ...h.lock, iterations: 0 } }), (h) => ({ ...h, lock: { ...h.lock, kdf: 'none' } }),
    (h) => ({ ...h, lock: { ...h.lock, chunks: 2 } }), (h) => ({ ...h, lock: { ...h.lock, chunk: 0 } }), (h) => ({ ...h, lock: { ...h.lock, iv: '%' } }), (h) => ({ ...h, lock: { ...h.lock, iv: 'AAAA' } }),
  ]
  for (const change of wrong) assert.equal(await codeOf(open(await forged(change), { passphrase: 'p' })), 'damaged', String(change))
})

test('parts are packed and unpacked; what does not add up is damage', async () => {
  const parts = new Map([['project', new Blob(['{}'])], ['model:1', new Blob([new Uint8Array(9)])], ['__proto__', new Blob([''])]])
  const packed = pack(parts)
  const back = await unpack(packed)
  assert.deepEqual([...back.keys()], [...parts.keys()])
  for (const [name, blob] of parts) assert.deepEqual(await bytes(back.get(name)), await bytes(blob))
  for (const wrong of [packed.slice(0, -1), packed.slice(0, 3), new Blob([packed, 'x']), new Blob([])]) assert.equal(await codeOf(unpack(wrong)), 'damaged')
})

test('a version to come is told by its own word, whatever it may look like', async () => {
  const all = await bytes(await seal('x'))
  new DataView(all.buffer).setUint16(8, VERSION + 1, true)
  assert.equal(await codeOf(open(new Blob([all]))), 'newer')
  assert.throws(() => upgraded({ format: VERSION + 1 }), { code: 'newer' })
  for (const wrong of [null, 'x', {}, { format: 0 }, { format: '1' }]) assert.throws(() => upgraded(wrong), { code: 'damaged' })
  const steps = { 1: (m) => ({ ...m, b: m.a + 1 }), 2: (m) => ({ c: m.b * 10 }) }
  assert.deepEqual(upgraded({ format: 1, a: 1 }, { steps, to: 3 }), { format: 3, c: 20 })
})

test('where the page has no WebCrypto, what is in clear is opened and what is locked says why not', async () => {
  const clear = await seal('content')
  const locked = await seal('content', { key: await makeKey('p', fast) })
  const whole = Object.getOwnPropertyDescriptor(globalThis, 'crypto')
  Object.defineProperty(globalThis, 'crypto', { configurable: true, value: { getRandomValues: (a) => a } })
  try {
    assert.equal(canLock(), false)
    assert.equal(await codeOf(open(clear)), 'opened')
    assert.equal(await codeOf(open(locked, { passphrase: 'p' })), 'insecure')
    assert.equal(await codeOf(makeKey('p')), 'insecure')
    assert.equal(await codeOf(seal('content')), 'opened')
  } finally {
    Object.defineProperty(globalThis, 'crypto', whole)
  }
})

test('files of every version are read', async () => {
  const files = readdirSync(FIXTURES).filter((name) => name.endsWith('.kept'))
  for (let v = 1; v <= VERSION; v++) for (const kind of ['clear', 'locked']) assert.ok(files.includes(`project-${v}-${kind}.kept`), `project-${v}-${kind}.kept`)
  for (const name of files) {
    const blob = new Blob([readFileSync(new URL(name, FIXTURES))])
    assert.ok(await isProject(blob))
    const { content } = await open(blob, name.includes('locked') ? { passphrase: 'correct horse battery staple' } : {})
    const parts = await unpack(content)
    const manifest = upgraded(JSON.parse(await parts.get('project').text()))
    assert.equal(manifest.name, 'Customers of spring')
    assert.equal(manifest.models.length, 1)
    assert.ok(parts.get(`model:${manifest.models[0].key}`).size > 100)
  }
})
