// Boots an engine inside a worker. `init` is the glue's entry, `start` makes another worker with the same script: a
// helper engine, which serves this one over a port of its own.
self.keptBoot = ({ module, port, script, helpers, memory, lock }, init, start) => {
  self.keptPort = port
  self.keptIsHelper = lock !== undefined
  self.keptHelpers = helpers
  self.keptMemoryLimit = memory
  self.keptWorkers = new Set()
  /** Starts a helper; `ended` is called once when it dies, not when it is stopped. */
  self.keptStart = (ended) => {
    const channel = new MessageChannel()
    const name = `kept-helper-${crypto.getRandomValues(new Uint32Array(4)).join('-')}`
    const worker = start()
    let over = false
    const stop = () => {
      over = true
      self.keptWorkers.delete(worker)
      worker.terminate()
    }
    const died = () => {
      if (over) return
      stop()
      ended()
    }
    worker.onerror = (error) => {
      error.preventDefault()
      died()
    }
    // The browser frees a lock whose holder is gone, however it went.
    worker.onmessage = ({ data }) => { if (data === 'locked') navigator.locks.request(name, died).catch(() => {}) }
    worker.postMessage({ module, script, memory, port: channel.port2, lock: name }, [channel.port2])
    self.keptWorkers.add(worker)
    return { port: channel.port1, stop }
  }
  // Thrown again outside the promise, so that it reaches the worker's error event like any later failure.
  const run = () => init({ module_or_path: module }).then((wasm) => { self.keptMemory = () => wasm.memory.buffer.byteLength }).catch((error) => setTimeout(() => { throw error }))
  if (!self.keptIsHelper) {
    self.onmessage = ({ data, ports }) => { if (data?.kind === 'probe') self.keptProbe.answer(ports[0], data) }
    self.postMessage('alive')
    return run()
  }
  // Without locks (a sandboxed frame has none) silence is the sign of death.
  const hold = () => { self.postMessage('locked'); return new Promise(() => {}) }
  navigator.locks?.request(lock, hold).catch(() => {})
  run()
}
