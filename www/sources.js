// Data in: whatever a host has, as bytes the importer reads.
import { KeptError, settle, wrongParam } from './errors.js'

const cell = (value) => {
  if (value === null || value === undefined || (typeof value === 'number' && !Number.isFinite(value))) return ''
  const text = value instanceof Date ? (Number.isNaN(value.getTime()) ? '' : value.toISOString()) : typeof value === 'object' ? JSON.stringify(value) : String(value)
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
/** A value of a record as a person writes it; undefined where it is missing. */
export const written = (value) => {
  if (value === null || value === undefined || (typeof value === 'number' && !Number.isFinite(value))) return undefined
  return value instanceof Date ? (Number.isNaN(value.getTime()) ? undefined : value.toISOString()) : String(value)
}
/** Rows as objects become the CSV the importer reads; columns in order of first appearance. */
function csvOf(rows) {
  const names = new Set()
  for (const row of rows) for (const name of Object.keys(row)) names.add(name)
  const columns = [...names]
  const lines = [columns.map(cell).join(',')]
  for (const row of rows) lines.push(columns.map((name) => (Object.hasOwn(row, name) ? cell(row[name]) : '')).join(','))
  // A lone empty cell would be read as a blank line.
  if (columns.length === 1) for (let i = 1; i < lines.length; i++) lines[i] ||= '""'
  return lines.join('\n')
}
/** All of a stream, of bytes or of text. */
async function drained(stream, signal) {
  const reader = stream.getReader()
  const stop = () => reader.cancel().catch(() => {})
  signal?.addEventListener('abort', stop, { once: true })
  const parts = []
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (signal?.aborted) throw new KeptError({ code: 'cancelled', message: 'cancelled' })
      if (done) return new Blob(parts)
      if (typeof value !== 'string' && !(value instanceof ArrayBuffer) && !ArrayBuffer.isView(value)) throw wrongParam('source', 'a stream must give bytes or text')
      parts.push(value)
    }
  } finally {
    signal?.removeEventListener('abort', stop)
    stop()
  }
}
/** A `Blob` of whatever a host gives, and what is known of how to read it. */
export async function asBlob(source, signal) {
  if (source instanceof ReadableStream) return [await settle(drained(source, signal)), {}]
  if (source instanceof Blob) return [source, {}]
  if (typeof source === 'string') return [new Blob([source]), { encoding: 'utf-8' }]
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) return [new Blob([source]), {}]
  if (Array.isArray(source)) return [new Blob([csvOf(source)]), { encoding: 'utf-8', delimiter: ',', format: 'csv' }]
  throw wrongParam('source', 'source must be a File, Blob, ArrayBuffer, Uint8Array, ReadableStream, CSV text or an array of objects')
}
