// What a visitor loads: the files of dist/, raw, gzip and brotli.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync, constants } from 'node:zlib'
import { ROOT, record, say, wanted } from '../lib/options.mjs'
import { missed } from '../lib/table.mjs'

/** Most bytes, gzip. */
const LIMITS = { 'page_bg.wasm': 350_000, 'findings_bg.wasm': 450_000, 'engine_bg.wasm': 1_200_000, 'studies_bg.wasm': 1_200_000 }
const FILES = ['page_bg.wasm', 'page.js', 'app.js', 'findings_bg.wasm', 'findings.js', 'engine_bg.wasm', 'engine.js', 'studies_bg.wasm', 'studies.js', 'kept.js', 'kept.css', 'charts.css']

export function sizes() {
  if (!wanted('sizes')) return
  say('\nFiles in dist/                raw        gzip      brotli   (bytes)')
  for (const name of FILES) {
    const bytes = readFileSync(join(ROOT, 'dist', name))
    const gzip = gzipSync(bytes, { level: 9 }).length
    const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length
    const limit = LIMITS[name] ?? null
    const pass = limit === null ? null : gzip <= limit
    if (pass === false) missed.push(`${name}: ${gzip} bytes gzip, more than ${limit}`)
    const verdict = limit === null ? '' : `   gzip limit ${limit} ${pass ? 'pass' : 'MISS'}`
    say(`  ${name.padEnd(18)} ${String(bytes.length).padStart(12)} ${String(gzip).padStart(11)} ${String(brotli).padStart(11)}${verdict}`)
    record({ group: 'size', name, ours_quality: gzip, quality_name: 'gzip_bytes', runs: 1, raw_bytes: bytes.length, brotli_bytes: brotli, limit, pass })
  }
}
