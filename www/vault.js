// A project as bytes: parts in one container, and the lock around it. Touches no page: node reads the same files.
//
// Sealed bytes, numbers little-endian:
//   "KEPTPROJ"  u16 version  u32 length of the header  header (JSON)  body  u32 CRC-32 of all before
// The header is { length, about, lock? }. Without a lock the body is the content. With one, { kdf, iterations, salt, cipher,
// iv, chunk, chunks }, the body is chunks of AES-256-GCM: chunk i has the iv with i in its last four bytes (by XOR), and
// authenticates everything before the body, and i. The first ten bytes stay as they are in every version to come.

/** Version of what is written. */
export const VERSION = 1
/** Rounds of PBKDF2 for new locks; each lock says its own, so that this may rise. */
export const ITERATIONS = 600_000
/** More is a file that wants to keep the browser busy. */
const MOST_ITERATIONS = 20_000_000
const MAGIC = 'KEPTPROJ'
const FIXED = 14
const CHUNK = 1 << 20
const TAG = 16
const KDF = 'PBKDF2-SHA-256'
const CIPHER = 'AES-256-GCM'
const LONGEST_HEADER = 1 << 16
/** Pieces are handed to the browser as they come to this much, which then may keep them on disk. */
const HEAP = 64 << 20

/** What is wrong with a project; `code` is `passphrase`, `damaged`, `newer`, `insecure`. */
export class VaultError extends Error {
  constructor(code) {
    super(code)
    this.name = 'VaultError'
    this.code = code
  }
}
const fail = (code) => { throw new VaultError(code) }

const utf8 = new TextEncoder()
const text = (bytes) => new TextDecoder('utf-8', { fatal: true }).decode(bytes)
const bytesOf = async (blob) => new Uint8Array(await blob.arrayBuffer())
const base64 = (bytes) => btoa(String.fromCharCode(...bytes))
const unbase64 = (written) => Uint8Array.from(atob(written), (c) => c.charCodeAt(0))
const isCount = (n) => Number.isSafeInteger(n) && n >= 0

// -- the checksum: against accidents, not against people --

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1
  return n
})
/** CRC-32 of what came before, and `bytes`. */
export function checksum(bytes, before = 0) {
  let crc = ~before
  for (let i = 0; i < bytes.length; i++) crc = TABLE[(crc ^ bytes[i]) & 255] ^ (crc >>> 8)
  return ~crc >>> 0
}

// -- the lock --

/** Whether this page can lock at all: pages of an insecure origin cannot. */
export const canLock = () => Boolean(globalThis.crypto?.subtle)

/** The key of a passphrase. It cannot be read out, and is kept nowhere. */
export async function makeKey(passphrase, { iterations = ITERATIONS, salt = base64(crypto.getRandomValues(new Uint8Array(16))) } = {}) {
  if (!canLock()) fail('insecure')
  // The same letters, however the keyboard composes them.
  const secret = await crypto.subtle.importKey('raw', utf8.encode(passphrase.normalize('NFKC')), 'PBKDF2', false, ['deriveKey'])
  const how = { name: 'PBKDF2', hash: 'SHA-256', iterations, salt: unbase64(salt) }
  const key = await crypto.subtle.deriveKey(how, secret, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
  return { iterations, salt, key }
}

/** How chunk `i` is encrypted. */
function terms(iv, prefix, i) {
  const own = iv.slice()
  const tail = new DataView(own.buffer)
  tail.setUint32(8, tail.getUint32(8) ^ i)
  const beside = new Uint8Array(prefix.length + 4)
  beside.set(prefix)
  new DataView(beside.buffer).setUint32(prefix.length, i, true)
  return { name: 'AES-GCM', iv: own, additionalData: beside, tagLength: TAG * 8 }
}

// -- sealing and opening --

/** Gathers pieces without holding many of them. */
class Heap {
  #pieces = []
  #held = 0
  add(bytes) {
    this.#pieces.push(bytes)
    this.#held += bytes.length
    if (this.#held > HEAP) {
      this.#pieces = [new Blob(this.#pieces)]
      this.#held = 0
    }
  }
  done() { return new Blob(this.#pieces) }
}

/** `content`, a blob or bytes, sealed as a blob. `about` says in clear what it is, and is authenticated with a lock. */
export async function seal(content, { key, about = {} } = {}) {
  const blob = content instanceof Blob ? content : new Blob([content])
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const chunks = Math.max(1, Math.ceil(blob.size / CHUNK))
  const header = { length: blob.size, about }
  if (key) header.lock = { kdf: KDF, iterations: key.iterations, salt: key.salt, cipher: CIPHER, iv: base64(iv), chunk: CHUNK, chunks }
  const json = utf8.encode(JSON.stringify(header))
  const prefix = new Uint8Array(FIXED + json.length)
  prefix.set(utf8.encode(MAGIC))
  const view = new DataView(prefix.buffer)
  view.setUint16(8, VERSION, true)
  view.setUint32(10, json.length, true)
  prefix.set(json, FIXED)
  const heap = new Heap()
  let crc = checksum(prefix)
  heap.add(prefix)
  for (let i = 0; i < chunks; i++) {
    let bytes = await bytesOf(blob.slice(i * CHUNK, (i + 1) * CHUNK))
    if (key) bytes = new Uint8Array(await crypto.subtle.encrypt(terms(iv, prefix, i), key.key, bytes))
    crc = checksum(bytes, crc)
    heap.add(bytes)
  }
  const end = new Uint8Array(4)
  new DataView(end.buffer).setUint32(0, crc, true)
  heap.add(end)
  return heap.done()
}

/** Whether bytes begin as a project does. */
export const isProject = async (blob) => {
  const head = await bytesOf(blob.slice(0, MAGIC.length))
  return head.length === MAGIC.length && utf8.encode(MAGIC).every((b, i) => b === head[i])
}

/** How many bytes the body has, for a header that makes sense. */
function bodyOf({ length, about, lock }) {
  if (!isCount(length) || typeof about !== 'object' || about === null) return undefined
  if (lock === undefined) return length
  const { kdf, iterations, salt, cipher, iv, chunk, chunks } = lock ?? {}
  const known = kdf === KDF && cipher === CIPHER && isCount(iterations) && iterations > 0 && iterations <= MOST_ITERATIONS
  if (!known || typeof salt !== 'string' || typeof iv !== 'string' || unbase64(iv).length !== 12 || unbase64(salt).length < 8) return undefined
  if (!isCount(chunk) || chunk < 1 || chunk > CHUNK * 64 || chunks !== Math.max(1, Math.ceil(length / chunk)) || chunks > 0xffffffff) return undefined
  return length + chunks * TAG
}

/** What sealed bytes say of themselves in clear, once they are known to be whole. */
export async function inspect(blob) {
  if (!(await isProject(blob)) || blob.size < FIXED + 4) fail('damaged')
  const fixed = await bytesOf(blob.slice(0, FIXED))
  const view = new DataView(fixed.buffer)
  const version = view.getUint16(8, true)
  if (version > VERSION) fail('newer')
  const n = view.getUint32(10, true)
  if (version < 1 || n > LONGEST_HEADER || FIXED + n + 4 > blob.size) fail('damaged')
  const end = blob.size - 4
  let crc = 0
  for (let at = 0; at < end; at += CHUNK) crc = checksum(await bytesOf(blob.slice(at, Math.min(at + CHUNK, end))), crc)
  const told = new DataView(await blob.slice(end).arrayBuffer())
  if (told.getUint32(0, true) !== crc) fail('damaged')
  const prefix = await bytesOf(blob.slice(0, FIXED + n))
  let header, size
  try {
    header = JSON.parse(text(prefix.subarray(FIXED)))
    size = bodyOf(header)
  } catch { /* said below */ }
  if (size === undefined || prefix.length + size !== end) fail('damaged')
  return { version, header, prefix, body: blob.slice(prefix.length, end), isLocked: header.lock !== undefined }
}

/** The content of sealed bytes, and the key that opened them. Give a `key` made before, or a `passphrase`. A wrong passphrase
 * and bytes that somebody altered look alike: `passphrase`. */
export async function open(blob, { key, passphrase, about } = {}) {
  const { header, prefix, body, isLocked } = await inspect(blob)
  const isOther = about !== undefined && JSON.stringify(about) !== JSON.stringify(header.about)
  if (!isLocked) {
    // Nothing in clear stands in for what was locked.
    if (key) fail('passphrase')
    return isOther ? fail('damaged') : { content: body, about: header.about, key: undefined }
  }
  const { iterations, salt, iv, chunk, chunks } = header.lock
  if (!key) {
    if (!canLock()) fail('insecure')
    if (!passphrase) fail('passphrase')
    key = await makeKey(passphrase, { iterations, salt })
  }
  if (isOther || key.salt !== salt || key.iterations !== iterations) fail('passphrase')
  const base = unbase64(iv)
  const heap = new Heap()
  for (let i = 0; i < chunks; i++) {
    const sealed = await body.slice(i * (chunk + TAG), (i + 1) * (chunk + TAG)).arrayBuffer()
    heap.add(new Uint8Array(await crypto.subtle.decrypt(terms(base, prefix, i), key.key, sealed).catch(() => fail('passphrase'))))
  }
  return { content: heap.done(), about: header.about, key }
}

// -- parts in one --

/** Named parts as one blob. */
export function pack(parts) {
  const all = [...parts].map(([name, content]) => [name, content instanceof Blob ? content : new Blob([content])])
  const index = utf8.encode(JSON.stringify(all.map(([name, blob]) => [name, blob.size])))
  const length = new Uint8Array(4)
  new DataView(length.buffer).setUint32(0, index.length, true)
  return new Blob([length, index, ...all.map(([, blob]) => blob)])
}

/** Named parts out of one blob. */
export async function unpack(blob) {
  const parts = new Map()
  try {
    const n = new DataView(await blob.slice(0, 4).arrayBuffer()).getUint32(0, true)
    const index = JSON.parse(text(await bytesOf(blob.slice(4, 4 + n))))
    let at = 4 + n
    for (const [name, size] of index) {
      if (typeof name !== 'string' || !isCount(size) || parts.has(name)) fail('damaged')
      parts.set(name, blob.slice(at, at + size))
      at += size
    }
    if (at !== blob.size) fail('damaged')
  } catch { fail('damaged') }
  return parts
}

// -- what is in a project: versions --

/** From the version before to the next, by the version before. */
const UPGRADES = {}

/** What a project says of itself, as this version has it. */
export function upgraded(manifest, { steps = UPGRADES, to = VERSION } = {}) {
  if (typeof manifest !== 'object' || manifest === null || !Number.isInteger(manifest.format) || manifest.format < 1) fail('damaged')
  if (manifest.format > to) fail('newer')
  let now = manifest
  while (now.format < to) now = { ...steps[now.format](now), format: now.format + 1 }
  return now
}
