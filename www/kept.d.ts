/** Kept: customer-success analytics that runs wholly in the browser. */

export const version: string

export type ColumnKind = 'float' | 'int' | 'bool' | 'date' | 'datetime' | 'category' | 'text' | 'id'
export type RoleName = 'id' | 'target' | 'value' | 'date' | 'text' | 'group'

export interface Progress {
  stage: string
  done: number
  total: number
  /** While a learner with a learning curve is fitted: its newest point. */
  trace?: { learner: string, step: number, train_loss: number, validation_loss?: number }
}
export interface Warning { code: string, message: string, [key: string]: unknown }

export interface ColumnProfile {
  name: string
  kind: ColumnKind
  n_missing: number
  n_distinct: number
  top: { label: string, count: number }[]
  min?: number | null
  mean?: number | null
  median?: number | null
  max?: number | null
  sd?: number | null
  skewness?: number | null
  histogram?: { edges: number[], counts: number[] }
}
export interface RoleGuess { role: RoleName, column: string, reasons: string[], classes: string[] }
export interface Dataset {
  id: string
  name: string
  n_rows: number
  n_bytes: number
  encoding: string
  delimiter?: string
  columns: ColumnProfile[]
  roles: RoleGuess[]
  warnings: Warning[]
}

export interface Step { kind: string, columns: string[], params: Record<string, unknown>, enabled?: boolean }
export interface Recipe { steps: Step[] }

export interface ReportTable { columns: string[], rows: (number | string | null)[][] }
export interface Report {
  analysis: string
  seed: number
  model?: string
  metrics: Record<string, number | null>
  intervals: Record<string, [number, number]>
  figures: Record<string, { kind: string, [key: string]: unknown }>
  tables: Record<string, ReportTable>
  sentences: string[]
  warnings: Warning[]
}
export interface Model {
  id: string
  analysis: string
  learner: string
  dataset: string
  n_rows: number
  columns: string[]
  target: string
  classes: string[]
  threshold: number
  metrics: Record<string, number | null>
  recipe: Recipe
}

export type ParamSpec = { name: string, unit?: 'count' | 'ratio' | 'days' | 'milliseconds' | 'currency' } & (
  | { type: 'float' | 'int', min: number, max: number, default: number }
  | { type: 'choice', options: string[], default: string }
  | { type: 'flag', default: boolean }
  | { type: 'choices', options: string[] }
  | { type: 'floats', min: number, max: number }
  | { type: 'text' }
)
export interface Catalog {
  analyses: { id: string, roles: { role: RoleName, required: boolean, kinds: ColumnKind[] }[], params: ParamSpec[] }[]
  /** `by_default`: tried when `learners` names none. */
  learners: { id: string, by_default: boolean, params: ParamSpec[] }[]
  transforms: { id: string, params: ParamSpec[], n_columns: number }[]
}

/** Parameters of the `churn` analysis. */
export interface ChurnParams {
  learners?: string[]
  positive?: string
  test_size?: number
  seed?: number
  cv?: number
  C?: number | number[]
  class_weight?: 'none' | 'balanced'
  threshold?: number
  n_repeats?: number
  /** `random` draws `n_iter` settings per learner; `pick` spends `time_budget` seconds. */
  search?: 'grid' | 'random' | 'halving' | 'pick'
  n_iter?: number
  time_budget?: number
  scoring?: 'roc_auc' | 'average_precision' | 'neg_log_loss' | 'neg_brier_score'
  /** `group` and `time` need a column with the role `group` or `date`. */
  split?: 'stratified' | 'group' | 'time'
  cv_repeats?: number
  nested?: boolean
  curves?: boolean
  feature_selection?: 'none' | 'univariate' | 'mutual_info' | 'l1' | 'permutation' | 'rfe' | 'rfecv'
  n_features_to_select?: number
  resampling?: 'none' | 'random_over' | 'random_under' | 'smote'
  native_features?: boolean
  explain?: boolean
  /** Per learner: a value, or a list of values to try, for each of its parameters. */
  learner_params?: Record<string, Record<string, unknown>>
  [key: string]: unknown
}

export interface JobOptions { signal?: AbortSignal, onProgress?: (progress: Progress) => void }
export interface LoadOptions extends JobOptions {
  name?: string
  format?: string
  encoding?: string
  delimiter?: string
  kinds?: Record<string, ColumnKind>
}
export type Source = File | Blob | ArrayBuffer | Uint8Array | string | object[]
export interface RunRequest {
  dataset: string
  roles?: Partial<Record<RoleName, string | string[]>>
  params?: ChurnParams | Record<string, unknown>
  recipe?: Recipe
}

export class KeptError extends Error {
  readonly name: 'KeptError'
  readonly code: string
  readonly column?: string
  readonly row?: number
  readonly param?: string
}

/** The engine without an interface. */
export class Engine {
  /** `helpers`: engines that share searches and large fits, 1 to 64; 1 for none but this one; as many as there are cores, up to 4, when absent. Results do not depend on it. */
  static open(options?: { helpers?: number, lang?: string }): Promise<Engine>
  /** `sealed`: in a frame without a network; `url`: a worker under its own policy; `starting`. */
  readonly room: 'starting' | 'sealed' | 'url'
  catalog(): Catalog
  load(source: Source, options?: LoadOptions): Promise<Dataset>
  run(analysis: string, request: RunRequest, options?: JobOptions): Promise<Report>
  predict(model: string, dataset: string, options?: JobOptions): Promise<Report>
  suggest(dataset: string, roles?: RunRequest['roles']): Promise<Recipe>
  demo(options?: { rows?: number, seed?: number }): Promise<Uint8Array>
  saveModel(model: string): Promise<Uint8Array>
  loadModel(bytes: ArrayBuffer | Uint8Array): Promise<Model>
  exportModel(model: string, format: string): Promise<Uint8Array>
  forget(dataset: string): Promise<void>
  close(): void
}

export interface KeptEventMap {
  'kept-ready': CustomEvent<{ version: string }>
  'kept-data': CustomEvent<Dataset>
  'kept-progress': CustomEvent<Progress>
  'kept-report': CustomEvent<Report>
  'kept-error': CustomEvent<{ code: string, message: string, column?: string, row?: number, param?: string }>
}

/** The element `<kept-insights>`. */
export class KeptInsights extends HTMLElement {
  lang: string
  theme: 'light' | 'dark' | 'auto'
  analyses: string[] | undefined
  src: string
  readonly ready: Promise<Engine>
  readonly engine: Engine | undefined
  load(source: Source, options?: Omit<LoadOptions, 'signal' | 'onProgress'>): Promise<Dataset>
  run(analysis: string, request?: Omit<RunRequest, 'dataset'>): Promise<Report>
  cancel(): void
  save(): object | undefined
  restore(state: object): Promise<void>
  addEventListener<K extends keyof KeptEventMap>(type: K, listener: (event: KeptEventMap[K]) => void, options?: boolean | AddEventListenerOptions): void
  addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void
}

declare global {
  interface HTMLElementTagNameMap { 'kept-insights': KeptInsights }
}
