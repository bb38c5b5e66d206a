// The app's own page: kept for use without a network where the browser can, then started.
const START_MS = 4000
const policy = globalThis.trustedTypes?.createPolicy('kept-app', { createScriptURL: (url) => (url === 'sw.js' ? url : '') })

/** Settles once a service worker serves this page, or when that takes too long or cannot be. */
async function served() {
  const workers = navigator.serviceWorker
  if (!workers) return
  const register = () => workers.register(policy?.createScriptURL('sw.js') ?? 'sw.js', { updateViaCache: 'none' })
  // What is kept serves at once; whether there is a newer version is seen meanwhile.
  if (workers.controller) return void register().catch(() => {})
  const controlled = new Promise((resolve) => workers.addEventListener('controllerchange', resolve, { once: true }))
  if (await register()) await controlled
}
const late = new Promise((resolve) => setTimeout(resolve, START_MS))
await Promise.race([served().catch(() => {}), late])
await import('./kept.js')
