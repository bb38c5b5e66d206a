// How soon what a person does is seen: a control of costs under the profit curve of 300,000 scored rows, and 10,000 rows
// that come in. There is no peer for either: the limits are times, of this machine.
import { loadavg } from 'node:os'
import { App } from '../../tests/e2e/pages.mjs'
import { stage } from '../../tests/e2e/support.mjs'
import { csv } from '../lib/csv.mjs'
import { median, record, say, wanted } from '../lib/options.mjs'
import { missed } from '../lib/table.mjs'

const SCORED = 300_000
const SMALL = 50_000
const ADDED = 10_000
/** A frame; and what feels at once. */
const LIMITS = { redraw: 16, append: 500 }
const MOVES = 40

const worst = (values) => Math.max(...values)

function tell(name, limit, values) {
  const ms = median(values)
  const pass = limit === null ? null : ms <= limit
  if (pass === false) missed.push(`${name}: ${ms.toFixed(1)} ms, more than ${limit}`)
  say(`  ${name.padEnd(60)} median ${ms.toFixed(1)} ms, worst ${worst(values).toFixed(1)} ms of ${values.length}${limit === null ? '' : `, limit ${limit} ms ${pass ? 'pass' : 'MISS'}`}`)
  record({ group: 'live', name, ours_ms: ms, worst_ms: worst(values), limit, pass, runs: values.length })
}

/** Moves a field of costs through values; per move the time until the page is drawn anew, script, style and layout together. */
const moves = (page, screen, field, values) => page.evaluate(async ([screen, field, values]) => {
  const root = document.querySelector('kept-insights').shadowRoot
  const place = root.querySelector(`[data-screen="${screen}"]`)
  const input = place.querySelector(`[data-cost="${field}"] input`)
  const times = []
  for (const value of values) {
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)))
    let changed = 0
    const seen = new MutationObserver((all) => { changed += all.length })
    seen.observe(place, { subtree: true, childList: true, characterData: true, attributes: true })
    const start = performance.now()
    input.value = value
    for (const type of ['input', 'change']) input.dispatchEvent(new Event(type, { bubbles: true, composed: true }))
    // What the change sets off runs as microtasks; then the layout is asked for.
    await new Promise((resolve) => { const { port1, port2 } = new MessageChannel(); port1.onmessage = resolve; port2.postMessage(0) })
    place.getBoundingClientRect()
    times.push(performance.now() - start)
    if (seen.takeRecords().length + changed === 0) throw new Error('nothing was drawn anew')
    seen.disconnect()
  }
  return times
}, [screen, field, values])

/** The element with `rows` customers, trained. */
async function trained(scene, rows) {
  const app = await App.open(scene)
  const { page } = app
  await page.evaluate(() => {
    const input = document.createElement('input')
    input.type = 'file'
    input.id = 'bench-file'
    document.body.append(input)
  })
  await page.locator('#bench-file').setInputFiles(await csv('million', rows))
  await page.evaluate(async () => {
    const element = document.querySelector('kept-insights')
    await element.load(document.querySelector('#bench-file').files[0])
    await element.run('churn', { params: { learners: ['logistic'], cv: 3, n_repeats: 1, explain: false } })
  })
  return app
}

/** Adds rows while the list is on screen; per time until the list is drawn anew. */
async function added(app) {
  await app.go('actions')
  const list = '[data-screen="actions"] .window tbody tr:not(.gap)'
  await app.page.locator(list).first().waitFor({ timeout: 60_000 })
  return app.page.evaluate(async (n) => {
    const element = document.querySelector('kept-insights')
    const [head, ...lines] = (await document.querySelector('#bench-file').files[0].slice(0, 8_000_000).text()).split('\n')
    const more = [head, ...lines.slice(0, n)].join('\n')
    const times = []
    for (let run = 0; run < 4; run++) {
      const start = performance.now()
      await element.append(more)
      const place = element.shadowRoot.querySelector('[data-screen="actions"]')
      while (!place.querySelector('.window tbody tr:not(.gap)')) await new Promise((resolve) => requestAnimationFrame(resolve))
      if (run) times.push(performance.now() - start)
    }
    return times
  }, ADDED)
}

export async function live() {
  if (!wanted('live', 'redraw', 'append')) return
  const scene = await stage()
  try {
    const steps = Array.from({ length: MOVES }, (_, i) => 1 + i)
    say(`\nAt once, rows of 20 columns (load of the machine ${loadavg()[0].toFixed(1)})`)
    const large = await trained(scene, SCORED)
    await large.page.locator('[data-screen="result"] [data-cost="contact"] input').waitFor()
    tell('the profit curve of 300,000 scored rows follows a cost', LIMITS.redraw, await moves(large.page, 'result', 'contact', steps.map((i) => i / 100)))
    tell('the same follows the chance that a contact works', LIMITS.redraw, await moves(large.page, 'result', 'success', steps.map((i) => 2 * i)))
    tell('10,000 rows that come to 300,000 are on the list', null, await added(large))
    await large.page.close()
    tell('10,000 rows that come to 50,000 are on the list', LIMITS.append, await added(await trained(scene, SMALL)))
  } finally {
    await scene.close()
  }
}
