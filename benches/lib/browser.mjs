// A fresh headless Chromium for every measured unit, so that a first run is a first run, and its CPU time.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { serve } from '../../.ci/serve.mjs'
import { ROOT, WORK } from './options.mjs'
import { CHROMIUM_FLAGS } from '../../tests/e2e/support.mjs'

const { chromium } = createRequire(join(ROOT, '.tools/package.json'))('playwright-core')

export const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: CHROMIUM_FLAGS })

/** Opens the bench page; `ours` and `peers` call into their workers. */
export async function browser() {
  const server = await serve({ folder: WORK, policy: null })
  const running = await launch()
  const page = await (await running.newContext()).newPage()
  await page.goto(`${server.url}www/bench.html`)
  await page.waitForFunction(() => window.ready)
  const devtools = await running.newBrowserCDPSession()
  /** CPU milliseconds of all renderers so far, background compilation included. */
  const cpu = async () => {
    const { processInfo } = await devtools.send('SystemInfo.getProcessInfo')
    return 1e3 * processInfo.filter((p) => p.type === 'renderer').reduce((sum, p) => sum + p.cpuTime, 0)
  }
  const call = (name) => (op, args = {}) => page.evaluate(([name, op, args]) => window.call(name, op, args), [name, op, args])
  /** A timed call with the CPU time of one repeat beside its wall time. */
  const timed = (name) => async (op, args) => {
    const before = await cpu()
    const answer = await call(name)(op, args)
    return { ...answer, cpu_ms: (await cpu() - before) / args.repeats }
  }
  return {
    version: running.version(),
    ours: call('ours'), peers: call('peers'), timed: { ours: timed('ours'), peers: timed('peers') },
    close: async () => { await running.close(); await server.close() },
  }
}
