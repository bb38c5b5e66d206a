// Runs inside the hidden frame whose policy forbids every connection. Workers started here inherit that policy.
// The host talks to it through one port; each engine gets a port of its own straight to the page.
// Helpers are started from the same script, and live as long as the engine that started them.
// In a sandboxed frame, whose origin is its own, browsers refuse blob workers that are modules: there it is a script.
const isSandboxed = self.origin === 'null'
const TYPE = isSandboxed ? 'classic' : 'module'
const asScript = (glue) => (isSandboxed ? `'use strict';${glue.replace(/^export\b.*$/gm, '').replaceAll('import.meta.url', 'self.location.href')}` : glue)
// Under Trusted Types, workers are made from blobs of this frame, and from nothing else.
const policy = () => globalThis.trustedTypes?.createPolicy('kept', { createScriptURL: (url) => (url.startsWith('blob:') ? url : '') })
const trusted = policy()
const start = (probe) => `const trusted = (${policy})()
self.onmessage = ({ data }) => {
  self.onmessage = null
  const address = () => {
    const blob = URL.createObjectURL(data.script)
    return trusted?.createScriptURL(blob) ?? blob
  }
  let url
  self.keptProbe = (${probe.keptProbe})((url) => trusted?.createScriptURL(url) ?? url)
  self.keptBoot(data, __wbg_init, () => new Worker(url ??= address(), { type: '${TYPE}', name: 'kept-helper' }))
}`
addEventListener('message', async (event) => {
  if (event.source !== parent || event.data?.kind !== 'kept-room') return
  const control = event.ports[0]
  const { boot } = event.data
  const probe = await import(event.data.probe)
  const here = probe.keptProbe((url) => trusted?.createScriptURL(url) ?? url)
  /** Of each module: its code, its script, the worker that runs. */
  const engines = {}
  const stop = (engine) => {
    engine?.worker?.terminate()
    if (engine) engine.worker = undefined
  }
  control.onmessage = ({ data, ports }) => {
    const { name } = data
    if (data.kind === 'stop') return stop(engines[name])
    if (data.kind === 'probe') {
      here.answer(ports[0], data.ofRoom)
      return engines[name]?.worker?.postMessage({ kind: 'probe', ...data.ofEngine }, [ports[1]])
    }
    const engine = engines[name] ??= { module: data.module, script: new Blob([asScript(data.glue), boot, start(probe)], { type: 'text/javascript' }) }
    stop(engine)
    const { id, helpers, memory } = data
    const { module, script } = engine
    const url = URL.createObjectURL(script)
    let mine
    try {
      mine = engine.worker = new Worker(trusted?.createScriptURL(url) ?? url, { type: TYPE, name: `kept-${name}` })
    } catch {
      control.postMessage({ kind: 'failed', name, id })
      return
    }
    mine.onmessage = () => {
      URL.revokeObjectURL(url)
      control.postMessage({ kind: 'alive', name, id })
    }
    mine.onerror = (error) => {
      error.preventDefault()
      if (mine === engine.worker) control.postMessage({ kind: 'crashed', name, id, needed: /kept-memory (\d+)/.exec(error.message)?.[1] })
    }
    mine.postMessage({ module, script, helpers, memory, port: ports[0] }, [ports[0]])
  }
  control.postMessage({ kind: 'up' })
})
parent.postMessage({ kind: 'kept-room-open' }, '*')
