// The project of one element: kept on this device when the person wants it, saved on every change, opened again, written
// to a file and read from one. Every question to the person goes through `ask`; what the interface shows is `view()`.
import { Tabs, amend, list, put, remove, take } from './shelf.js'
import { VERSION, VaultError, canLock, makeKey, open, pack, seal, unpack, upgraded } from './vault.js'

const WAIT_MS = 400
/** Changes that do not stop are saved in between. */
const LONGEST_WAIT_MS = 2000
/** Parts up to this size are stored as bytes, larger ones as blobs, which browsers keep in files of their own. */
const SMALL = 4 << 20
/** How long a download may take to start before its address is let go. */
const ADDRESS_MS = 20000

const fresh = () => [...crypto.getRandomValues(new Uint8Array(12))].map((b) => b.toString(16).padStart(2, '0')).join('')
const json = async (blob) => JSON.parse(await blob.text())
const stem = (name = '') => name.replace(/\.[^.]{1,5}$/, '')
/** Hands bytes to the person as a file. */
function download(name, bytes) {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }))
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), ADDRESS_MS)
}

/** What a project is made of, each with what tells whether it is another than before. */
function partsOf(holds, name, created, withData) {
  const { data, report, models, ...rest } = holds
  const keepsData = withData && data !== undefined
  const manifest = { format: VERSION, name, created, ...rest, models, report: report && keepsData ? holds.protocol : null }
  manifest.data = keepsData ? { ...data.options, rows: data.rows.map((r) => r.optional) } : null
  const parts = new Map([['project', JSON.stringify(manifest)]])
  for (const { key } of models) parts.set(`model:${key}`, key)
  if (keepsData) {
    // It names customers one by one: it goes with their data.
    if (report) parts.set('report', report)
    parts.set('data', data.blob)
    data.rows.forEach((r, i) => parts.set(`rows:${i}`, r.blob))
  }
  return parts
}

/** Fields that take back what was typed themselves. */
const OWN_UNDO = ':is(textarea, input:not([type]), input:is([type=text], [type=number], [type=search], [type=password])), [contenteditable]'
/** The element used last: keys pressed while nothing has the focus are for it. */
let lastUsed

/** Ctrl+Z, Ctrl+Y and their like, wherever the focus is in the element; gives a function that ends it. */
function followKeys(host, widget) {
  const used = () => { lastUsed = host }
  const pressed = (event) => {
    const { key, shiftKey, altKey } = event
    if (event.defaultPrevented || altKey || !(event.ctrlKey || event.metaKey)) return
    const way = /^z$/i.test(key) ? (shiftKey ? 'redo' : 'undo') : /^y$/i.test(key) && event.ctrlKey && !shiftKey ? 'redo' : undefined
    const path = event.composedPath()
    const isHere = path.includes(host) || (lastUsed === host && path[0] === document.body)
    if (!way || !isHere || path[0].matches?.(OWN_UNDO)) return
    event.preventDefault()
    widget[way]()
  }
  host.addEventListener('pointerdown', used)
  host.addEventListener('focusin', used)
  document.addEventListener('keydown', pressed)
  return () => {
    host.removeEventListener('pointerdown', used)
    host.removeEventListener('focusin', used)
    document.removeEventListener('keydown', pressed)
    if (lastUsed === host) lastUsed = undefined
  }
}

export class Projects {
  #widget
  #host
  #script
  #tabs
  /** What is shown: projects of this device, why there can be none, what is asked, what went wrong. */
  #view = { list: [], cannot: undefined, ask: undefined, trouble: undefined, blocked: true }
  /** The remembered project: record, revision, key, what is stored of it by part. */
  #now
  #name = ''
  #created
  #declined = false
  /** While a project is put into the element, nothing is saved. */
  #opening = false
  #timer
  #since
  #saving
  #again = false
  /** Why saving failed last, told to the host once. */
  #told
  #answer
  #onHide = () => { if (document.visibilityState === 'hidden') this.flush() }
  #onLeave = () => { this.flush() }

  #keys

  /** `widget` holds the state of the element `host`. Of the script around, `show(shelf)` has the interface show what is
   * told, `failure(code)` makes an error, and `failed(error)` tells the host of one. */
  constructor(widget, host, script) {
    this.#widget = widget
    this.#host = host
    this.#script = script
    this.#tabs = new Tabs({ onTaken: (id) => this.#taken(id), onList: () => this.#look() })
    document.addEventListener('visibilitychange', this.#onHide)
    addEventListener('pagehide', this.#onLeave)
    this.#keys = followKeys(host, widget)
    this.#look()
  }
  close() {
    document.removeEventListener('visibilitychange', this.#onHide)
    removeEventListener('pagehide', this.#onLeave)
    this.#keys()
    clearTimeout(this.#timer)
    this.#reply(undefined)
    this.#tabs.close()
    this.#now = undefined
    this.#widget = undefined
  }

  // -- what the interface shows --

  #show(change = {}) {
    Object.assign(this.#view, change)
    const now = this.#now
    this.#view.current = now && { ...now.record, status: now.status, code: now.code, locked: Boolean(now.key) }
    if (this.#widget) this.#script.show({ ...this.#view, list: this.#view.list.map((p) => ({ ...p, data: p.has_data })), canLock: canLock(), name: this.#name })
  }
  async #look() {
    try {
      const all = await list()
      // A name that is another than the one written from here was given in another tab.
      const now = this.#now
      const mine = all.find((p) => p.id === now?.record.id)
      if (mine && mine.revision === now.revision && !this.#saving) this.#name = now.record.name = mine.name
      this.#show({ list: all, cannot: undefined })
    } catch (error) {
      this.#show({ list: [], cannot: error.code })
    }
  }
  /** Puts a question before the person; undefined when they turn away. */
  #ask(question) {
    this.#reply(undefined)
    this.#show({ ask: question })
    return new Promise((done) => { this.#answer = done })
  }
  #reply(value) {
    const answer = this.#answer
    this.#answer = undefined
    const { ask } = this.#view
    // The question stays while a passphrase is tried: it may have to be asked again.
    const tried = answer && value !== undefined && ask?.kind === 'unlock'
    if (ask) this.#show({ ask: tried ? { ...ask, wrong: undefined, tried } : undefined })
    answer?.(value)
  }

  // -- saving --

  /** Something may have changed. */
  changed() {
    if (this.#opening) return
    if (!this.#now && this.#host.remember && !this.#declined && this.#widget?.holds().data) this.#begin()
    if (!this.#now) return
    this.#since ??= performance.now()
    clearTimeout(this.#timer)
    const wait = Math.max(0, Math.min(WAIT_MS, this.#since + LONGEST_WAIT_MS - performance.now()))
    this.#timer = setTimeout(() => this.flush(), wait)
  }
  /** Saves now what is not saved. */
  async flush() {
    clearTimeout(this.#timer)
    this.#since = undefined
    if (this.#saving) {
      this.#again = true
      return this.#saving
    }
    this.#saving = (async () => {
      do {
        this.#again = false
        await this.#save()
      } while (this.#again)
    })()
    try { await this.#saving } finally { this.#saving = undefined }
  }
  async #save() {
    const now = this.#now
    if (!now || now.status === 'readonly' || now.status === 'taken' || !this.#widget) return
    try {
      const holds = this.#widget.holds()
      const wanted = partsOf(holds, now.record.name, now.record.created, now.record.data)
      const changed = [...wanted].filter(([name, token]) => now.stored.get(name)?.token !== token)
      const gone = [...now.stored.keys()].filter((name) => !wanted.has(name))
      if (changed.length + gone.length === 0 && now.status === 'saved') return
      now.status = 'saving'
      this.#show()
      const sealed = new Map()
      for (const [name, token] of changed) {
        const content = name.startsWith('model:') ? this.#widget.modelOf(token) : token
        const bytes = await seal(content, { key: now.key, about: { project: now.record.id, part: name } })
        sealed.set(name, bytes.size <= SMALL ? new Uint8Array(await bytes.arrayBuffer()) : bytes)
      }
      if (this.#now !== now) return
      const stored = new Map([...now.stored].filter(([name]) => wanted.has(name)))
      for (const [name, content] of sealed) stored.set(name, { token: wanted.get(name), size: content.size ?? content.length })
      const size = [...stored.values()].reduce((sum, part) => sum + part.size, 0)
      const record = { ...now.record, changed: Date.now(), size, locked: Boolean(now.key), models: holds.models.length, has_data: stored.has('data') }
      now.revision = await put(record, now.revision, sealed, gone)
      Object.assign(now, { record: { ...record, name: now.record.name, data: now.record.data }, stored, status: 'saved', code: undefined })
      this.#told = undefined
      this.#tabs.changed()
      await this.#look()
    } catch (error) {
      if (error.code === 'taken') return this.#taken(now.record.id)
      now.status = 'failed'
      // A file that was moved or changed since it was opened cannot be read any more.
      now.code = error.code ?? (/NotReadable|NotFound/.test(error.name) ? 'file' : 'storage')
      if (now.code === 'file') now.record.data = false
      this.#show()
      if (now.code !== this.#told) this.#script.failed(this.#script.failure(this.#told = now.code))
      if (now.code === 'file') this.#again = true
    }
  }
  /** Another tab has the project now. */
  #taken(id) {
    const now = this.#now
    if (now?.record.id !== id) return
    now.status = 'taken'
    clearTimeout(this.#timer)
    this.#show()
  }
  /** The name given, or else the data's. */
  #title() { return this.#name || stem(this.#widget.holds().data?.options.name) }
  /** Keeps what is in the element as a new project. */
  async #begin({ key, data = false } = {}) {
    const id = fresh()
    const created = this.#created ?? Date.now()
    const name = this.#title()
    const now = { record: { id, name, created, changed: created, data }, revision: 0, key, stored: new Map(), status: 'saving' }
    this.#now = now
    this.#name = name
    await this.#tabs.hold(id).catch(() => {})
    // Without it the browser may clear what it keeps when the disk gets full; it may say no.
    navigator.storage?.persist?.().catch(() => {})
    await this.flush()
  }

  // -- opening --

  /** Reads a project of this device; the key is asked for where it is needed and not given. */
  async #read(id, { passphrase, key } = {}) {
    const found = await take(id)
    if (!found) throw new VaultError('damaged')
    const about = (part) => ({ project: id, part })
    const part = (name) => found.parts.get(name) ?? new Blob([])
    const first = await open(part('project'), { passphrase, key, about: about('project') })
    const opened = new Map()
    for (const [name, blob] of found.parts) opened.set(name, (await open(blob, { key: first.key, about: about(name) })).content)
    return { ...found, opened, key: first.key }
  }
  /** Puts parts that were opened into the element, in place of what was there. */
  async #takeUp(parts) {
    const part = (name) => parts.get(name) ?? (() => { throw new VaultError('damaged') })()
    let manifest
    try { manifest = upgraded(await json(part('project'))) } catch (error) { throw error instanceof VaultError ? error : new VaultError('damaged') }
    if (!Array.isArray(manifest.models) || typeof manifest.name !== 'string') throw new VaultError('damaged')
    const models = await Promise.all(manifest.models.map(async (m) => ({ ...m, bytes: new Uint8Array(await part(`model:${m.key}`).arrayBuffer()) })))
    const report = manifest.report !== null && parts.has('report') ? await parts.get('report').arrayBuffer() : undefined
    const { rows = [], ...options } = manifest.data ?? {}
    const data = manifest.data ? { blob: part('data'), options, rows: rows.map((optional, i) => ({ blob: part(`rows:${i}`), optional })) } : undefined
    this.#now = undefined
    this.#opening = true
    try {
      await this.#widget.takeUp({ ...manifest, models, report, protocol: manifest.report, data })
    } finally {
      this.#opening = false
    }
    this.#name = manifest.name
    this.#created = manifest.created
  }
  /** Lets go of the project that is open; what is in the element stays. */
  async #leave() {
    await this.flush()
    this.#now = undefined
    this.#tabs.release()
  }
  /** Opens a project of this device. */
  async open(id, { passphrase, key, takeOver = false, readOnly = false } = {}) {
    const found = await this.#read(id, { passphrase, key })
    const before = this.#now
    await this.flush()
    if (readOnly) this.#tabs.release()
    else {
      try {
        await this.#tabs.hold(id, { over: takeOver })
      } catch (error) {
        if (before && before.status !== 'readonly' && before.status !== 'taken') await this.#tabs.hold(before.record.id).catch(() => this.#taken(before.record.id))
        throw error
      }
    }
    // The tab that had it may have saved in between.
    const { record, opened } = takeOver ? await this.#read(id, { key: found.key, passphrase }) : found
    try {
      await this.#takeUp(opened)
    } catch (error) {
      this.#tabs.release()
      this.#show()
      throw error
    }
    const parts = partsOf(this.#widget.holds(), record.name, record.created, Boolean(record.has_data))
    const stored = new Map([...parts].filter(([name]) => opened.has(name)).map(([name, token]) => [name, { token, size: found.parts.get(name)?.size ?? 0 }]))
    for (const name of opened.keys()) if (!stored.has(name)) stored.set(name, { size: 0 })
    this.#now = { record: { ...record, data: Boolean(record.has_data) }, revision: record.revision, key: found.key, stored, status: readOnly ? 'readonly' : 'saved' }
    this.#name = record.name
    this.#show()
  }
  /** A file's project, opened in the element. It is kept on this device only when the person or the host says so. */
  async import(source, { passphrase } = {}) {
    const { content, key } = await open(source instanceof Blob ? source : new Blob([source]), { passphrase })
    const parts = await unpack(content)
    await this.#leave()
    await this.#takeUp(parts)
    this.#show()
    if (this.#host.remember && !this.#declined) {
      await this.#begin({ key: key && await makeKey(passphrase) })
    }
  }
  /** The element's project as the bytes of a file; `id` for another one of this device. */
  async export({ passphrase, data = false, id } = {}) {
    let parts
    if (id !== undefined && id !== this.#now?.record.id) {
      const { opened, record } = await this.#read(id, { passphrase })
      const manifest = { ...await json(opened.get('project')), name: record.name }
      if (!data) manifest.data = manifest.report = null
      parts = new Map([...opened].filter(([name]) => data || name === 'project' || name.startsWith('model:')))
      parts.set('project', JSON.stringify(manifest))
    } else {
      parts = partsOf(this.#widget.holds(), this.#title(), this.#now?.record.created ?? this.#created ?? Date.now(), data)
      for (const [part, token] of parts) if (part.startsWith('model:')) parts.set(part, this.#widget.modelOf(token))
    }
    const key = passphrase ? await makeKey(passphrase) : undefined
    const sealed = await seal(pack(parts), { key, about: { kind: 'project' } })
    return new Uint8Array(await sealed.arrayBuffer())
  }
  list() {
    return list().then((all) => all.map(({ id, name, created, changed, size, locked, models, has_data: data }) => ({ id, name, created, changed, size, locked, models, data })))
  }
  async delete(id) {
    if (this.#now?.record.id === id) {
      this.#declined = true
      this.#now = undefined
      clearTimeout(this.#timer)
      await this.#saving
      this.#tabs.release()
    }
    await remove(id)
    this.#tabs.changed()
    await this.#look()
  }

  // -- settings of the open project --

  async #lock(passphrase) {
    const now = this.#now
    if (!now) return
    const key = passphrase ? await makeKey(passphrase) : undefined
    now.key = key
    // All is written anew, at once: nothing stays as it was before.
    for (const part of now.stored.values()) part.token = undefined
    await this.flush()
  }
  #rename(id, name) {
    const given = name.trim()
    if (!given) return this.#show()
    if (id === this.#now?.record.id || id === undefined) {
      this.#name = given
      if (!this.#now) return this.#show()
      this.#now.record.name = given
      this.#show()
      return this.flush()
    }
    return amend(id, { name: given }).then(() => { this.#tabs.changed(); return this.#look() })
  }

  // -- what the person does --

  /** Opens, asking for what is missing; true when it is open. */
  async #openAsking(id, how = {}) {
    const record = (await list()).find((p) => p.id === id)
    return this.#asking({ kind: 'unlock', id, name: record?.name ?? '' }, record?.locked && !how.key, async (passphrase, choice) => this.open(id, { ...how, ...choice, passphrase }))
  }
  /** Does something that may need a passphrase or a decision, and asks until it has them. */
  async #asking(question, isLocked, attempt) {
    let passphrase
    let choice = {}
    let wrong
    for (;;) {
      if (isLocked && (passphrase === undefined || wrong)) {
        passphrase = await this.#ask({ ...question, wrong })
        if (!passphrase) return false
      }
      const tried = this.#view.ask
      try {
        wrong = undefined
        await attempt(passphrase, choice)
        if (this.#view.ask === tried) this.#show({ ask: undefined })
        return true
      } catch (error) {
        // Turned away meanwhile.
        if (tried && !this.#view.ask) return false
        if (error.code === 'passphrase' && isLocked) wrong = error.code
        else if (error.code === 'busy') {
          const said = await this.#ask({ ...question, kind: 'busy' })
          if (!said) return false
          choice = said === 'over' ? { takeOver: true } : { readOnly: true }
        } else throw error
      }
    }
  }
  async #do(what, value) {
    const now = this.#now
    switch (what) {
      case 'changed': return this.changed()
      case 'blocked': return this.#show({ blocked: value })
      case 'answer': return this.#reply(value || undefined)
      case 'remember':
        if (value && !now) { this.#declined = false; return this.#begin() }
        if (!value && now) return now.status === 'readonly' || now.status === 'taken' ? this.#leave() : this.delete(now.record.id)
        return
      case 'data':
        if (now) { now.record.data = value; this.#show(); await this.flush() }
        return
      case 'lock': return this.#lock(value)
      case 'rename': return this.#rename(value.id, value.name)
      case 'delete': return this.delete(value)
      case 'open': return this.#openAsking(value)
      case 'over': return now && this.#openAsking(now.record.id, { takeOver: true, key: now.key })
      case 'copy':
        if (now) { this.#now = undefined; this.#tabs.release(); return this.#begin({ key: now.key, data: now.record.data }) }
        return
      case 'leave': await this.#leave(); this.#name = ''; this.#created = undefined; this.#widget.clear(); return this.#show()
      case 'export': {
        const name = value.id && value.id !== now?.record.id ? this.#view.list.find((p) => p.id === value.id)?.name : this.#title()
        const save = async (more) => download(`${name || 'project'}.kept`, await this.export({ ...value, ...more }))
        // One of the list: all that is stored of it, under its own passphrase.
        if (value.id && value.id !== now?.record.id) {
          const { locked, has_data: data } = this.#view.list.find((p) => p.id === value.id) ?? {}
          return this.#asking({ kind: 'unlock', name }, locked, (passphrase) => save({ passphrase, data }))
        }
        return save()
      }
      case 'dismiss': return this.#show({ trouble: undefined })
      case 'import': {
        // Says what is wrong with the file before anything is asked.
        const start = await open(value, {}).catch((error) => { if (error.code !== 'passphrase') throw error })
        return this.#asking({ kind: 'unlock', name: value.name ?? '' }, start === undefined, (passphrase) => this.import(value, { passphrase }))
      }
    }
  }
  /** What the interface asks for; failures are shown where they happen. */
  act(what, value) {
    this.#do(what, value).catch((error) => {
      this.#show({ ask: undefined, trouble: { code: error.code ?? 'internal', message: error.message ?? String(error) } })
      // What went wrong with the data itself is told already.
      const said = this.#said(error)
      if (said !== error) this.#script.failed(said)
    })
  }
  /** An error as hosts get it, in words. */
  #said(error) { return error instanceof VaultError || error?.name === 'ShelfError' ? this.#script.failure(error.code) : error }
  /** The same for hosts: errors are thrown. */
  async call(what) {
    try { return await what(this) } catch (error) { throw this.#said(error) }
  }
}
