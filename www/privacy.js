// What a reviewer is shown: the policies in force, every request, and what became of the ways out that were tried. It is
// read from the page, from the engine's room and from the engine itself.
const LOOK_MS = 1500
const TEST_MS = 30000
const SAME_MS = 10
/** What only a document can do is tried in the room; all else where the engine computes. */
const OF_DOCUMENTS = ['beacon', 'image', 'form']
const OF_ALL = ['fetch', 'xhr', 'socket', 'worker', 'script']
const WAYS = ['fetch', 'xhr', 'beacon', 'socket', 'image', 'form', 'worker', 'script']

/** Rows as they come, then the look around; nothing where there is no answer in time. */
const answered = (port, ms, onRow) => new Promise((resolve) => {
  const end = (look) => {
    clearTimeout(timer)
    port.close()
    resolve(look)
  }
  const timer = setTimeout(end, ms)
  port.onmessage = ({ data }) => (data.row ? onRow(data.row) : end(data.look))
})
const plain = (policy) => policy.trim().replace(/\s+/g, ' ').replace(/;+$/, '')

const merged = (looks) => ({
  policies: [...new Set(looks.flatMap((l) => l.policies))],
  resources: looks.flatMap((l) => l.resources),
  violations: looks.flatMap((l) => l.violations),
})

/** What is known of the privacy of one engine, whichever of its modules run. */
export class Privacy {
  #probe
  #since
  #engines = new Map()
  #seen = {}

  /** `probe` gives the page's own, one for all engines; `licences` is the address of that file. */
  constructor(probe, licences) {
    this.#probe = probe
    this.licences = licences
  }
  /** A module that runs now: its room, and a way to ask with a port for the room and one for the engine. */
  engine(name, room, ask) { this.#engines.set(name, { room, ask }) }
  /** A module that was ended; the last one is asked all the same, as it is started again. */
  ended(name) { if (this.#engines.size > 1) this.#engines.delete(name) }
  /** Where it computes: `sealed`, `url`, or nothing yet. */
  get room() { return this.#engines.values().next().value?.room }
  /** Data comes in. */
  arrived() { this.#since ??= Date.now() }

  async #ask(message, ms, onRow = () => {}) {
    const [{ room = 'starting', ask } = {}, ...others] = this.#engines.values()
    const places = room === 'sealed' ? ['page', 'room', 'engine'] : ask ? ['page', 'engine'] : ['page']
    const ways = { page: WAYS, room: OF_DOCUMENTS, engine: room === 'sealed' ? OF_ALL : WAYS }
    const channels = Object.fromEntries(['page', 'room', 'engine'].map((place) => [place, new MessageChannel()]))
    const looks = places.map((place) => answered(channels[place].port1, ms, (row) => onRow({ ...row, where: place })))
    const page = await this.#probe()
    page.answer(channels.page.port2, { ...message, ways: ways.page })
    ask?.({ ...message, ways: ways.room }, channels.room.port2, { ...message, ways: ways.engine }, channels.engine.port2)
    const more = message.ask === 'look' ? others.map((other) => {
      const [unheard, heard] = [new MessageChannel(), new MessageChannel()]
      unheard.port1.close()
      other.ask(message, unheard.port2, message, heard.port2)
      return answered(heard.port1, ms, () => {})
    }) : []
    const all = await Promise.all(looks)
    const engine = places.indexOf('engine')
    const rest = (await Promise.all(more)).filter(Boolean)
    if (all[engine] && rest.length > 0) all[engine] = merged([all[engine], ...rest])
    const missing = places.filter((_, i) => !all[i])
    // What was seen last stands in for who is too busy to answer.
    places.forEach((place, i) => { if (all[i]) this.#seen[place] = all[i] })
    return { room, places, missing, ways }
  }

  #report({ room, places, missing }) {
    const since = this.#since
    const policies = []
    const add = (where, source, policy) => {
      if (!policies.some((p) => p.where === where && plain(p.policy) === plain(policy))) policies.push({ where, source, policy })
    }
    const of = (key) => places.flatMap((where) => (this.#seen[where]?.[key] ?? []).map((value) => [where, value]))
    for (const [where, policy] of of('policies')) add(where, 'meta', policy)
    for (const [where, { policy, enforced }] of of('violations')) if (enforced && policy) add(where, 'refusal', policy)
    const resources = of('resources').map(([where, entry]) => ({ where, ...entry, since_data: since !== undefined && entry.at >= since })).sort((a, b) => a.at - b.at)
    const violations = []
    for (const [where, { policy: _, ...one }] of of('violations')) {
      // What two policies refuse was tried once.
      const same = (v) => v.where === where && v.blocked === one.blocked && v.directive === one.directive && one.at - v.at < SAME_MS
      if (!violations.some(same)) violations.push({ where, ...one, since_data: since !== undefined && one.at >= since })
    }
    return {
      room, policies, resources, violations, missing,
      data_since: since ?? null,
      requests_since_data: since === undefined ? null : resources.filter((r) => r.since_data).length,
    }
  }

  async read() { return this.#report(await this.#ask({ ask: 'look' }, LOOK_MS)) }

  /** Tries every way out; `onRow` is told of each as it comes. */
  async selfTest(onRow = () => {}) {
    const rows = []
    const add = (row) => {
      rows.push(row)
      onRow(row)
    }
    const answer = await this.#ask({ ask: 'test' }, TEST_MS, add)
    // Who is at work cannot try anything.
    for (const where of answer.missing) {
      for (const way of answer.ways[where]) if (!rows.some((r) => r.where === where && r.way === way)) add({ where, way, outcome: 'unknown' })
    }
    return { address: (await this.#probe()).address, rows, report: this.#report(answer) }
  }
}
