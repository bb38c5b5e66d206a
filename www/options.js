// What a host offers, hides, presets and locks: checked here, named where it is wrong, before the interface is told.

export const STEPS = ['data', 'prepare', 'churn', 'behaviour', 'segments', 'overview', 'actions', 'predict']
export const EXPORTS = ['csv', 'figures', 'report', 'model', 'aggregates', 'project']
export const LOCKS = ['roles', 'kinds', 'recipe', 'params', 'costs']
const ROLES = ['id', 'target', 'value', 'date', 'text', 'group']
const KINDS = ['float', 'int', 'bool', 'date', 'datetime', 'category', 'text', 'id']
const COSTS = ['contact', 'success', 'value', 'capacity']
/** Settings that are no parameter of their own. */
const MAPS = ['learner_params', 'costs', 'playbook']

const quoted = (names) => names.map((name) => `“${name}”`).join(', ')
const isPlain = (it) => typeof it === 'object' && it !== null && !Array.isArray(it)
const isTexts = (it) => Array.isArray(it) && it.every((name) => typeof name === 'string')

/** A list as an attribute has it: names apart by commas, for those without commas of their own; else a JSON array. */
export function readList(text) {
  if (text === null || text === undefined) return undefined
  if (text.trim().startsWith('[')) {
    try {
      const list = JSON.parse(text)
      if (isTexts(list)) return list
    } catch { /* A name may begin with a bracket. */ }
  }
  return text.split(',').map((name) => name.trim()).filter(Boolean)
}
/** The list as its attribute; undefined is none. */
export const writeList = (list) =>
  list === undefined ? undefined
  : list.some((name) => name.includes(',') || name !== name.trim() || name === '' || name.startsWith('[')) ? JSON.stringify(list)
  : list.join(', ')

/** `list` of known names; `fail(param, message)` makes the error. */
export function checkList(param, list, known, fail) {
  if (list === undefined || list === null) return undefined
  if (!isTexts(list)) throw fail(param, `${param} must be a list of names`)
  const unknown = known ? list.filter((name) => !known.includes(name)) : []
  if (unknown.length > 0) throw fail(param, `${param}: ${quoted(unknown)} is not known; known are ${known.join(', ')}`)
  return [...new Set(list)]
}
/** The names of a list that are known. */
export const knownOf = (list, known) => list?.filter((name) => known.includes(name))

function checkMap(param, map, keys, isRight, what, fail) {
  if (map === undefined || map === null) return undefined
  if (!isPlain(map)) throw fail(param, `${param} must be an object`)
  const unknown = keys ? Object.keys(map).filter((key) => !keys.includes(key)) : []
  if (unknown.length > 0) throw fail(param, `${param}: ${quoted(unknown)} is not known; known are ${keys.join(', ')}`)
  for (const [key, value] of Object.entries(map)) {
    if (!isRight(value)) throw fail(`${param}.${key}`, `${param}: “${key}” must be ${what}`)
  }
  return map
}

function checkRecipe(recipe, fail) {
  if (recipe === undefined || recipe === null) return undefined
  const isStep = (step) => isPlain(step) && typeof step.kind === 'string' && (step.columns === undefined || isTexts(step.columns)) && (step.params === undefined || isPlain(step.params))
  if (!isPlain(recipe) || !Array.isArray(recipe.steps) || !recipe.steps.every(isStep)) throw fail('preset.recipe', 'preset.recipe must be { steps: [{ kind, columns, params }] }')
  return recipe
}

const PARTS = ['roles', 'kinds', 'recipe', 'params', 'costs']
function checkPreset(preset, fail) {
  if (preset === undefined || preset === null) return undefined
  checkMap('preset', preset, PARTS, () => true, '', fail)
  checkMap('preset.roles', preset.roles, ROLES, (it) => typeof it === 'string' || isTexts(it), 'a column or a list of columns', fail)
  checkMap('preset.kinds', preset.kinds, undefined, (it) => KINDS.includes(it), `one of ${KINDS.join(', ')}`, fail)
  checkRecipe(preset.recipe, fail)
  checkMap('preset.params', preset.params, undefined, () => true, '', fail)
  const isAmount = (it) => typeof it === 'string' || (typeof it === 'number' && Number.isFinite(it) && it >= 0)
  checkMap('preset.costs', preset.costs, COSTS, isAmount, 'a number from 0, or for “value” a column', fail)
  try {
    return structuredClone(preset)
  } catch {
    throw fail('preset', 'preset must be plain data')
  }
}

const TOP = ['steps', 'exports', 'hideColumns', 'locked', 'preset', 'budget']
function checkBudget(budget, fail) {
  if (budget === undefined || budget === null) return undefined
  const isAmount = (it) => typeof it === 'number' && it >= 0
  checkMap('budget', budget, ['epsilon', 'delta'], isAmount, 'a number from 0', fail)
  const { epsilon = 3, delta = 1e-5 } = budget
  if (epsilon > 100) throw fail('budget.epsilon', 'budget.epsilon must be at most 100')
  if (delta > 1e-3) throw fail('budget.delta', 'budget.delta must be at most 0.001')
  return { epsilon, delta }
}

/** `options` as a host gives them, checked and copied. */
export function checkOptions(given, fail) {
  if (!isPlain(given)) throw fail('options', 'options must be an object')
  checkMap('options', given, TOP, () => true, '', fail)
  const steps = checkList('steps', given.steps, STEPS, fail)
  if (steps?.length === 0) throw fail('steps', 'steps must name one step at least')
  return {
    steps,
    exports: checkList('exports', given.exports, EXPORTS, fail),
    hideColumns: checkList('hideColumns', given.hideColumns, undefined, fail),
    locked: checkList('locked', given.locked, LOCKS, fail),
    preset: checkPreset(given.preset, fail),
    budget: checkBudget(given.budget, fail),
  }
}

/** Preset parameters that no analysis takes: known once the engine's catalogue is. */
export function checkParams(preset, catalog, fail) {
  const known = new Set(MAPS)
  for (const { params } of catalog.analyses) for (const { name } of params) known.add(name)
  const unknown = Object.keys(preset?.params ?? {}).filter((name) => !known.has(name))
  if (unknown.length > 0) throw fail('preset.params', `preset.params: ${quoted(unknown)} is not known`)
  const kinds = new Set(catalog.transforms.map((it) => it.id))
  const steps = (preset?.recipe?.steps ?? []).map((step) => step.kind).filter((kind) => !kinds.has(kind))
  if (steps.length > 0) throw fail('preset.recipe', `preset.recipe: ${quoted(steps)} is not known`)
}
