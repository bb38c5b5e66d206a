// The page of the bench: starts workers and passes calls on. It does no work itself.
const workers = {}
let next = 0
const waiting = new Map()

function worker(name) {
  if (workers[name]) return workers[name]
  const made = new Worker(`./${name}.js`, { type: 'module' })
  made.onmessage = ({ data: { id, value, error } }) => {
    const { resolve, reject } = waiting.get(id)
    waiting.delete(id)
    error === undefined ? resolve(value) : reject(new Error(error))
  }
  made.onerror = (event) => { for (const { reject } of waiting.values()) reject(new Error(event.message)) }
  return (workers[name] = made)
}

window.call = (name, op, args) => new Promise((resolve, reject) => {
  const id = ++next
  waiting.set(id, { resolve, reject })
  worker(name).postMessage({ id, op, args })
})
window.ready = true
