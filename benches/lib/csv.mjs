// A generated set as a file a person would drop: six digits a number, the target last.
import { createWriteStream, existsSync, readFileSync, renameSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { ensure } from './data.mjs'
import { WORK } from './options.mjs'

const floats = (path) => {
  const bytes = readFileSync(path)
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)
}

/** Path of the first `rows` rows of a set as CSV. */
export async function csv(name, rows) {
  const { columns } = ensure(name)
  const path = join(WORK, `${name}-${rows}.csv`)
  if (existsSync(path)) return path
  const part = (end) => floats(join(WORK, 'data', `${name}.${end}.f32`))
  const [x, y] = [part('x'), part('y')]
  const half = `${path}.part`
  const out = createWriteStream(half)
  out.write(`${Array.from({ length: columns }, (_, j) => `x${j}`).join(',')},churn\n`)
  for (let i = 0; i < rows; i += 1000) {
    let block = ''
    for (let k = i; k < Math.min(i + 1000, rows); k++) {
      for (let j = 0; j < columns; j++) block += `${x[k * columns + j].toFixed(5)},`
      block += `${y[k] ? 'yes' : 'no'}\n`
    }
    if (!out.write(block)) await once(out, 'drain')
  }
  out.end()
  await once(out, 'finish')
  renameSync(half, path)
  return path
}
