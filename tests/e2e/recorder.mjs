// A proxy that writes down every request a browser makes, and data whose every word is known when it is met again.
import { createServer, request as ask } from 'node:http'
import { connect } from 'node:net'

/** No word of any page: in cells, and in names of columns and files. */
export const CELL = 'qzxcellcanary'
export const COLUMN = 'qzxcolumncanary'
const FILE = 'qzxfilecanary'

/** All ways in which a word could be hidden in what leaves: as it is, in hexadecimal, in base 64 at any place. */
const formsOf = (word) => {
  const in64 = [0, 1, 2].map((shift) => Buffer.from('.'.repeat(shift) + word).toString('base64').slice(shift === 0 ? 0 : shift + 1, -4))
  return [word, Buffer.from(word).toString('hex'), [...word].reverse().join(''), ...in64]
}
const hidden = [CELL, COLUMN, FILE].flatMap(formsOf)
/** Which canaries are in a text. */
export const canaries = (text, words = hidden) => words.filter((word) => text.toLowerCase().includes(word.toLowerCase()))

/** The browser's own services that ask about pages: forms are described to one that fills them in. */
export const QUIET = ['--disable-features=AutofillServerCommunication,OptimizationHints,MediaRouter,Translate,NetworkTimeServiceQuerying,HttpsUpgrades,PaintHolding,AimEnabled']

/** Starts the proxy. What is inside a tunnel is not seen: that there is one is enough. */
export function record() {
  const requests = []
  const server = createServer((request, response) => {
    const parts = []
    const it = { method: request.method, url: request.url, headers: JSON.stringify(request.rawHeaders), body: '' }
    requests.push(it)
    request.on('data', (part) => { parts.push(part) })
    request.on('end', () => {
      const body = Buffer.concat(parts)
      it.body = body.toString('latin1')
      const url = URL.canParse(request.url) ? new URL(request.url) : undefined
      if (url?.hostname !== '127.0.0.1') return response.writeHead(502).end()
      const { connection: _, 'proxy-connection': __, ...headers } = request.headers
      const upstream = ask({ hostname: url.hostname, port: url.port, path: url.pathname + url.search, method: request.method, headers }, (answer) => {
        response.writeHead(answer.statusCode, answer.rawHeaders)
        answer.pipe(response)
      })
      upstream.on('error', () => response.writeHead(502).end())
      upstream.end(body)
    })
  })
  server.on('connect', (request, socket) => {
    requests.push({ method: 'CONNECT', url: request.url, headers: JSON.stringify(request.rawHeaders), body: '' })
    socket.on('error', () => {})
    const [host, port] = request.url.split(':')
    if (host !== '127.0.0.1') return socket.end('HTTP/1.1 502 No\r\n\r\n')
    const upstream = connect(Number(port), host, () => { socket.write('HTTP/1.1 200 Yes\r\n\r\n'); socket.pipe(upstream).pipe(socket) })
    upstream.on('error', () => socket.destroy())
  })
  server.on('clientError', (_, socket) => socket.destroy())
  return new Promise((done) => {
    server.listen(0, '127.0.0.1', () => done({
      requests,
      // For the pages of one context: what the browser asks for itself goes its own way.
      proxy: { server: `http://127.0.0.1:${server.address().port}`, bypass: '<-loopback>' },
      close: () => new Promise((end) => { server.closeAllConnections(); server.close(end) }),
    }))
  })
}

const CUSTOMERS = 240
const PLANS = ['gold', 'silver', 'basic']
/** Customers with canaries in ids, names, levels, texts, names of columns; whoever pays little leaves. */
export function customers({ from = 0, n = CUSTOMERS, damage } = {}) {
  const lines = [`customer_id,full name ${COLUMN},plan ${COLUMN},tenure_months,monthly_fee,note ${COLUMN},churned`]
  for (let i = from; i < from + n; i++) {
    const tenure = (i * 37) % 60
    const leaves = (tenure * 7 + i * 11) % 100 < 40
    const fee = damage === i ? `${CELL}-damaged` : (20 + ((i * 13) % 50) + (leaves ? 15 : 0)).toFixed(2)
    lines.push(`${CELL}-${1000 + i},Ada ${CELL} Nr${i},${CELL} ${PLANS[i % 3]},${tenure},${fee},"they said ${CELL}, twice, number ${i}",${leaves ? 'yes' : 'no'}`)
  }
  return `${lines.join('\n')}\n`
}
export const asFile = (text, name = `${FILE}.csv`) => ({ name, mimeType: 'text/csv', buffer: Buffer.from(text) })

/** Listens to all that a page says, in its console and in exceptions. */
export function overhear(page) {
  const said = []
  page.on('console', (message) => said.push(`${message.type()}: ${message.text()} ${message.location().url}`))
  page.on('pageerror', (error) => said.push(`error: ${error.stack ?? error}`))
  page.on('crash', () => said.push('the page crashed'))
  return said
}

/** What a page could have left behind: addresses, storage, caches. */
export const remains = (at) => at.evaluate(async () => {
  const left = { href: location.href, title: document.title, referrer: document.referrer, history: history.length, state: JSON.stringify(history.state) }
  // A sandboxed frame has none of these.
  for (const name of ['localStorage', 'sessionStorage']) try { left[name] = JSON.stringify({ ...globalThis[name] }) } catch { /* none */ }
  try { left.cookie = document.cookie } catch { /* none */ }
  try {
    const texts = []
    for (const name of await caches.keys()) {
      const cache = await caches.open(name)
      for (const request of await cache.keys()) texts.push(name, request.url)
    }
    left.caches = texts.join('\n')
  } catch { /* none */ }
  left.timeline = performance.getEntries().map((entry) => entry.name).join('\n')
  return left
})
