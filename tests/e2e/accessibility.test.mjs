// axe on every screen, in both themes, both languages, wide and narrow.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { everyScreen } from './screens.mjs'
import { AXE, stage } from './support.mjs'

let scene
before(async () => { scene = await stage() })
after(async () => { await scene?.close() })
const axe = readFileSync(AXE, 'utf8')

for (const options of [{ theme: 'light', width: 1280 }, { theme: 'dark', width: 380, chinese: true }]) {
  test(`no violation: ${options.theme}, ${options.width} px, ${options.chinese ? 'Chinese' : 'English'}`, async () => {
    const found = []
    const app = await everyScreen(scene, options, async (name, { page }) => {
      await page.evaluate(axe)
      const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
      for (const v of violations) found.push(`${name}: ${v.id}: ${v.nodes.map((n) => `${n.target.join(' ')} (${n.failureSummary?.split('\n').at(-1)?.trim()})`).slice(0, 4).join('; ')}`)
      const overflow = await page.evaluate(() => document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth)
      if (overflow > 0) found.push(`${name}: scrolls sideways by ${overflow} px`)
      // On a phone every card has the whole width.
      const narrow = options.width < 760 && await page.evaluate(() => {
        const grids = [...document.querySelector('kept-insights').shadowRoot.querySelectorAll('.grid')]
        return grids.flatMap((grid) => [...grid.children].filter((card) => card.offsetWidth < grid.clientWidth - 1).map((card) => card.className))
      })
      if (narrow && narrow.length) found.push(`${name}: narrow cards: ${narrow.join(', ')}`)
    })
    assert.deepEqual(found, [])
    assert.deepEqual(await app.quiet(), [])
  })
}
