// The element with an own file field, and what it says shown outside of it.
import { KeptError, type KeptInsights } from 'kept-insights'

const element = document.querySelector('kept-insights') as KeptInsights
const field = document.querySelector('input') as HTMLInputElement
const output = document.querySelector('output') as HTMLOutputElement

field.addEventListener('change', async () => {
  const [file] = field.files ?? []
  if (!file) return
  try {
    const data = await element.load(file)
    output.value = `${data.n_rows} rows`
    const report = await element.run('churn', { params: { learners: ['logistic'] } })
    output.value = `ROC-AUC ${report.metrics.roc_auc?.toFixed(3)}`
  } catch (error) {
    output.value = error instanceof KeptError ? `${error.code}: ${error.message}` : String(error)
  }
})
element.addEventListener('kept-alert', ({ detail }) => {
  output.value = `${detail.n_crossed} customers are now likely to leave`
})
