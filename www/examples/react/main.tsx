import { StrictMode, useEffect, useRef, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { KeptError, type KeptInsights } from 'kept-insights'
import type {} from 'kept-insights/react'

function Customers() {
  const kept = useRef<KeptInsights>(null)
  const [said, say] = useState('')
  useEffect(() => {
    const element = kept.current
    const stop = new AbortController()
    element?.addEventListener('kept-report', (event) => say(`ROC-AUC ${event.detail.metrics.roc_auc?.toFixed(3)}`), { signal: stop.signal })
    return () => stop.abort()
  }, [])
  const open = async (file: File | undefined) => {
    if (!file || !kept.current) return
    try {
      await kept.current.load(file)
      await kept.current.run('churn', { params: { learners: ['logistic'] } })
    } catch (error) {
      say(error instanceof KeptError ? `${error.code}: ${error.message}` : String(error))
    }
  }
  return (
    <>
      <p><label>Customers <input type="file" accept=".csv" onChange={(e) => open(e.target.files?.[0])} /></label> <output>{said}</output></p>
      <kept-insights ref={kept} lang="en" theme="light" analyses="churn" />
    </>
  )
}

createRoot(document.getElementById('root')!).render(<StrictMode><Customers /></StrictMode>)
