// Looks at the policy and the requests of the place it runs in (the page, the engine's room, the engine) and tries the ways
// out of it. The function needs nothing around it: workers get it as text.
export function keptProbe(asScriptURL = (url) => url) {
  // No name under .invalid is anybody's: what is tried goes nowhere, and nothing is sent along.
  const NOWHERE = 'https://kept-self-test.invalid/'
  const REPORT_MS = 400
  const END_MS = 4000
  const MOST = 2000
  const page = globalThis.document
  const pause = (ms) => new Promise((done) => setTimeout(done, ms))
  const isTry = (url) => url.replace(/^wss?:/, 'https:').startsWith(NOWHERE)
  const absolute = (ms) => Math.round(performance.timeOrigin + ms)

  // -- what happens while it runs --
  const violations = []
  let trying = false
  ;(page ?? globalThis).addEventListener('securitypolicyviolation', (event) => {
    if (violations.length >= MOST) return
    violations.push({
      at: absolute(event.timeStamp), directive: event.effectiveDirective, blocked: event.blockedURI, policy: event.originalPolicy,
      enforced: event.disposition !== 'report', self_test: trying || isTry(event.blockedURI),
    })
  })
  // An observer and not the list itself, which ends at 250.
  const resources = []
  const take = (entries) => {
    for (const entry of entries) {
      if (resources.length >= MOST || !/^(https?|wss?|file):/.test(entry.name) || isTry(entry.name)) continue
      resources.push({ url: entry.name, kind: entry.initiatorType || 'other', at: absolute(entry.startTime), bytes: entry.encodedBodySize || entry.transferSize || null })
    }
  }
  const observer = globalThis.PerformanceObserver && new PerformanceObserver((list) => take(list.getEntries()))
  observer?.observe({ type: 'resource', buffered: true })
  if (page) {
    const [opened] = performance.getEntriesByType('navigation')
    if (opened) take([{ name: opened.name, initiatorType: 'document', startTime: 0, encodedBodySize: opened.encodedBodySize, transferSize: opened.transferSize }])
  }
  const look = () => {
    take(observer?.takeRecords() ?? [])
    const metas = page?.head?.querySelectorAll('meta[http-equiv="content-security-policy" i]') ?? []
    return { policies: Array.from(metas, (meta) => meta.content), resources: [...resources], violations: [...violations] }
  }

  // -- the ways out: each ends when there is an answer; what it throws is a refusal or an address that is nowhere --
  const ended = (target, ...events) => new Promise((done) => events.forEach((name) => target.addEventListener(name, done, { once: true })))
  const ways = {
    fetch: (url) => fetch(url, { mode: 'no-cors', cache: 'no-store', credentials: 'omit', referrerPolicy: 'no-referrer' }),
    xhr(url) {
      const request = new XMLHttpRequest()
      request.open('GET', url)
      request.send()
      return ended(request, 'loadend')
    },
    beacon: (url) => (navigator.sendBeacon ? navigator.sendBeacon(url, '') : 'absent'),
    socket: (url) => ended(new WebSocket(url.replace('https', 'wss')), 'open', 'error', 'close'),
    image(url) {
      if (!page) return 'absent'
      const image = new Image()
      image.referrerPolicy = 'no-referrer'
      image.src = url
      return ended(image, 'load', 'error')
    },
    async form(url) {
      if (!page) return 'absent'
      const frame = page.createElement('iframe')
      const form = page.createElement('form')
      frame.hidden = form.hidden = true
      frame.name = form.target = `kept-self-test-${performance.now()}`
      Object.assign(form, { method: 'post', action: url })
      ;(page.body ?? page.documentElement).append(frame, form)
      // In a sandbox no frame can be looked into: there it has left when it has loaded something.
      const isDark = () => { try { return frame.contentDocument === null } catch { return true } }
      let loads = 0
      try {
        if (isDark()) await pause(100)
        const wasDark = isDark()
        frame.addEventListener('load', () => { loads++ })
        const leaves = () => (wasDark ? loads > 0 : isDark())
        form.submit()
        // A sandbox without forms refuses without a word.
        for (let waited = 0; waited < END_MS / 2; waited += 50) {
          await pause(50)
          if (leaves()) return 'left'
          if (violations.some((v) => v.blocked === url && v.at > started)) return 'refused'
        }
        return globalThis.origin === 'null' ? 'sandbox' : 'left'
      } finally {
        frame.remove()
        form.remove()
      }
    },
    async worker(url) {
      const text = `self.keptProbe = (${keptProbe})(); onmessage = ({ data, ports }) => self.keptProbe.answer(ports[0], data)`
      const address = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }))
      let worker
      try {
        worker = new Worker(asScriptURL(address))
        const { port1, port2 } = new MessageChannel()
        const answer = new Promise((done) => { port1.onmessage = ({ data }) => data.row && done(data.row) })
        worker.postMessage({ ask: 'test', ways: ['fetch'], as: url }, [port2])
        return await Promise.race([answer, ended(worker, 'error'), pause(END_MS)])
      } finally {
        worker?.terminate()
        URL.revokeObjectURL(address)
      }
    },
    script: (url) => import(/* @vite-ignore */ /* webpackIgnore: true */ url),
  }
  /** The worker itself may be what is refused, and a refused script address is no address. */
  const isAbout = (violation, way, url) => violation.blocked.replace(/^wss?:/, 'https:') === url ||
    (way === 'worker' && /^(worker|child|script)-src|trusted-types/.test(violation.directive))
  let started = 0
  async function attempt(way, url) {
    started = Date.now() - 1
    const before = violations.length
    const report = () => violations.slice(before).find((v) => v.enforced && isAbout(v, way, url))
    trying = true
    let came
    try { came = await Promise.race([ways[way](url), pause(END_MS)]) } catch { came = 'failed' }
    // What refused it says so in an event of its own, later.
    for (let waited = 0; waited < REPORT_MS && !report() && came !== 'absent' && !came?.outcome; waited += 20) await pause(20)
    trying = false
    const by = report()
    if (by) return { way, outcome: 'refused', by: by.directive, policy: by.policy }
    if (came === 'absent') return { way, outcome: 'absent' }
    if (came === 'sandbox') return { way, outcome: 'refused', by: 'sandbox' }
    if (came?.outcome) return { ...came, way }
    return { way, outcome: 'open' }
  }

  let last = Promise.resolve()
  /** Answers with a message for each way that was tried, then with what there is to see. */
  const answer = (port, { ask, ways: asked = [], as }) => {
    last = last.then(async () => {
      for (const way of ask === 'test' ? asked : []) port.postMessage({ row: await attempt(way, as ?? NOWHERE + way) })
      port.postMessage({ look: look() })
    })
    return last
  }
  return { answer, address: NOWHERE }
}
