// The page of examples: each section has an element of its own, made when it comes into sight, and shows its own code.
import { Engine, KeptError } from './kept.js'

/** Customers of a made-up firm; the same on every visit. */
function customers(n = 600) {
  let state = 7
  const random = () => ((state = (state * 1664525 + 1013904223) % 4294967296) / 4294967296)
  const pick = (list) => list[Math.floor(random() * list.length)]
  return Array.from({ length: n }, (_, i) => {
    const Plan = pick(['Starter', 'Starter', 'Team', 'Business'])
    const Months = 1 + Math.floor(random() * 60)
    const Tickets = Math.floor(random() * 6)
    const risk = 0.55 - Months / 120 + Tickets / 16 - (Plan === 'Business' ? 0.2 : 0)
    return {
      Customer: `C-${String(10000 + i)}`, Plan, Region: pick(['North', 'South', 'East', 'West']), Months, Tickets,
      Fee: Math.round((20 + random() * 80) * (Plan === 'Business' ? 3 : 1)), 'Salary band': pick(['A', 'B', 'C']),
      Left: random() < risk ? 'yes' : 'no',
    }
  })
}
const rows = customers()

const section = (id) => document.getElementById(id)
const show = (id, code) => { section(id).querySelector('pre:not(.answer) code').textContent = code }
/** Calls `make` once, when the section comes near. */
function whenSeen(id, make) {
  const watcher = new IntersectionObserver(([entry]) => {
    if (!entry.isIntersecting) return
    watcher.disconnect()
    make()
  }, { rootMargin: '200px' })
  watcher.observe(section(id))
}
/** An element in its section, with the customers opened. */
function live(id, prepare) {
  const element = document.createElement('kept-insights')
  element.lang = 'en'
  prepare?.(element)
  const stage = section(id).querySelector('.stage')
  // A heading takes the focus when a file is opened: not on a page with five elements that open theirs by themselves.
  stage.inert = true
  element.addEventListener('kept-data', () => setTimeout(() => { stage.inert = false }, 200))
  stage.append(element)
  element.ready.then(() => element.load(rows, { name: 'customers.csv' })).catch(() => {})
  return element
}
const fields = (id) => section(id).querySelector('form').elements
const onChange = (id, act) => {
  section(id).querySelector('form').addEventListener('submit', (event) => event.preventDefault())
  section(id).addEventListener('input', act)
  act()
}

// -- language and theme --
whenSeen('language', () => {
  const element = live('language')
  onChange('language', () => {
    const { lang, theme } = fields('language')
    element.lang = lang.value
    element.theme = theme.value
    show('language', `<kept-insights lang="${lang.value}" theme="${theme.value}"></kept-insights>

<script type="module">
  import '/kept/kept.js'
  const kept = document.querySelector('kept-insights')
  kept.lang = '${lang.value}'
  kept.theme = '${theme.value}'
  await kept.ready
  await kept.load(rows, { name: 'customers.csv' })
</script>`)
  })
})

// -- custom properties --
/** Names and values of the first rule of kept.css, as it is served. */
async function properties() {
  const text = await (await fetch(new URL('./kept.css', import.meta.url))).text()
  const rule = text.slice(text.indexOf(':host {'), text.indexOf('\n}'))
  return [...rule.matchAll(/(--kept-[\w-]+):\s*([^;]+);/g)].map(([, name, value]) => ({ name, value: value.trim() }))
}
function cellOf(value) {
  const cell = document.createElement('td')
  if (/^(#|rgb|hsl)/.test(value)) {
    const swatch = document.createElement('i')
    swatch.style.setProperty('background', value)
    cell.append(swatch)
  }
  cell.append(value)
  return cell
}
properties().then((all) => {
  const body = section('properties').querySelector('tbody')
  for (const { name, value } of all) {
    const [, light, dark] = /^light-dark\((.+?),\s*(.+)\)$/.exec(value) ?? [null, value, '']
    const row = document.createElement('tr')
    const head = document.createElement('th')
    head.scope = 'row'
    head.textContent = name
    row.dataset.property = name
    row.append(head, cellOf(light), cellOf(dark))
    body.append(row)
  }
  section('properties').querySelector('.count').textContent = `(${all.length})`
})
whenSeen('properties', () => {
  const element = live('properties', (it) => { it.theme = 'light' })
  onChange('properties', () => {
    const { accent, radius, font } = fields('properties')
    const set = { '--kept-accent': accent.value, '--kept-accent-soft': `color-mix(in srgb, ${accent.value} 12%, white)`, '--kept-r-2': radius.value }
    if (font.value !== 'inherit') set['--kept-font'] = font.value
    else element.style.removeProperty('--kept-font')
    for (const [name, value] of Object.entries(set)) element.style.setProperty(name, value)
    show('properties', `kept-insights {\n${Object.entries(set).map(([name, value]) => `  ${name}: ${value};`).join('\n')}\n}`)
  })
})

// -- parts --
{
  const names = [...section('parts').querySelectorAll('[data-part]')].map((row) => row.dataset.part)
  const select = fields('parts').part
  select.replaceChildren(...names.map((name) => new Option(name, name)))
  select.value = 'opening'
}
whenSeen('parts', () => {
  live('parts', (it) => { it.theme = 'light' })
  const sheet = new CSSStyleSheet()
  document.adoptedStyleSheets.push(sheet)
  onChange('parts', () => {
    const name = fields('parts').part.value
    const rule = (head) => `${head}::part(${name}) {\n  outline: 2px solid #b3361f;\n  outline-offset: 2px;\n}`
    sheet.replaceSync(rule('#parts kept-insights'))
    show('parts', rule('kept-insights'))
  })
})

// -- what is offered, hidden, preset --
const literal = (it) => JSON.stringify(it, null, 2)
  .replace(/[[{]\s+([^[\]{}]+?)\s+([\]}])/g, (whole, inside, end) => {
    const line = inside.replace(/\s*\n\s*/g, ' ')
    return line.length > 52 ? whole : end === ']' ? `[${line}]` : `{ ${line} }`
  })
  .replace(/"([A-Za-z]\w*)":/g, '$1:').replaceAll('"', '\'')
function offered() {
  const { hide, steps, exports, preset, wrong } = fields('offers')
  const options = {}
  if (hide.checked) options.hideColumns = ['Salary band']
  if (steps.checked) options.steps = ['data', 'churn', 'overview', 'actions', 'predict']
  if (exports.checked) options.exports = ['report', 'figures']
  if (preset.checked) {
    options.preset = { roles: { id: 'Customer', target: 'Left', value: 'Fee' }, costs: { contact: 8, success: 0.3 } }
    options.locked = ['roles']
  }
  if (wrong.checked) options.preset = { ...options.preset, kinds: { Loyalty: 'category' } }
  return options
}
whenSeen('offers', () => {
  const element = live('offers', (it) => { it.theme = 'light'; it.options = offered() })
  onChange('offers', () => {
    const options = offered()
    element.parentElement.inert = JSON.stringify(options) !== JSON.stringify(element.options)
    element.options = options
    setTimeout(() => { element.parentElement.inert = false }, 1000)
    let message = ''
    try {
      document.createElement('kept-insights').options = { steps: ['data', 'forecast'] }
    } catch (error) {
      if (error instanceof KeptError) message = error.message
    }
    show('offers', `kept.options = ${literal(options)}\n\n// A slip is named:\nkept.options = { steps: ['data', 'forecast'] }\n// KeptError: ${message}`)
  })
})

// -- what is handed on --
const ASKED = { by: 'Plan', outcome: { column: 'Left', label: 'yes' }, value: { column: 'Fee', low: 0, high: 400 }, epsilon: 1 }
const KEY = 'a passphrase that only you know'
whenSeen('private', () => {
  show('private', `const engine = await Engine.open()
const data = await engine.load(rows)

// The same key gives the same pseudonyms again.
await engine.pseudonyms(['C-10000', 'C-10001'], '${KEY}')

// Noise hides every single customer; each answer is paid for.
await engine.aggregate(data.id, ${literal(ASKED)})`)
  const answer = section('private').querySelector('.answer code')
  const opened = Engine.open({ helpers: 1, lang: 'en' }).then(async (engine) => ({ engine, data: await engine.load(rows, { name: 'customers.csv' }) }))
  const ask = async () => {
    try {
      const { engine, data } = await opened
      const names = await engine.pseudonyms(['C-10000', 'C-10001'], KEY)
      const { table, within, shownFrom, budget } = await engine.aggregate(data.id, ASKED)
      const lines = [table.columns, ...table.rows].map((row) => row.map((it) => (typeof it === 'number' ? String(Math.round(it * 1000) / 1000) : it ?? '–').padEnd(14)).join('').trimEnd())
      answer.textContent = [...names, '', ...lines, '', `customers ± ${Math.round(within.customers)}, total ± ${Math.round(within.total)}`, `groups from ${shownFrom} customers on`, `epsilon ${budget.spent} of ${budget.total} spent`].join('\n')
    } catch (error) {
      answer.textContent = `${error.name} (${error.code})\n${error.message}`
    }
  }
  section('private').querySelector('[name="ask"]').addEventListener('click', ask)
  ask()
})
