// Appended to the engine's glue: takes the compiled module and a port from whoever started the worker.
self.onmessage = (event) => {
  self.onmessage = null
  self.keptPort = event.data.port
  self.postMessage('alive')
  // Thrown again outside the promise, so that it reaches the worker's error event like any later failure.
  __wbg_init({ module_or_path: event.data.module }).then((wasm) => { self.keptMemory = () => wasm.memory.buffer.byteLength }).catch((error) => setTimeout(() => { throw error }))
}
