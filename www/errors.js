// Failures of the public interface.

/** Every failure of the public interface. */
export class KeptError extends Error {
  constructor({ code, message, column, row, param, rows, needed }) {
    super(message)
    this.name = 'KeptError'
    this.code = code
    if (column !== undefined) this.column = column
    if (row !== undefined) this.row = row
    if (param !== undefined) this.param = param
    if (rows !== undefined) this.rows = rows
    if (needed !== undefined) this.needed = needed
  }
}
export const asKeptError = (error) =>
  error instanceof KeptError ? error
  : new KeptError(typeof error?.code === 'string' && typeof error.message === 'string' ? error : { code: 'internal', message: String(error?.message ?? error) })
/** A parameter that is wrong. */
export const wrongParam = (param, message) => new KeptError({ code: 'param', param, message })
export const settle = (promise) => promise.catch((error) => { throw asKeptError(error) })
/** What was ended before it began. */
export const rejected = () => Promise.reject(new KeptError({ code: 'cancelled', message: 'cancelled' }))
