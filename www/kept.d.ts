/** Kept: customer-success analytics that runs wholly in the browser. */

export const version: string

export type ColumnKind = 'float' | 'int' | 'bool' | 'date' | 'datetime' | 'category' | 'text' | 'id'
export type RoleName = 'id' | 'target' | 'value' | 'date' | 'text' | 'group'
  // Of `value` and `recommend`.
  | 'amount' | 'currency' | 'duration' | 'start' | 'end' | 'event' | 'features' | 'user' | 'item' | 'rating'

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
  /** The model card, columns `section`, `item` and `value`; null for models of earlier versions. */
  card: ReportTable | null
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
  /** `module`: the part of the engine it runs in; `studies` is fetched when it is first needed, by the element before it is ready. */
  analyses: { id: string, module: 'engine' | 'studies', roles: { role: RoleName, required: boolean, kinds: ColumnKind[] }[], params: ParamSpec[] }[]
  /** `by_default`: tried when `learners` names none. */
  learners: { id: string, by_default: boolean, params: ParamSpec[] }[]
  transforms: { id: string, params: ParamSpec[], n_columns: number }[]
}

/** Parameters of the `segments` analysis; roles `id`, `features`, `value` and `target`, all of them optional. */
export interface SegmentsParams {
  method?: 'k_means' | 'gaussian_mixture' | 'ward' | 'k_medoids' | 'dbscan' | 'hdbscan' | 'rfm'
  /** 0, the default, lets silhouette, gap, BIC and stability choose among 2 to `k_max`. */
  k?: number
  k_max?: number
  map?: 'pca' | 'umap' | 'none'
  /** Conditions per rule of `segment_rules`. */
  rule_depth?: number
  /** DBSCAN; 0, the default, takes the bend of the distances. */
  eps?: number
  min_samples?: number
  /** HDBSCAN; 0, the default, is a hundredth of the rows. */
  min_cluster_size?: number
  /** RFM: columns of days since the last purchase (or its date), number of purchases, money; found by their names when absent. */
  recency?: string
  frequency?: string
  monetary?: string
  bins?: number
  /** RFM: `name recency worth; …` in fifths, such as `champions 5-5 4-5; rest 1-4.9 1-5`. The first that holds counts. */
  rules?: string
  seed?: number
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
  /** Most rows that are learned from and measured on, drawn at random with the class shares of all; 0 for all. */
  max_rows?: number
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
  /** Columns that are as if not in the file. */
  hide?: string[]
  /** The only columns that are. */
  columns?: string[]
  /** So many rows at random, the same ones every time; all when absent. */
  sample?: number
}
/** A stream gives bytes, or text. */
export type Source = File | Blob | ArrayBuffer | Uint8Array | ReadableStream<Uint8Array | string> | string | object[]
/**
 * Parameters of `value`. On events its roles are `id`, `date`, `amount?`, `currency?`; on customers `id?`, `duration` or `start`
 * and `end` (dates, or numbers for several rows of one customer), `event` (may be left out with dates), `group?`, `features?`,
 * `value?` (money a month). Tables: `customers`, `cohorts`, `movements`, `holdout`, `track`, `survival`, `coefficients`,
 * `renewals`, `forecast`, as far as the roles allow. Times in tables are days, those of `survival` units of time.
 */
export interface ValueParams {
  /** `auto` is `bg_nbd` on events, `kaplan_meier` on customers, `cox` with `features`. */
  model?: 'auto' | 'bg_nbd' | 'mbg_nbd' | 'pareto_nbd' | 'kaplan_meier' | 'cox' | 'weibull' | 'log_normal' | 'discrete'
  /** 365. */
  horizon_days?: number
  /** Days at the end that a forecast is tested on; 0, the default, for none. */
  holdout_days?: number
  /** A year; 0.1. */
  discount?: number
  /** Of intervals; 0.95. */
  level?: number
  /** Of a `duration` and of the model's parameters; `auto` is weeks on events, months on customers. */
  unit?: 'auto' | 'day' | 'week' | 'month' | 'year'
  /** Days such as `2026-11-29`; what lies outside is left out and counted in a warning. */
  since?: string
  until?: string
  /** Cox: ties, penalty. A `group` gives its strata. */
  ties?: 'efron' | 'breslow'
  ridge?: number
  /** Months from one renewal to the next; 12. */
  term_months?: number
  /** Value of `event` that means the customer left. */
  positive?: string
  seed?: number
}
/** Parameters of `recommend`, with the roles `user`, `item`, `rating?`, `date?`, `features?` (columns of the item). */
export interface RecommendParams {
  /** Of lists, or of ratings: then lists are made by `implicit`. `auto` is `svd` with ratings, `implicit` without. */
  method?: 'auto' | 'implicit' | 'bpr' | 'knn_items' | 'knn_users' | 'svd' | 'svdpp' | 'als' | 'content' | 'rules' | 'popular'
  /** 20. */
  n_factors?: number
  /** 10. */
  top_n?: number
  /** Errors of ratings by so many folds; 0, the default, on the rows held out. */
  folds?: number
  /** The last row of each user, or of all the latest `test_size`. */
  held_out?: 'last' | 'time'
  test_size?: number
  /** Least and greatest rating; others are left out. */
  scale?: [number, number]
  /** Of the rules. */
  min_support?: number
  min_confidence?: number
  seed?: number
}
export interface RunRequest {
  dataset: string
  roles?: Partial<Record<RoleName, string | string[]>>
  params?: ChurnParams | SegmentsParams | ValueParams | RecommendParams | Record<string, unknown>
  recipe?: Recipe
}

/** A column's share in a prediction. */
export interface Contribution {
  column: string
  /** The cell as it is shown; null where it is missing. */
  value: string | null
  /** Percentage points of the probability (23 is +23 points); where a number is predicted, in its unit. */
  points: number
}
export interface Counterfactual {
  changes: { column: string, from: string | null, to: string | null }[]
  prediction: number
  sentence: string
}
/** `base + 0.01 × (sum of all points) = prediction` for a probability, `base + sum of all points` where a number is predicted. */
export interface Explanation {
  /** Mean prediction of the rows compared with, 0 to 1 for a probability; null for models of earlier versions. */
  base: number | null
  /** Probability, 0 to 1, or the number predicted. */
  prediction: number
  /** The largest points first, whichever way. */
  contributions: Contribution[]
  sentence: string | null
  /** The smallest changes of `actionable` columns that bring the probability below the threshold, where it is not already; where a number is predicted, to the other side of `base`. */
  counterfactuals: Counterfactual[]
  /** Said where no change of `actionable` columns that the data hold is enough. */
  nothing_changes: string | null
}
export interface ExplainOptions {
  /** Columns that counterfactuals may change; none are looked for without. */
  actionable?: string[]
  /** The class whose probability it is about; the positive one when absent. */
  class?: string
  /** The model's when absent. */
  threshold?: number
}
export interface AppendOptions extends JobOptions {
  /** Scores the customers, so that those who cross its threshold are known. */
  model?: string
  /** Column of the ids, to tell new customers from known ones; the model's when absent. */
  id?: string
  /** Columns that the rows may lack, besides the model's target. */
  optional?: string[]
  /** Column of what a customer is worth, for `at_risk`. */
  value?: string
  threshold?: number
  class?: string
}
export interface Crossed {
  model: string
  id: string
  /** Counted from 0. */
  row: number
  /** Probability before; null for a new customer. */
  before: number | null
  after: number
  at_risk: number
}
export interface Appended {
  /** Rows that came in; the dataset's are in `dataset`. */
  n_rows: number
  n_new: number
  n_updated: number
  n_crossed: number
  /** Customers who reached the threshold, most money at risk first, at most 1,000. */
  crossed: Crossed[]
  /** The dataset as it is now. */
  dataset: Dataset
}

/** Where something was seen: on the page, in the engine's room, in the engine itself. */
export type PrivacyPlace = 'page' | 'room' | 'engine'
/** What there is to see of privacy, as read from the running page. Times are milliseconds since 1970. */
export interface PrivacyReport {
  room: 'starting' | 'sealed' | 'url'
  /** `meta`: read from markup; `refusal`: as the browser named it when it refused something, which is how a policy sent as a header is known. */
  policies: { where: PrivacyPlace, source: 'meta' | 'refusal', policy: string }[]
  /** The browser's own list of requests, whoever made them; WebSockets are not in it. Attempts of the self-test are left out. */
  resources: { where: PrivacyPlace, url: string, kind: string, at: number, bytes: number | null, since_data: boolean }[]
  /** When the first data came to this engine. */
  data_since: number | null
  requests_since_data: number | null
  violations: { where: PrivacyPlace, at: number, directive: string, blocked: string, enforced: boolean, self_test: boolean, since_data: boolean }[]
  /** Places that gave no answer in time, such as an engine at work; what they said last is reported. */
  missing: PrivacyPlace[]
}
export interface SelfTest {
  /** What was tried to reach: a name that nobody has. */
  address: string
  rows: {
    where: PrivacyPlace
    way: 'fetch' | 'xhr' | 'beacon' | 'socket' | 'image' | 'form' | 'worker' | 'script'
    /** `absent`: there is no such way in that place; `unknown`: no answer. */
    outcome: 'refused' | 'open' | 'absent' | 'unknown'
    /** The directive that refused it, or `sandbox`. */
    by?: string
    policy?: string
  }[]
  report: PrivacyReport
}
/** What figures of groups are asked for. Noise hides every single customer, presence included. */
export interface AggregateRequest {
  /** Column whose values are the groups: a category, yes/no, text or whole numbers. */
  by: string
  /** How many have this value in this column. */
  outcome?: { column: string, label: string }
  /** Sum and mean of a column of numbers, each value clamped to the bounds. State them from what is known beforehand: bounds read off the data give something away. Missing values count as 0. */
  value?: { column: string, low: number, high: number }
  /** Column of the ids: of several rows of a customer the first counts. The guessed one when absent, `null` for none. */
  id?: string | null
  /** Spent from the budget of the data, 0.001 to 20. */
  epsilon: number
  /** Chance that the bound does not hold, 1e-12 to 0.001; 1e-6 when absent. With Laplace noise it is needed for which groups are shown alone. */
  delta?: number
  /** `laplace` when absent. */
  mechanism?: 'laplace' | 'gaussian'
  /** Groups whose noisy count is below it are left out; 10 when absent, more where a group of one would be seen otherwise. */
  minSize?: number
  signal?: AbortSignal
}
export interface Aggregate {
  /** Columns `group`, `customers`, `with_outcome`, `rate`, `total`, `mean`, `total_with_outcome`: those that were asked for, all noisy. */
  table: ReportTable
  /** Half the width of a 95% interval around each count and each total. */
  within: { customers: number, total?: number }
  /** Noisy count from which a group is shown. */
  shownFrom: number
  mechanism: 'laplace' | 'gaussian'
  epsilon: number
  delta: number
  budget: Budget
}
/** Of the privacy of data, epsilon: prices add up. Files that share half of their columns count as the same data, for as long as the page is open, for all elements and engines in it. */
export interface Budget { spent: number, total: number, left: number, delta: { spent: number, total: number } }

export type StepName = 'data' | 'prepare' | 'churn' | 'behaviour' | 'segments' | 'overview' | 'actions' | 'predict'
export type ExportName = 'csv' | 'figures' | 'report' | 'model' | 'aggregates' | 'project'
export type LockName = 'roles' | 'kinds' | 'recipe' | 'params' | 'costs'
/** What holds for a file from the start, where it has the columns; others are left out and named by a warning. */
export interface Preset {
  roles?: Partial<Record<RoleName, string | string[]>>
  kinds?: Record<string, ColumnKind>
  recipe?: Recipe
  params?: ChurnParams | SegmentsParams | Record<string, unknown>
  /** `value` is a column, or the same amount for everybody. */
  costs?: { contact?: number, success?: number, value?: number | string, capacity?: number }
}
/** What a host offers, hides, presets and locks. A name that is not known is refused with a `KeptError` that names it. */
export interface KeptOptions {
  /** Steps of the interface; all when absent. Also the attribute `steps`. */
  steps?: StepName[]
  /** What can be saved; all when absent, nothing when empty. Also the attribute `exports`. */
  exports?: ExportName[]
  /** Columns that are neither shown nor used nor exported. Also the attribute `hide-columns`: names with commas between them, or a JSON array. */
  hideColumns?: string[]
  preset?: Preset
  /** What the person cannot change. */
  locked?: LockName[]
  /** What may be spent in all of the privacy of data; epsilon 3 and delta 1e-5 when absent. */
  budget?: { epsilon?: number, delta?: number }
}

export class KeptError extends Error {
  readonly name: 'KeptError'
  readonly code: string
  readonly column?: string
  readonly row?: number
  readonly param?: string
  /** Of code `memory`: rows that would fit, for `sample` of a load or `max_rows` of a run. */
  readonly rows?: number
  /** Of code `memory`: bytes that are needed, about. */
  readonly needed?: number
}

/** The engine without an interface. */
export class Engine {
  /** `helpers`: engines that share searches and large fits, 1 to 64; 1 for none but this one; as many as there are cores, up to 4, when absent. Results do not depend on it. */
  /** `memory`: megabytes that an engine may take, 64 to 4096; up to 3584 when absent. What would need more is refused before it starts, with the rows that fit. */
  static open(options?: { helpers?: number, lang?: string, memory?: number, budget?: KeptOptions['budget'] }): Promise<Engine>
  /** `sealed`: in a frame without a network; `url`: a worker under its own policy; `starting`. */
  readonly room: 'starting' | 'sealed' | 'url'
  catalog(): Catalog
  load(source: Source, options?: LoadOptions): Promise<Dataset>
  run(analysis: string, request: RunRequest, options?: JobOptions): Promise<Report>
  predict(model: string, dataset: string, options?: JobOptions): Promise<Report>
  /** What `run` or `predict` found, as one HTML file that needs no network and no script. `run` is the very report, not a copy; `lang` is `en` or `zh`, the engine's when absent. */
  report(run: Report, options?: { lang?: string }): Promise<string>
  /** Why a row is predicted as it is. `row` counts the rows of the dataset from 0. */
  explain(model: string, dataset: string, row: number, options?: ExplainOptions): Promise<Explanation>
  /** The same for a record that is not in the data, column by column. Columns that are not named are missing, or as in `row` of `dataset`. */
  whatIf(model: string, record: Record<string, unknown>, options?: ExplainOptions & { dataset?: string, row?: number }): Promise<Explanation>
  /** Adds rows to a dataset, read with its kinds. */
  append(dataset: string, rows: Source, options?: AppendOptions): Promise<Appended>
  /** HMAC-SHA-256 of each id, 128 bits, in their order. `key` is a passphrase of at least 12 characters, or `kept1-` and 64 hexadecimal digits. The same key gives the same pseudonyms again; it is kept nowhere. */
  pseudonyms(ids: string[], key: string): Promise<string[]>
  /** Figures of groups with noise, paid for from the budget; refused with code `budget` when it is used up. */
  aggregate(dataset: string, asked: AggregateRequest): Promise<Aggregate>
  budget(dataset: string): Budget
  suggest(dataset: string, roles?: RunRequest['roles']): Promise<Recipe>
  demo(options?: { rows?: number, seed?: number }): Promise<Uint8Array>
  saveModel(model: string): Promise<Uint8Array>
  loadModel(bytes: ArrayBuffer | Uint8Array): Promise<Model>
  exportModel(model: string, format: string): Promise<Uint8Array>
  forget(dataset: string): Promise<void>
  /** The policies in force, every request, and how many there were since data came in. */
  privacy(): Promise<PrivacyReport>
  /** Tries every way out, from the engine and from the page, to an address that is nowhere. */
  selfTest(): Promise<SelfTest>
  close(): void
}

export interface KeptEventMap {
  'kept-ready': CustomEvent<{ version: string }>
  'kept-data': CustomEvent<Dataset>
  'kept-progress': CustomEvent<Progress>
  'kept-report': CustomEvent<Report>
  'kept-alert': CustomEvent<Appended>
  /** Any failure. While a project cannot be saved, once for each reason: `quota`, `storage` (none allowed, as in a private window or a sandboxed frame), `blocked` (another tab keeps it closed), `file` (the data file was moved). */
  'kept-error': CustomEvent<{ code: string, message: string, column?: string, row?: number, param?: string }>
}

/** A project of this device, as it is known without opening it. Times are in milliseconds since 1970. */
export interface ProjectCard {
  id: string
  name: string
  created: number
  changed: number
  /** What it takes, in bytes. */
  size: number
  /** Whether a passphrase is needed. */
  locked: boolean
  /** Models in it. */
  models: number
  /** Whether the data is in it. */
  data: boolean
}

/** The element `<kept-insights>`. */
export class KeptInsights extends HTMLElement {
  lang: string
  theme: 'light' | 'dark' | 'auto'
  analyses: string[] | undefined
  src: string
  /** A copy; setting it counts at once, for an open file too. */
  options: KeptOptions
  steps: StepName[] | undefined
  exports: ExportName[] | undefined
  hideColumns: string[] | undefined
  /** Keeps work on this device from the start; the person may turn it off. */
  remember: boolean
  readonly ready: Promise<Engine>
  readonly engine: Engine | undefined
  load(source: Source, options?: Omit<LoadOptions, 'onProgress'>): Promise<Dataset>
  run(analysis: string, request?: Omit<RunRequest, 'dataset'>, options?: { signal?: AbortSignal }): Promise<Report>
  /** Adds rows to the customers that are listed; raises `kept-alert` when some cross the threshold. Nodes become children, as for any element. */
  append(rows: Source, options: { signal?: AbortSignal }): Promise<Appended>
  append(rows: Source | Node, ...nodes: (string | Node)[]): Promise<Appended>
  cancel(): void
  /** As `Engine.privacy()`. */
  privacy(): Promise<PrivacyReport>
  /** As `Engine.selfTest()`. */
  selfTest(): Promise<SelfTest>
  save(): object | undefined
  restore(state: object): Promise<void>
  /** The project as the bytes of a `.kept` file; encrypted where a passphrase is given, with the data and the last report where `data` is true. `id`: of another project of this device. */
  exportProject(options?: { passphrase?: string, data?: boolean, id?: string }): Promise<Uint8Array>
  /** Opens a `.kept` file in place of what is open. Errors: `passphrase` (wrong, or the content was altered), `damaged`, `newer`, `insecure` (the page cannot decrypt). */
  importProject(bytes: Blob | ArrayBuffer | Uint8Array, options?: { passphrase?: string }): Promise<void>
  /** Projects of this device, the latest first. Errors: `storage` where the browser allows none, `blocked` where another tab keeps it closed. */
  projects(): Promise<ProjectCard[]>
  /** Opens one of them. Error `busy` where another tab has it, unless it is taken over or only read. */
  openProject(id: string, options?: { passphrase?: string, takeOver?: boolean, readOnly?: boolean }): Promise<void>
  deleteProject(id: string): Promise<void>
  /** Takes the last change of roles, recipe or settings back. */
  undo(): void
  redo(): void
}

declare global {
  /** The events bubble: they can be listened for on any element around. */
  interface HTMLElementEventMap extends KeptEventMap {}
  interface DocumentEventMap extends KeptEventMap {}
  interface HTMLElementTagNameMap { 'kept-insights': KeptInsights }
}
