// Kept: registers <kept-insights> and exports Engine, KeptError, version. No other file needs to be named by a host.
import { Projects } from './projects.js'
import init, { Core, Widget, fetchTextsWith, markupWith, partsOfReport, takeUpTexts } from './page.js'
import { Privacy } from './privacy.js'
import { EXPORTS, STEPS, checkList, checkOptions, checkParams, knownOf, readList, writeList } from './options.js'
import { KeptError, asKeptError, rejected, settle, wrongParam } from './errors.js'
import { asBlob, written } from './sources.js'

// Written out one by one, so that bundlers find them and carry them along.
const FILES = {
  'page_bg.wasm': new URL('./page_bg.wasm', import.meta.url),
  'findings_bg.wasm': new URL('./findings_bg.wasm', import.meta.url),
  'engine_bg.wasm': new URL('./engine_bg.wasm', import.meta.url),
  'studies_bg.wasm': new URL('./studies_bg.wasm', import.meta.url),
  'findings.js': new URL('./findings.js', import.meta.url),
  'engine.js': new URL('./engine.js', import.meta.url),
  'studies.js': new URL('./studies.js', import.meta.url),
  'boot.js': new URL('./boot.js', import.meta.url),
  'room.js': new URL('./room.js', import.meta.url),
  'probe.js': new URL('./probe.js', import.meta.url),
  'kept.css': new URL('./kept.css', import.meta.url),
  'charts.css': new URL('./charts.css', import.meta.url),
  'texts/en.txt': new URL('./texts/en.txt', import.meta.url),
  'texts/zh.txt': new URL('./texts/zh.txt', import.meta.url),
  'licences.txt': new URL('./licences.txt', import.meta.url),
}
const at = (name) => FILES[name].href
/** Pages that enforce Trusted Types get markup and script addresses from here alone: the engine's room, and its worker. */
const ROOM = '<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="'
const WORKER = new URL('./engine-worker.js', import.meta.url)
/** Written in the source of the interface: no data is among it, nothing in it runs. */
const isInert = (text) => !/<\s*(script|iframe|object|embed|base|meta|link|style)|\son\w+\s*=|javascript:/i.test(text)
let tested
const trusted = globalThis.trustedTypes?.createPolicy('kept', {
  createHTML: (text) => (text.startsWith(ROOM) || isInert(text) ? text : ''),
  // The self-test makes a worker of its own text, to see whether a worker of the page gets out.
  createScriptURL: (url) => (url === WORKER.href || url === tested ? url : ''),
})
/** Where the files are from: another origin than the page's, where they are served from one. */
const HOME = new URL(at('room.js'))
export const version = '0.1.0'
export { KeptError } from './errors.js'

// -- files, fetched once for all elements and engines of the page --

/** Said where nothing else can be: the texts come with what is missing. */
const CANNOT = {
  en: 'Kept cannot run here: it needs WebAssembly and web workers. Use a current browser; where the page has a Content-Security-Policy, it must allow “wasm-unsafe-eval”.',
  zh: 'Kept 无法在此运行：需要 WebAssembly 和 Web Worker。请使用较新的浏览器；如果页面设有内容安全策略，需允许“wasm-unsafe-eval”。',
}
const cannot = (lang) => new KeptError({ code: 'unsupported', message: CANNOT[spoken(lang)] })
const demand = (lang) => { if (!globalThis.WebAssembly || !globalThis.Worker) throw cannot(lang) }

const once = (make) => { let made; return () => (made ??= make().catch((error) => { made = undefined; throw error })) }
const get = async (name) => {
  const response = await fetch(at(name), { credentials: 'same-origin' })
  if (!response.ok) throw new KeptError({ code: 'start', message: `${name}: HTTP ${response.status}` })
  return response
}
const compile = async (name) => {
  const response = await get(name)
  // Servers that do not know application/wasm are common.
  try {
    return await (response.headers.get('content-type')?.startsWith('application/wasm')
      ? WebAssembly.compileStreaming(response) : response.arrayBuffer().then((bytes) => WebAssembly.compile(bytes)))
  } catch (error) {
    throw error instanceof WebAssembly.CompileError ? cannot(document.documentElement.lang || navigator.language) : error
  }
}
const page = once(async () => {
  await init({ module_or_path: await compile('page_bg.wasm') })
  if (trusted) markupWith((text) => trusted.createHTML(text))
  fetchTextsWith(texts)
})
/** Fetched as it is: it has to stay a module of its own. */
const glueOfFindings = () => import(/* @vite-ignore */ /* webpackIgnore: true */ at('findings.js'))
/** The module that shows findings: fetched behind the first screen, started when there is something to show. */
const findingsFile = once(() => compile('findings_bg.wasm'))
const findings = once(async () => {
  const [glue, module] = await Promise.all([glueOfFindings(), findingsFile()])
  await glue.default({ module_or_path: module })
  if (trusted) glue.markupWith((text) => trusted.createHTML(text))
  return glue
})
/** Watches this page from early on, for all engines; fetched before there are data. */
const probe = once(async () => {
  const { keptProbe } = await import(/* @vite-ignore */ /* webpackIgnore: true */ at('probe.js'))
  return keptProbe((url) => trusted?.createScriptURL(tested = url) ?? url)
})
/** In a sandboxed frame every frame has an origin of its own, and a compiled module does not leave its origin: bytes do. */
const codeOf = (name) => (self.origin === 'null' ? get(name).then((r) => r.arrayBuffer()) : compile(name))
const textOf = (name) => get(name).then((r) => r.text())
/** The engine is in two modules: the second one is fetched when something is asked that it alone can do. */
const moduleFiles = (name) => once(async () => {
  const [module, glue] = await Promise.all([codeOf(`${name}_bg.wasm`), textOf(`${name}.js`)])
  return { name, module, glue }
})
const engineFiles = { engine: moduleFiles('engine'), studies: moduleFiles('studies') }
const bootFile = once(async () => (await Promise.all([textOf('boot.js'), probe()]))[0])
/** Languages of the interface; the first one stands in for all others. Each has its texts in a file of its own. */
const LANGUAGES = ['en', 'zh']
const textFile = (lang) => once(() => get(`texts/${lang}.txt`).then((r) => r.text()))
const textFiles = Object.fromEntries(LANGUAGES.map((lang) => [lang, textFile(lang)]))
const textsOf = Object.fromEntries(LANGUAGES.map((lang) => [lang, once(async () => {
  const [file] = await Promise.all([textFiles[lang](), page()])
  if (takeUpTexts(lang, file)) return
  // Of another build: the next time it is asked for anew.
  textFiles[lang] = textFile(lang)
  throw new KeptError({ code: 'language', message: `texts/${lang}.txt is not of this build` })
})]))
const spoken = (tag) => {
  const [primary] = tag.toLowerCase().split(/[-_]/)
  return LANGUAGES.includes(primary) ? primary : LANGUAGES[0]
}
const texts = (tag) => textsOf[spoken(tag)]()
/** The findings module, with a language taken up. */
async function findingsIn(tag) {
  const lang = spoken(tag)
  const [glue, file] = await Promise.all([findings(), textFiles[lang]()])
  glue.takeUpTexts(lang, file)
  return glue
}
const sheet = once(async () => {
  const texts = await Promise.all(['kept.css', 'charts.css'].map((name) => get(name).then((r) => r.text())))
  const made = new CSSStyleSheet()
  made.replaceSync(texts.join('\n'))
  return made
})

// -- where the engine lives --

const OPEN_MS = 8000
const within = (promise, ms) => Promise.race([promise, new Promise((_, fail) => setTimeout(() => fail(new Error('timeout')), ms))])

/** A frame without a network that can start one engine of each module at a time. */
async function openRoom(boot) {
  const frame = document.createElement('iframe')
  frame.hidden = true
  frame.title = 'Kept engine'
  frame.setAttribute('aria-hidden', 'true')
  const origin = HOME.origin === 'null' ? HOME.href : HOME.origin
  const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
  const policy = `default-src 'none'; script-src ${origin} blob: 'wasm-unsafe-eval'; worker-src blob:; connect-src 'none'; form-action 'none'; base-uri 'none'`
  const room = `${ROOM}${escape(policy)}"><script type="module" src="${escape(at('room.js'))}"></script>`
  frame.srcdoc = trusted?.createHTML(room) ?? room
  const channel = new MessageChannel()
  const control = channel.port1
  try {
    await within(new Promise((resolve) => {
      const opened = ({ source, data }) => {
        if (source !== frame.contentWindow || data?.kind !== 'kept-room-open') return
        removeEventListener('message', opened)
        control.onmessage = ({ data: up }) => up.kind === 'up' && resolve()
        frame.contentWindow.postMessage({ kind: 'kept-room', boot, probe: at('probe.js') }, '*', [channel.port2])
      }
      addEventListener('message', opened)
      ;(document.body ?? document.documentElement).append(frame)
    }), OPEN_MS)
  } catch (error) {
    frame.remove()
    control.close()
    throw error
  }
  let next = 0
  const listeners = {}
  const known = new Set()
  control.onmessage = ({ data }) => listeners[data.name]?.(data)
  return {
    /** Starts a worker of a module; settles once it runs. */
    start({ name, module, glue }, port, settings, onCrash) {
      const id = ++next
      return within(new Promise((resolve, reject) => {
        let alive = false
        listeners[name] = (data) => {
          if (data.id !== id) return
          if (data.kind === 'alive') { alive = true; resolve() }
          else if (alive) onCrash(Number(data.needed))
          else reject(new Error('worker refused'))
        }
        // Sent once: bytes are copied.
        const code = known.has(name) ? {} : { module, glue }
        known.add(name)
        control.postMessage({ kind: 'start', name, id, ...code, ...settings }, [port])
      }), OPEN_MS)
    },
    stop: (name) => control.postMessage({ kind: 'stop', name }),
    ask: (name, ofRoom, roomPort, ofEngine, enginePort) => control.postMessage({ kind: 'probe', name, ofRoom, ofEngine }, [roomPort, enginePort]),
    close: () => { control.close(); frame.remove() },
  }
}

/** A worker from a URL, where the host page's policy allows no other. */
function startFromUrl({ name, module }, port, settings, onCrash) {
  const worker = new Worker(trusted?.createScriptURL(WORKER.href) ?? WORKER, { type: 'module', name: `kept-${name}` })
  return within(new Promise((resolve, reject) => {
    let alive = false
    worker.onmessage = () => { alive = true; resolve(worker) }
    worker.onerror = (error) => {
      error.preventDefault()
      if (alive) onCrash(Number(/kept-memory (\d+)/.exec(error.message)?.[1]))
      else reject(new Error('worker refused'))
    }
    worker.postMessage({ name, module, port, ...settings }, [port])
  }), OPEN_MS).catch((error) => { worker.terminate(); throw error })
}

/** Helper engines that share the work: as many as there are cores, but each needs memory of its own. 1 means none. */
const defaultHelpers = () => Math.min(Math.max(navigator.hardwareConcurrency || 1, 1), 4)
/** Memory of an engine in megabytes: what 32 bits can address, less what lies between the pieces; not all of a small device's. */
const defaultMemory = () => Math.min(3584, Math.round((navigator.deviceMemory ?? 8) * 768))

/** The way one client starts, stops and restarts its engines. */
function makeSpawner(helpers = defaultHelpers(), memory = defaultMemory()) {
  const settings = { helpers, memory }
  let room // promise of a room, or null where rooms do not work
  let closed = false
  const inRoom = new Map()
  const privacy = new Privacy(probe, at('licences.txt'))
  const handle = (name, room, port, stop, ask) => {
    privacy.engine(name, room, ask)
    return {
      room,
      post: (message, transfer) => {
        // A request brings its data beside it: a file, a model.
        if (message.length > 2) privacy.arrived()
        port.postMessage(message, transfer)
      },
      stop: () => { port.close(); stop(); privacy.ended(name) },
    }
  }
  const spawn = async (onMessage, onCrash, name = 'engine') => {
    const [files, boot] = await Promise.all([engineFiles[name](), bootFile()])
    room ??= room === null ? null : openRoom(boot)
    const channel = new MessageChannel()
    const { port1: port } = channel
    port.onmessage = ({ data }) => onMessage(data)
    if (room) {
      try {
        const open = await room
        await open.start(files, channel.port2, settings, onCrash)
        inRoom.set(name, onCrash)
        return handle(name, 'sealed', port, () => open.stop(name), (...asked) => open.ask(name, ...asked))
      } catch (error) {
        // Where the first engine runs, the room is no reason that another does not.
        if (name !== 'engine') throw error
        room.then((open) => open.close(), () => {})
        room = null
        // Whatever else ran there is gone with it.
        for (const [other, gone] of inRoom) if (other !== name) gone(0)
        inRoom.clear()
      }
    }
    if (closed) throw new Error('closed')
    const second = new MessageChannel()
    port.close()
    second.port1.onmessage = ({ data }) => onMessage(data)
    const worker = await startFromUrl(files, second.port2, settings, onCrash)
    const ask = (_ofRoom, _roomPort, ofEngine, enginePort) => worker.postMessage({ kind: 'probe', ...ofEngine }, [enginePort])
    return handle(name, 'url', second.port1, () => worker.terminate(), ask)
  }
  const close = () => {
    closed = true
    room?.then((open) => open.close(), () => {})
  }
  return { spawn, close, privacy }
}

// -- headless engine --


/** A privacy budget, as the core counts it. */
const spendAtMost = (core, { epsilon, delta }) => core.setBudget(Math.round(epsilon * 1e6), delta)

export class Engine {
  #core
  #close
  #catalog
  #lang
  #privacy

  /** Starts an engine without any interface. */
  static async open(options = {}) {
    // The findings module has the sentences of explanations: nothing is fetched once the engine is open.
    const lang = options.lang ?? ''
    demand(lang)
    await Promise.all([page(), texts(lang), findingsIn(lang)])
    const { helpers, memory, budget } = options
    const allowed = checkOptions({ budget }, wrongParam).budget
    if (helpers !== undefined && !(Number.isInteger(helpers) && helpers >= 1 && helpers <= 64)) throw wrongParam('helpers', 'helpers must be a whole number from 1 to 64')
    if (memory !== undefined && !(Number.isInteger(memory) && memory >= 64 && memory <= 4096)) throw wrongParam('memory', 'memory must be a whole number of megabytes from 64 to 4096')
    const { spawn, close, privacy } = makeSpawner(helpers, memory)
    const core = new Core(spawn)
    if (options.lang) core.lang = options.lang
    if (allowed) spendAtMost(core, allowed)
    const engine = new Engine(core, () => { core.close(); close() }, () => lang, privacy)
    try {
      await engine.#start()
    } catch (error) {
      engine.close()
      throw asKeptError(error)
    }
    return engine
  }

  /** Not for hosts: use `Engine.open()` or the element's `engine`. */
  constructor(core, close, lang = () => '', privacy) {
    this.#core = core
    this.#close = close
    this.#lang = lang
    this.#privacy = privacy
  }
  async #start() { this.#catalog = await this.#core.ready() }
  static async over(core, lang, privacy) {
    const engine = new Engine(core, () => {}, lang, privacy)
    await engine.#start()
    return engine
  }

  #job(options, start) {
    const { signal, onProgress } = options ?? {}
    if (signal?.aborted) return rejected()
    const job = this.#core.begin()
    const abort = () => this.#core.cancel(job)
    signal?.addEventListener('abort', abort, { once: true })
    return settle(start(job, onProgress)).finally(() => signal?.removeEventListener('abort', abort))
  }

  catalog() { return this.#catalog }
  get room() { return this.#core.room() }
  async load(source, options = {}) {
    if (options.signal?.aborted) return rejected()
    const [blob, implied] = await asBlob(source, options.signal)
    return this.#job(options, (job, onProgress) => this.#core.load(job, blob, { ...implied, ...options }, onProgress))
  }
  async run(analysis, request, options) {
    return this.#job(options, (job, onProgress) => this.#core.run(job, analysis, request, onProgress))
  }
  async predict(model, dataset, options) {
    return this.#job(options, (job, onProgress) => this.#core.predict(job, model, dataset, onProgress))
  }
  /** Asks about the book of a model's customers. */
  async #explain(about) {
    const lang = this.#lang()
    const glue = await settle(findingsIn(lang))
    return settle(glue.explain((...question) => this.#core.ask(...question), { ...about, lang: spoken(lang) }))
  }
  async explain(model, dataset, row, { actionable = [], class: label, threshold } = {}) {
    if (!Number.isSafeInteger(row) || row < 0) throw wrongParam('row', 'row must be a whole number from 0')
    return this.#explain({ model, dataset, row, record: [], actionable, class: label, threshold })
  }
  async whatIf(model, record, { dataset, row, actionable = [], class: label, threshold } = {}) {
    const pairs = Object.entries(record).map(([column, value]) => [column, written(value)])
    return this.#explain({ model, dataset, row, record: pairs, actionable, class: label, threshold })
  }
  /** The report of `run` or `predict` as one HTML file. */
  async report(run, { lang = this.#lang() } = {}) {
    const parts = await settle(page().then(() => partsOfReport(run)))
    if (!parts) throw wrongParam('run', 'run must be a report as run(), predict() or kept-report gave it, not a copy')
    const glue = await settle(findingsIn(lang))
    try { return glue.report(parts[0], spoken(lang), parts[1]) } catch (error) { throw asKeptError(error) }
  }
  async append(dataset, rows, options = {}) {
    const [blob] = await asBlob(rows, options.signal)
    const { model, id, optional = [], threshold, value, class: label } = options
    // Whoever crosses the threshold is seen by comparing with what the model said before.
    if (model !== undefined) await this.#explain({ kind: 'open', model, dataset, threshold, value, class: label })
    return this.#job(options, (job, onProgress) => this.#core.append(job, dataset, blob, id, optional, onProgress))
  }
  /** Pseudonyms in the order of the ids: the same key gives the same again. */
  async pseudonyms(ids, key) {
    if (!Array.isArray(ids)) throw wrongParam('ids', 'ids must be a list')
    if (typeof key !== 'string') throw wrongParam('key', 'key must be text')
    return settle(this.#core.pseudonyms(ids.map(String), key))
  }
  /** Figures of groups with noise, paid for from the privacy budget of the dataset. */
  async aggregate(dataset, asked = {}) {
    const { mechanism = 'laplace', id, signal, ...rest } = asked
    checkList('mechanism', [mechanism], ['laplace', 'gaussian'], wrongParam)
    const terms = { ...rest, gaussian: mechanism === 'gaussian', id: id === null ? '' : id }
    const found = await this.#job({ signal }, (job) => this.#core.groups(job, dataset, terms, false))
    return { ...found, mechanism, epsilon: asked.epsilon, delta: asked.delta ?? 1e-6, budget: this.budget(dataset) }
  }
  /** What was spent of the privacy of a dataset, and what may be in all. */
  budget(dataset) {
    const [spent, total, spentDelta, totalDelta] = this.#core.budget(Number(/^d(\d+)$/.exec(dataset)?.[1] ?? 0))
    return { spent, total, left: Math.max(total - spent, 0), delta: { spent: spentDelta, total: totalDelta } }
  }
  async suggest(dataset, roles = {}) { return settle(this.#core.suggest(dataset, roles)) }
  async demo({ rows = 5000, seed = 42 } = {}) { return settle(this.#core.demo(rows, seed)) }
  async saveModel(model) { return settle(this.#core.saveModel(model)) }
  async loadModel(bytes) {
    const copy = bytes instanceof ArrayBuffer ? bytes.slice(0) : new Uint8Array(bytes).slice().buffer
    return settle(this.#core.loadModel(copy))
  }
  async exportModel(model, format) { return settle(this.#core.exportModel(model, format)) }
  /** The policies in force, every request, and how many came after the data. */
  async privacy() { return settle(this.#privacy.read()) }
  /** Tries every way out, to an address that is nowhere. */
  async selfTest() { return settle(this.#privacy.selfTest()) }
  async forget(dataset) { return settle(this.#core.forget(dataset)) }
  close() { this.#close() }
}

// -- the element --

/** A promise with its ends; a failure nobody waits for is no event of its own. */
function deferred() {
  let resolve, reject
  const promise = new Promise((done, fail) => { resolve = done; reject = fail })
  promise.catch(() => {})
  return { promise, resolve, reject }
}

// On a server there are no elements: the module can be imported there, and does nothing.
export class KeptInsights extends (globalThis.HTMLElement ?? Object) {
  static observedAttributes = ['lang', 'theme', 'analyses', 'src', 'steps', 'exports', 'hide-columns']
  #widget
  #close
  #engine
  #core
  #desk
  #projects
  #shelf = {}
  #privacy
  #keep = (...about) => this.#projects?.act(...about)
  #ready = deferred()
  #starting = false
  #preset
  #locked
  #budget
  #setting = false

  /** Settles with the engine once the element can be used. */
  get ready() { return this.#ready.promise }
  get engine() { return this.#engine }
  get #lang() { return this.lang || document.documentElement.lang || navigator.language || 'en' }
  get lang() { return this.getAttribute('lang') ?? '' }
  set lang(value) { this.setAttribute('lang', value) }
  get theme() { return this.getAttribute('theme') ?? 'auto' }
  set theme(value) { this.setAttribute('theme', value) }
  get analyses() { return this.getAttribute('analyses')?.split(/[\s,]+/).filter(Boolean) }
  set analyses(value) { value ? this.setAttribute('analyses', [value].flat().join(' ')) : this.removeAttribute('analyses') }
  get src() { return this.getAttribute('src') ?? '' }
  set src(value) { this.setAttribute('src', value) }

  /** What is offered, hidden, preset and locked: a copy; setting it checks it, and counts at once. */
  get options() {
    const given = { steps: this.steps, exports: this.exports, hideColumns: this.hideColumns, locked: this.#locked, preset: this.#preset, budget: this.#budget }
    return structuredClone(Object.fromEntries(Object.entries(given).filter(([, it]) => it !== undefined)))
  }
  set options(given) {
    const checked = checkOptions(given ?? {}, wrongParam)
    if (this.#engine) checkParams(checked.preset, this.#engine.catalog(), wrongParam)
    this.#preset = checked.preset
    this.#locked = checked.locked
    this.#budget = checked.budget
    this.#setting = true
    this.#reflect('steps', checked.steps)
    this.#reflect('exports', checked.exports)
    this.#reflect('hide-columns', checked.hideColumns)
    this.#setting = false
    this.#offer()
  }
  get steps() { return readList(this.getAttribute('steps')) }
  set steps(list) { this.options = { ...this.options, steps: list ?? undefined } }
  get exports() { return readList(this.getAttribute('exports')) }
  set exports(list) { this.options = { ...this.options, exports: list ?? undefined } }
  get hideColumns() { return readList(this.getAttribute('hide-columns')) }
  set hideColumns(list) { this.options = { ...this.options, hideColumns: list ?? undefined } }
  #reflect(name, list) {
    const text = writeList(list)
    text === undefined ? this.removeAttribute(name) : this.setAttribute(name, text)
  }
  /** Tells the interface; names that markup has wrong are said, and left out. */
  #offer() {
    if (!this.#widget) return
    const steps = knownOf(this.steps, STEPS)
    this.#widget.options = {
      steps: steps?.length ? steps : undefined,
      exports: knownOf(this.exports, EXPORTS),
      hideColumns: this.hideColumns,
      locked: this.#locked,
      preset: this.#preset,
    }
    for (const [param, list, known] of [['steps', this.steps, STEPS], ['exports', this.exports, EXPORTS]]) {
      try { checkList(param, list, known, wrongParam) } catch (error) { this.#failed(error) }
    }
    if (this.#budget) spendAtMost(this.#core ??= this.#widget.core(), this.#budget)
  }

  /** Work that ends with `signal`, as a press of Cancel ends it. */
  async #work(signal, start) {
    if (signal?.aborted) return rejected()
    await this.ready
    if (signal?.aborted) return rejected()
    const abort = () => this.cancel()
    signal?.addEventListener('abort', abort, { once: true })
    try {
      return await settle(start())
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }
  async load(source, options = {}) {
    if (options.signal?.aborted) return rejected()
    const [blob, implied] = await asBlob(source, options.signal)
    return this.#work(options.signal, () => this.#widget.load(blob, { ...implied, ...options }))
  }
  async run(analysis, request = {}, { signal } = {}) {
    return this.#work(signal, () => this.#widget.run(analysis, request))
  }
  /** Adds rows to the customers that are listed; nodes are children, as for any element. */
  async append(rows, ...nodes) {
    const options = nodes.length === 1 && Object.getPrototypeOf(nodes[0]) === Object.prototype ? nodes[0] : undefined
    if (rows instanceof Node || (nodes.length > 0 && !options)) return super.append(rows, ...nodes)
    const [blob] = await asBlob(rows, options?.signal)
    return this.#work(options?.signal, () => this.#widget.append(blob))
  }
  async privacy() { return (await this.ready).privacy() }
  async selfTest() { return (await this.ready).selfTest() }
  /** Whether work is kept on this device from the start; the person may turn it off. */
  get remember() { return this.hasAttribute('remember') }
  set remember(on) { this.toggleAttribute('remember', Boolean(on)) }
  async #project(what) {
    await this.ready
    return settle(this.#projects.call(what))
  }
  exportProject(options) { return this.#project((p) => p.export(options)) }
  importProject(bytes, options) { return this.#project((p) => p.import(bytes, options)) }
  projects() { return this.#project((p) => p.list()) }
  openProject(id, options) { return this.#project((p) => p.open(id, options)) }
  deleteProject(id) { return this.#project((p) => p.delete(id)) }
  undo() { this.#widget?.undo() }
  redo() { this.#widget?.redo() }
  cancel() { this.#widget?.cancel() }
  save() { return this.#widget?.save() }
  async restore(state) {
    await this.ready
    return this.#widget.restore(state)
  }

  connectedCallback() {
    if (!this.#starting) this.#start()
  }
  disconnectedCallback() {
    // Moving the element in the page disconnects and connects it in one task.
    queueMicrotask(() => { if (!this.isConnected) this.#stop() })
  }
  attributeChangedCallback(name, _, value) {
    if (!this.#widget) return
    if (name === 'lang') this.#widget.lang = this.#lang
    if (name === 'theme') this.#widget.theme = value ?? 'auto'
    if (name === 'analyses') this.#widget.analyses = this.analyses
    if (name === 'src' && value) this.#fetch(value)
    if (['steps', 'exports', 'hide-columns'].includes(name) && !this.#setting) this.#offer()
  }

  /** Has the findings module draw into a place; gives a function that ends it. */
  #show(place, about) {
    let shown
    let over = false
    const widget = this.#widget
    findingsIn(about.lang).then((glue) => {
      if (over || this.#widget !== widget) return
      const core = this.#core ??= widget.core()
      this.#desk ??= this.#makeDesk(glue, core)
      place.replaceChildren()
      shown = this.#desk.show(place, about)
    }).catch((error) => this.#failed(asKeptError(error)))
    return () => { over = true; shown?.free() }
  }
  #makeDesk(glue, core) {
    const widget = this.#widget
    const desk = new glue.Desk({
      ask: (...question) => settle(core.ask(...question)), act: (name, value) => widget.act(name, value), keep: this.#keep, holds: () => widget.holds(), privacy: this.#privacy,
      rename: (csv, key) => settle(core.rename(csv, key)), pseudonyms: (ids, key) => settle(core.pseudonyms(ids, key)),
      groups: (dataset, asked) => settle(core.groups(core.begin(), `d${dataset}`, asked, true)), budget: (dataset) => core.budget(dataset),
    })
    desk.projects(this.#shelf)
    return desk
  }
  /** What is known of projects: the page shows that they are there, the findings module all else. */
  #tellProjects(shelf) {
    this.#shelf = shelf
    this.#widget?.projects(shelf)
    this.#desk?.projects(shelf)
  }
  #failed(failure) {
    this.dispatchEvent(new CustomEvent('kept-error', { bubbles: true, composed: true, detail: { code: failure.code, message: failure.message, column: failure.column, row: failure.row, param: failure.param } }))
  }
  async #start() {
    this.#starting = true
    const root = this.shadowRoot ?? this.attachShadow({ mode: 'open' })
    try {
      const lang = this.#lang
      demand(lang)
      const [style] = await Promise.all([sheet(), page(), texts(lang)])
      if (!this.isConnected) { this.#starting = false; return }
      root.adoptedStyleSheets = [style]
      const mount = document.createElement('div')
      mount.className = 'kept'
      root.replaceChildren(mount)
      const { spawn, close, privacy } = makeSpawner(undefined, Number(this.getAttribute('memory')) || undefined)
      this.#privacy = privacy
      this.#close = close
      this.#widget = new Widget(mount, this, spawn, { show: (place, about) => this.#show(place, about), keep: this.#keep }, lang, this.analyses)
      const widget = this.#widget
      this.#projects = new Projects(widget, this, { show: (shelf) => this.#tellProjects(shelf), failure: (code) => new KeptError({ code, message: widget.trouble(code) }), failed: (error) => this.#failed(asKeptError(error)) })
      this.#offer()
      if (this.#lang !== lang) widget.lang = this.#lang
      if (this.hasAttribute('theme')) widget.theme = this.theme
      // Nothing is fetched once the element is ready.
      const [engine] = await Promise.all([Engine.over(widget.core(), () => this.#lang, privacy), findingsFile(), glueOfFindings()])
      if (this.#widget !== widget) return
      // Where a study is on offer its module is there before any data are; if it cannot be had now, it is asked for again.
      const offered = engine.catalog().analyses.filter(({ id }) => this.analyses?.includes(id) ?? true)
      if (offered.some(({ module }) => module === 'studies')) await engineFiles.studies().catch(() => {})
      if (this.#widget !== widget) return
      this.#engine = engine
      this.#ready.resolve(engine)
      widget.announce({ version })
      try { checkParams(this.#preset, engine.catalog(), wrongParam) } catch (error) { this.#failed(error) }
      if (this.src) this.#fetch(this.src)
    } catch (error) {
      const failure = asKeptError(error)
      this.#ready.reject(failure)
      if (!this.#widget) root.textContent = failure.message
      this.#failed(failure)
    }
  }
  #stop() {
    this.#projects?.close()
    this.#widget?.free()
    this.#desk?.free()
    this.#close?.()
    this.#widget = this.#close = this.#engine = this.#core = this.#desk = this.#projects = undefined
    this.shadowRoot?.replaceChildren()
    this.#starting = false
    this.#ready = deferred()
  }
  async #fetch(url) {
    try {
      const address = new URL(url, document.baseURI)
      const response = await fetch(address)
      if (!response.ok) throw new KeptError({ code: 'format', message: `HTTP ${response.status}` })
      await this.load(await response.blob(), { name: decodeURIComponent(address.pathname.split('/').pop() ?? '') })
    } catch (error) {
      this.#failed(asKeptError(error))
    }
  }
}
if (globalThis.customElements && !customElements.get('kept-insights')) customElements.define('kept-insights', KeptInsights)
