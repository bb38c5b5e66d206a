// Keeps the files of one version of the app, so that it opens without a network. Every file is checked against the
// fingerprints below before it is kept: a deployment under way never mixes versions. The build fills in the two lines.
const VERSION = ''
const FILES = {}

/** What the first screen needs; everything else is kept when it is first asked for. */
const FIRST = ['index.html', 'app.js', 'page.css', 'icon.svg', 'kept.js', 'errors.js', 'options.js', 'sources.js', 'page.js', 'page_bg.wasm', 'kept.css', 'charts.css']
/** Firefox does not run a script in a frame without a network when a service worker brings it: there the server does. */
const LEFT = navigator.userAgent.includes('Firefox/') ? ['room.js'] : []
const SCOPE = self.registration.scope
const PREFIX = `kept ${SCOPE} `
const CACHE = PREFIX + VERSION
const at = (name) => new URL(name, SCOPE).href

const fingerprint = async (bytes) => {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return btoa(String.fromCharCode(...hash))
}

/** The file of this version, from the network, and kept; an error where the server has another. */
async function fetched(name) {
  const response = await fetch(at(name), { cache: 'no-cache', credentials: 'same-origin' })
  if (!response.ok) throw new Error(`${name}: HTTP ${response.status}`)
  const bytes = await response.clone().arrayBuffer()
  if (await fingerprint(bytes) !== FILES[name]) throw new Error(`${name} is of another version`)
  const cache = await caches.open(CACHE)
  // A full disk is no reason not to answer.
  await cache.put(at(name), response.clone()).catch(() => {})
  return response
}

self.addEventListener('install', (event) => event.waitUntil(Promise.all(FIRST.map(fetched))))

self.addEventListener('activate', (event) => event.waitUntil((async () => {
  const old = (await caches.keys()).filter((key) => key.startsWith(PREFIX) && key !== CACHE)
  await Promise.all(old.map((key) => caches.delete(key)))
  // Only at the very first visit is there a page that nobody serves: from now on its files come from here.
  await self.clients.claim()
})()))

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url)
  if (event.request.method !== 'GET' || !url.href.startsWith(SCOPE)) return
  const name = decodeURIComponent(url.pathname.slice(new URL(SCOPE).pathname.length)) || 'index.html'
  if (!Object.hasOwn(FILES, name) || LEFT.includes(name)) return
  event.respondWith((async () => {
    const cache = await caches.open(CACHE)
    const kept = await cache.match(at(name))
    if (kept) return kept
    try {
      return await fetched(name)
    } catch {
      // Another version is on the server: it is fetched whole, and used at the next start.
      self.registration.update().catch(() => {})
      return Response.error()
    }
  })())
})
