// Serves dist/ on this machine only, with the headers a host should send. `node .ci/serve.mjs [port] [folder]`
import { createServer } from 'node:http'
import { readFile, stat } from 'node:fs/promises'
import { extname, join, normalize, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const TYPES = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8',
  '.wasm': 'application/wasm', '.svg': 'image/svg+xml', '.ts': 'text/plain; charset=utf-8', '.txt': 'text/plain; charset=utf-8', '.json': 'application/json',
}
export const PAGE_POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; worker-src 'self' blob:; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types kept kept-app"
// As the README tells hosts to send it.
const ENGINE_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'none'; require-trusted-types-for 'script'; trusted-types kept"

/** Starts a server; `policy` null sends none, as many hosts do; `bare` sends no header at all, and no type for `.wasm`. */
export function serve({ port = 0, folder = 'dist', policy = PAGE_POLICY, bare = false, onRequest = () => {} } = {}) {
  const root = resolve(folder)
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname)
    onRequest(path)
    const file = join(root, normalize(path.endsWith('/') ? `${path}index.html` : path))
    try {
      if (!file.startsWith(root) || !(await stat(file)).isFile()) throw new Error('no file')
      const body = await readFile(file)
      const type = TYPES[extname(file)] ?? 'application/octet-stream'
      response.setHeader('content-type', bare && type.includes('wasm') ? 'application/octet-stream' : type)
      if (bare) return response.end(body)
      response.setHeader('cache-control', 'no-cache')
      response.setHeader('x-content-type-options', 'nosniff')
      response.setHeader('referrer-policy', 'no-referrer')
      response.setHeader('access-control-allow-origin', '*')
      if (file.endsWith('engine-worker.js')) response.setHeader('content-security-policy', ENGINE_POLICY)
      else if (policy && !file.endsWith('host.html')) response.setHeader('content-security-policy', policy)
      response.end(body)
    } catch {
      response.statusCode = 404
      response.end('not found')
    }
  })
  return new Promise((done, fail) => {
    server.on('error', fail)
    server.listen(port, '127.0.0.1', () => done({ server, url: `http://127.0.0.1:${server.address().port}/`, close: () => new Promise((end) => { server.closeAllConnections(); server.close(end) }) }))
  })
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { url } = await serve({ port: Number(process.argv[2] ?? 8080), folder: process.argv[3] ?? 'dist' })
  console.log(`Kept is served at ${url}  (Ctrl-C ends it)`)
}
