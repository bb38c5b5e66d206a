// The engine as a worker from a URL, for host pages whose policy forbids blob workers.
// Serve this file with `Content-Security-Policy: default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'none'`.
import './boot.js'
import { keptProbe } from './probe.js'
self.keptProbe = keptProbe()
const trusted = globalThis.trustedTypes?.createPolicy('kept', { createScriptURL: (url) => (url === import.meta.url ? url : '') })
/** The glue of the module that runs here: only one is needed. */
const GLUE = { engine: () => import('./engine.js'), studies: () => import('./studies.js') }
self.onmessage = async ({ data }) => {
  self.onmessage = null
  const { default: init } = await GLUE[data.name ?? 'engine']()
  self.keptBoot(data, init, () => new Worker(trusted?.createScriptURL(import.meta.url) ?? import.meta.url, { type: 'module', name: 'kept-helper' }))
}
