// Nothing in the bench waits for ever: a row has its own time, the whole run has its.

/** Longest that one row may take, all its runs together: native forests need two minutes. */
export const ROW_MS = 240_000
/** Longest that the whole run may take; rows that would begin later are reported as not measured. */
const WHOLE_MS = 20 * 60_000
const start = performance.now()

/** Refuses to begin when the whole run has had its time. */
export function begin() {
  if (performance.now() - start > WHOLE_MS) throw new Error(`the bench had taken ${WHOLE_MS / 60_000} min`)
}

/** What `work` gives, or an error when that takes longer than `ms`; `end` is then called to stop it. */
export async function within(ms, work, end = () => {}) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`not done after ${ms / 1000} s`))
      end()
    }, ms)
  })
  try {
    return await Promise.race([work(), late])
  } finally {
    clearTimeout(timer)
  }
}

/** Closes something that may no longer answer. */
export const shut = (close) => within(15_000, close).catch(() => {})
