// The engine as a worker from a URL, for host pages whose policy forbids blob workers.
// Serve this file with `Content-Security-Policy: default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'none'`.
import init from './engine.js'
self.onmessage = (event) => {
  self.onmessage = null
  self.keptPort = event.data.port
  self.postMessage('alive')
  init({ module_or_path: event.data.module }).then((wasm) => { self.keptMemory = () => wasm.memory.buffer.byteLength }).catch((error) => setTimeout(() => { throw error }))
}
