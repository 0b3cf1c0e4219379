import * as v from 'valibot'
import { ConfigSchema } from './config-schema.ts'
import { knownKeys } from './known-keys.ts'
import { UsageError } from './problem.ts'

type Issue = v.BaseIssue<unknown>

/** What is wrong with a config file, in one sentence that names key, value and mend. */
export function mistakeIn(file: string, issues: readonly [Issue, ...Issue[]]): UsageError {
  const all = issues.flatMap((issue) => meant(issue))
  // A key that is misspelt is missing too; the mistake is the spelling.
  const issue = all.find(({ expected }) => expected === 'never') ?? all[0] ?? issues[0]
  const key = v.getDotPath(issue) ?? '(the whole file)'
  if (issue.expected === 'never') {
    const above = (issue.path ?? []).slice(0, -1).map((step) => step.key as string | number)
    const known = knownKeys(ConfigSchema, above).join(', ')
    return new UsageError(`In '${file}', the key '${key}' is not known; known there are ${known}.`)
  }
  return new UsageError(
    `In '${file}', ${key} is ${shown(issue.input)}: ${issue.message}; see doorward.schema.json for what it may be.`,
  )
}

/**
 * Where something may be of several shapes, the one that is meant is the one of which something inside is wrong: that it is
 * neither ("expected string or Object, received Object") tells nobody what to change.
 */
function meant(issue: Issue): Issue[] {
  const isOurs = issue.type !== 'union' || !issue.message.startsWith('Invalid type')
  // A list that was read as an object has none of its keys, and was not meant as one.
  const inside = isOurs ? [] : (issue.issues ?? []).filter(({ path }) => path !== undefined && !isListAsObject(path[0]))
  if (inside.length === 0) return [issue]
  return inside
    .map((one): Issue => ({ ...one, path: [...(issue.path ?? []), ...(one.path ?? [])] as unknown as Issue['path'] }))
    .flatMap(meant)
}

function isListAsObject(step: NonNullable<Issue['path']>[0]): boolean {
  return step.type === 'object' && Array.isArray(step.input)
}

export function shown(value: unknown): string {
  return value === undefined ? 'missing' : (JSON.stringify(value) ?? String(value)).slice(0, 80)
}
