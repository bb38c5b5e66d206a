// Where projects lie on this device: IndexedDB, and who of several tabs may write. Knows nothing of what is in them.
const NAME = 'kept-projects'
const VERSION = 1
const PROJECTS = 'projects'
const PARTS = 'parts'
/** How long other tabs may take to say that they have a project, where there are no locks. */
const ANSWER_MS = 250

/** How long the database may take to open: another tab that holds on to it can keep it closed for ever. */
const OPEN_MS = 4000

/** What went wrong with storing; `code` is `quota`, `storage`, `blocked`, `newer`, `busy`, `taken`. */
export class ShelfError extends Error {
  constructor(code, cause) {
    super(code, { cause })
    this.name = 'ShelfError'
    this.code = code
  }
}
const asShelfError = (error) => {
  if (error instanceof ShelfError) return error
  const code = { QuotaExceededError: 'quota', VersionError: 'newer' }[error?.name]
  return new ShelfError(code ?? 'storage', error)
}
const settled = (promise) => promise.catch((error) => { throw asShelfError(error) })

const answer = (request) => new Promise((done, fail) => {
  request.onsuccess = () => done(request.result)
  request.onerror = () => fail(request.error)
})
const finished = (work) => new Promise((done, fail) => {
  work.oncomplete = () => done()
  // An abort brings the error that led to it; by hand, none.
  work.onabort = () => fail(work.error)
})
const partsOf = (id) => IDBKeyRange.bound([id], [id, []])

/** A request to open; `blocked` where it is not done in time. */
const inTime = (request) => new Promise((done, fail) => {
  let late = false
  const give = setTimeout(() => { late = true; fail(new ShelfError('blocked')) }, OPEN_MS)
  answer(request).then((db) => { clearTimeout(give); late ? db.close() : done(db) }, (error) => { clearTimeout(give); fail(error) })
})

let opening
/** The database, opened once; anew after a failure, and after another build asked for it. */
function database() {
  return (opening ??= settled((async () => {
    // Sandboxed frames have none: getting it, or opening it, throws.
    const request = indexedDB.open(NAME, VERSION)
    request.onupgradeneeded = () => {
      request.result.createObjectStore(PROJECTS, { keyPath: 'id' })
      request.result.createObjectStore(PARTS)
    }
    const db = await inTime(request)
    const gone = () => { opening = undefined }
    db.onversionchange = () => { db.close(); gone() }
    db.onclose = gone
    return db
  })()).catch((error) => { opening = undefined; throw error }))
}
async function work(mode, stores, steps) {
  const db = await database()
  return settled((async () => {
    const transaction = db.transaction(stores, mode)
    const end = finished(transaction)
    end.catch(() => {})
    let given
    try {
      given = await steps(...stores.map((name) => transaction.objectStore(name)))
    } catch (error) {
      try { transaction.abort() } catch { /* it is over already */ }
      // A full disk fails a request with a word of its own, and the transaction with the true one.
      await end.catch((cause) => { throw error instanceof ShelfError ? error : cause ?? error })
      throw error
    }
    await end
    return given
  })())
}

/** What is known of each project without opening it, the latest first. */
export const list = () => work('readonly', [PROJECTS], async (projects) =>
  (await answer(projects.getAll())).sort((a, b) => b.changed - a.changed))

/** A project's record and parts, by name. */
export const take = (id) => work('readonly', [PROJECTS, PARTS], async (projects, parts) => {
  const [record, keys, values] = await Promise.all([answer(projects.get(id)), answer(parts.getAllKeys(partsOf(id))), answer(parts.getAll(partsOf(id)))])
  return record && { record, parts: new Map(keys.map(([, name], i) => [name, new Blob([values[i]])])) }
})

/** Writes a record, parts that changed and parts that are gone: all, or nothing. `revision` is the one this tab wrote or read
 * last, 0 for a new project; another in its place means that another tab was here. */
export const put = (record, revision, changed, gone) => work('readwrite', [PROJECTS, PARTS], async (projects, parts) => {
  const now = await answer(projects.get(record.id))
  if ((now?.revision ?? 0) !== revision) throw new ShelfError('taken')
  for (const name of gone) parts.delete([record.id, name])
  const writes = [...changed].map(([name, content]) => answer(parts.put(content, [record.id, name])))
  await Promise.all([...writes, answer(projects.put({ ...record, revision: revision + 1 }))])
  return revision + 1
})

/** Changes what is known of a project that is not open here. */
export const amend = (id, change) => work('readwrite', [PROJECTS], async (projects) => {
  const now = await answer(projects.get(id))
  if (now) await answer(projects.put({ ...now, ...change }))
})

export const remove = (id) => work('readwrite', [PROJECTS, PARTS], async (projects, parts) => {
  await Promise.all([answer(projects.delete(id)), answer(parts.delete(partsOf(id)))])
})

// -- one tab at a time --

/** Talks to other tabs, and to other elements of this one. */
export class Tabs {
  #channel
  #held
  /** Settles when the lock held last is free. */
  #freed
  #waiting
  #onTaken
  #onList

  constructor({ onTaken, onList }) {
    this.#onTaken = onTaken
    this.#onList = onList
    try {
      this.#channel = new BroadcastChannel(NAME)
      this.#channel.onmessage = ({ data }) => this.#heard(data)
      // For node, where it would keep the process alive.
      this.#channel.unref?.()
    } catch { /* storage is denied then, too */ }
  }
  #say(kind, id) { this.#channel?.postMessage({ kind, id }) }
  #heard({ kind, id }) {
    if (kind === 'list') this.#onList()
    else if (id !== this.#held?.id) return
    else if (kind === 'held') this.#waiting?.()
    else if (this.#held.waits) return
    else if (kind === 'who') this.#say('held', id)
    else if (kind === 'mine') this.#taken(id)
  }
  #taken(id) {
    if (this.#held?.id !== id || this.#held.waits) return
    this.#held = undefined
    this.#onTaken(id)
  }
  /** Others look at the list anew. */
  changed() { this.#say('list') }

  /** Takes a project for this tab; `busy` where another has it, unless it is to be taken over. */
  async hold(id, { over = false } = {}) {
    this.release()
    await this.#freed
    const locks = globalThis.navigator?.locks
    const held = { id, waits: true, end: () => {} }
    this.#held = held
    const got = await (locks ? this.#lock(locks, held, over) : this.#ask(id, over))
    if (this.#held !== held) { held.end(); throw new ShelfError('busy') }
    if (!got) { this.#held = undefined; throw new ShelfError('busy') }
    held.waits = false
    if (over) this.#say('mine', id)
  }
  #lock(locks, held, over) {
    return new Promise((done) => {
      const mine = (lock) => {
        if (!lock) return done(false)
        const end = new Promise((release) => { held.end = release })
        done(true)
        return end
      }
      // Refused altogether (then so is storage), or stolen later.
      this.#freed = locks.request(`kept-project-${held.id}`, over ? { steal: true } : { ifAvailable: true }, mine)
        .catch(() => { done(true); this.#taken(held.id) })
    })
  }
  #ask(id, over) {
    if (over || !this.#channel) return true
    return new Promise((done) => {
      const wait = setTimeout(() => done(true), ANSWER_MS)
      this.#waiting = () => { clearTimeout(wait); done(false) }
      this.#say('who', id)
    })
  }
  release() {
    this.#held?.end()
    this.#held = undefined
  }
  close() {
    this.release()
    this.#channel?.close()
  }
}
