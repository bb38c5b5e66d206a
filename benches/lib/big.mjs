// Customers as a large file: twelve columns of every kind, about a hundred bytes a row, the same for the same seed.
// `node benches/lib/big.mjs ROWS [FILE]` writes one by itself.
import { closeSync, existsSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), '../../target/bench')
const PLANS = ['starter', 'professional', 'business-plus', 'enterprise']
const REGIONS = ['north-america', 'latin-america', 'western-europe', 'eastern-europe', 'middle-east', 'africa', 'south-asia', 'east-asia', 'oceania']
const HEAD = 'customer_id,signed_up,plan,region,seats,monthly_revenue,logins_30d,tickets_90d,satisfaction,usage_share,auto_renew,churn\n'

/** Days as text, made once: most of the time would go into them. */
const days = () => Array.from({ length: 2500 }, (_, i) => new Date(Date.UTC(2019, 0, 1 + i)).toISOString().slice(0, 10))

/** Path of a file of so many rows, written when it is not there. */
export function big(rows, path = join(FOLDER, `big-${rows}.csv`), seed = 1) {
  if (existsSync(path)) return path
  mkdirSync(dirname(path), { recursive: true })
  const dates = days()
  let s = seed >>> 0
  const next = () => {
    s = (Math.imul(s, 1_664_525) + 1_013_904_223) >>> 0
    return ((s >>> 8) + 0.5) / 16_777_216
  }
  const out = openSync(`${path}.part`, 'w')
  writeSync(out, HEAD)
  for (let at = 0; at < rows;) {
    let block = ''
    for (const end = Math.min(at + 5000, rows); at < end; at++) {
      const [plan, region, seats, quiet] = [Math.floor(next() ** 2 * 4), Math.floor(next() * 9), 1 + Math.floor(next() ** 3 * 400), next()]
      const [logins, tickets, renew] = [Math.floor(next() * next() * 900), Math.floor(next() ** 4 * 30), next() < 0.6]
      const happy = next() < 0.12 ? '' : (next() * 10).toFixed(6)
      const z = -1.6 + 1.8 * quiet - 0.004 * logins + 0.09 * tickets - (renew ? 1 : 0) - 0.2 * plan + (happy === '' ? 0.3 : 0.12 * (5 - happy))
      block += `ACCOUNT-${String(1e9 + at).slice(1)}-${region % 2 ? 'EU' : 'US'},${dates[Math.floor(next() * 2500)]},${PLANS[plan]},${REGIONS[region]},${seats},${(19 + seats * (8 + plan * 7) * next()).toFixed(2)},${logins},${tickets},${happy},${(1 - quiet).toFixed(9)},${renew ? 'yes' : 'no'},${next() < 1 / (1 + Math.exp(-z)) ? 'yes' : 'no'}\n`
    }
    writeSync(out, block)
  }
  closeSync(out)
  renameSync(`${path}.part`, path)
  return path
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(big(Number(process.argv[2] ?? 1e6), process.argv[3]))
