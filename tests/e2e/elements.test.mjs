// Elements come and go: whatever one took is given back, memory, documents, workers and listeners.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { stage } from './support.mjs'

let scene
before(async () => { scene = await stage({ policy: null }) })
after(async () => { await scene?.close() })

test('300 elements are made and removed, and nothing of them is left', async () => {
  const { page, quiet } = await scene.open('host.html')
  await page.waitForFunction(() => document.querySelector('kept-insights')?.engine, null, { timeout: 30000 })
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable')
  const round = (n) => page.evaluate(async (n) => {
    const all = Array.from({ length: n }, () => document.createElement('kept-insights'))
    for (const element of all) document.body.append(element)
    await Promise.all(all.map((element) => element.ready))
    // Half of them have worked; one in ten goes while it works.
    const work = all.filter((_, i) => i % 2).map((element) => element.load('a,b\n1,2\n3,4\n'))
    await Promise.all(work)
    all[0].load('a,b\n1,2\n3,4\n').catch(() => {})
    for (const element of all) element.remove()
    await new Promise((done) => setTimeout(done, 50))
    return all.some((element) => element.engine || element.shadowRoot.childElementCount)
  }, n)
  const state = async () => {
    await page.waitForTimeout(500)
    for (let i = 0; i < 3; i++) await session.send('HeapProfiler.collectGarbage')
    const { metrics } = await session.send('Performance.getMetrics')
    const of = (name) => metrics.find((m) => m.name === name).value
    return { heap: of('JSHeapUsedSize'), nodes: of('Nodes'), documents: of('Documents'), frames: of('Frames'), listeners: of('JSEventListeners'), workers: page.workers().length }
  }
  // What stays by design (compiled code, caches of texts and templates) is there after the first rounds.
  for (let i = 0; i < 3; i++) assert.equal(await round(10), false)
  const start = await state()
  for (let i = 0; i < 27; i++) assert.equal(await round(10), false)
  const end = await state()
  assert.equal(end.frames, start.frames)
  assert.equal(end.workers, start.workers)
  for (const what of ['nodes', 'documents', 'listeners']) assert.ok(end[what] <= start[what] * 1.05 + 20, `${what}: ${start[what]}, then ${end[what]}`)
  // A leak of one element's tree, texts or files would be tens of kilobytes each.
  assert.ok(end.heap - start.heap < 270 * 4096, `${end.heap - start.heap} bytes more`)
  assert.deepEqual(await quiet(), [])
})
