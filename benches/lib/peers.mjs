// The browser's own peers: npm packages pinned by peers.json, installed beside the tools and bundled into one worker.
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT, WORK } from './options.mjs'

const FOLDER = join(ROOT, '.tools/peers')
const modules = join(FOLDER, 'node_modules')

function install() {
  const wanted = readFileSync(join(ROOT, 'benches/peers.json'), 'utf8')
  const stamp = join(FOLDER, 'installed.json')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(join(FOLDER, 'package.json'), wanted)
  execFileSync('npm', ['install', '--prefix', FOLDER, '--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error'], { stdio: ['ignore', 'ignore', 'inherit'] })
  writeFileSync(stamp, wanted)
}

/** The pinned version of a package. */
export const version = (name) => JSON.parse(readFileSync(join(ROOT, 'benches/peers.json'), 'utf8')).dependencies[name]

/** The version of a crate in Cargo.lock. */
export const locked = (name) => readFileSync(join(ROOT, 'Cargo.lock'), 'utf8').match(new RegExp(`name = "${name}"\nversion = "(.*)"`))?.[1]

/** Puts everything the browser loads into target/bench/www; the engine is there already. */
export function prepare({ peers }) {
  const www = join(WORK, 'www')
  for (const name of ['bench.html', 'host.js', 'quality.js', 'ours.js']) copyFileSync(join(ROOT, 'benches/www', name), join(www, name))
  if (!peers) return
  install()
  execFileSync(join(modules, '.bin/esbuild'), [
    join(ROOT, 'benches/www/peers.js'), '--bundle', '--format=esm', '--external:crypto', '--minify', '--log-level=error', `--outfile=${join(www, 'peers.js')}`,
  ], { env: { ...process.env, NODE_PATH: modules }, stdio: 'inherit' })
  for (const kind of ['', '-simd', '-threaded-simd']) copyFileSync(join(modules, `@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm${kind}.wasm`), join(www, `tfjs-backend-wasm${kind}.wasm`))
}
