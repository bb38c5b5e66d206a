// Kept as a host page has it: `Engine` of dist/kept.js in a page, fed a file through a file chooser.
import { stage } from '../../tests/e2e/support.mjs'
import { engineBytes } from '../groups/import.mjs'

/** Opens a page; `run` opens an engine, loads the file, runs an analysis and says how long each stage took. */
export async function host() {
  const scene = await stage({ policy: null })
  const { page } = await scene.open('host.html')
  await page.evaluate(() => {
    const input = document.createElement('input')
    input.type = 'file'
    input.id = 'bench-file'
    document.body.append(input)
    // Longest time between two frames, from now until it is asked for.
    window.beat = () => {
      let last = performance.now(), longest = 0, on = true
      const frame = (now) => { longest = Math.max(longest, now - last); last = now; if (on) requestAnimationFrame(frame) }
      requestAnimationFrame(frame)
      return () => { on = false; return longest }
    }
  })
  /** Only reads a file. */
  const load = async ({ path, engine = {} }) => {
    await page.locator('#bench-file').setInputFiles(path)
    const answer = await page.evaluate(async (engine) => {
      const { Engine } = await import(new URL('kept.js', location.href).href)
      window.benchEngine = await Engine.open(engine)
      const stop = beat(), start = performance.now()
      const { n_rows } = await window.benchEngine.load(document.querySelector('#bench-file').files[0])
      return { ms: performance.now() - start, longest: stop(), n_rows }
    }, engine)
    const bytes = await engineBytes(page)
    await page.evaluate(() => window.benchEngine.close())
    return { ...answer, bytes }
  }
  const run = async ({ path, engine = {}, params, roles = { target: 'churn' } }) => {
    await page.locator('#bench-file').setInputFiles(path)
    const answer = await page.evaluate(async ({ engine, params, roles }) => {
      const { Engine } = await import(new URL('kept.js', location.href).href)
      const open = await Engine.open(engine)
      window.benchEngine = open
      const data = await open.load(document.querySelector('#bench-file').files[0])
      const stages = {}
      let last
      const onProgress = ({ stage }) => {
        const now = performance.now()
        // A stage lasts from its first word to the first word of another.
        if (stage !== last) {
          if (last) stages[last].end = now
          stages[stage] ??= { start: now }
          last = stage
        }
        stages[stage].end = now
      }
      const stop = beat(), start = performance.now()
      const report = await open.run('churn', { dataset: data.id, roles, params }, { onProgress })
      const ms = performance.now() - start
      return { ms, longest: stop(), stages: Object.fromEntries(Object.entries(stages).map(([name, { start, end }]) => [name, end - start])), metrics: report.metrics }
    }, { engine, params, roles })
    const bytes = await engineBytes(page)
    await page.evaluate(() => window.benchEngine.close())
    return { ...answer, bytes }
  }
  return { run, load, close: scene.close }
}
