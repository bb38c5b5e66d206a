// Pictures of every screen into tests/e2e/shots/ (git-ignored), to be looked at.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { everyScreen } from './screens.mjs'
import { ROOT, stage } from './support.mjs'

const folder = join(ROOT, 'tests/e2e/shots')
mkdirSync(folder, { recursive: true })
const only = process.argv.slice(2)
const scene = await stage()
for (const theme of ['light', 'dark']) for (const chinese of [false, true]) for (const width of [1280, 380]) {
  const tag = `${theme}-${chinese ? 'zh' : 'en'}-${width}`
  if (only.length && !only.includes(tag)) continue
  await everyScreen(scene, { theme, chinese, width }, async (name, { page }) => {
    await page.screenshot({ path: join(folder, `${tag}-${name}.png`), fullPage: true })
  })
  console.log(tag)
}
await scene.close()
