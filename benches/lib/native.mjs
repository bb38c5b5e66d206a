// The native peers: a Python that stays up, at one thread, in an environment of its own pinned by requirements.txt.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ROOT, WORK } from './options.mjs'

/** Path of the Python, installed where it is not there as pinned. */
export function python() {
  const venv = join(ROOT, '.tools/venv')
  const bin = join(venv, 'bin/python')
  const pinned = join(ROOT, 'benches/requirements.txt')
  const wanted = readFileSync(pinned, 'utf8')
  const stamp = join(venv, 'requirements.txt')
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
    execFileSync('python3', ['-m', 'venv', venv])
    execFileSync(bin, ['-m', 'pip', 'install', '--quiet', '-r', pinned], { stdio: 'inherit' })
    writeFileSync(stamp, wanted)
  }
  return bin
}

/** One thread each, and the kernels the library would choose itself. */
export function environment() {
  const env = { ...process.env }
  for (const name of ['OMP', 'OPENBLAS', 'MKL', 'BLIS', 'VECLIB_MAXIMUM', 'NUMEXPR']) env[`${name}_NUM_THREADS`] = '1'
  delete env.OPENBLAS_CORETYPE
  delete env.OPENBLAS_L2_SIZE
  return env
}

/** Starts the server; `ask(task)` answers in order. `restart` ends whatever it is at and begins anew. */
export async function native() {
  let running = await serving()
  return {
    info: running.info,
    ask: (task) => running.ask(task),
    restart: async () => {
      running.kill()
      running = await serving()
    },
    close: () => running.kill(),
  }
}

async function serving() {
  const child = spawn(python(), [join(ROOT, 'benches/native.py'), join(WORK, 'data')], { env: environment(), stdio: ['pipe', 'pipe', 'inherit'] })
  const waiting = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { resolve, reject } = waiting.shift()
    const answer = JSON.parse(line)
    answer.error ? reject(new Error(answer.error)) : resolve(answer)
  })
  child.on('exit', () => { for (const { reject } of waiting) reject(new Error('the native side ended')) })
  const ask = (task) => new Promise((resolve, reject) => {
    waiting.push({ resolve, reject })
    child.stdin.write(`${JSON.stringify(task)}\n`)
  })
  const info = await ask({ op: 'info' })
  if (info.threads !== 1) throw new Error(`a native library uses ${info.threads} threads`)
  return { ask, info, kill: () => child.kill('SIGKILL') }
}
