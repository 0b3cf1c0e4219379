import { OAuthError } from '@doorward/core/oauth/error'
import type { Reason } from '@doorward/core/oauth/reasons'
import type * as v from 'valibot'
import { readJsonBody } from '../http.ts'
import type { Action } from './actions/action.ts'

/**
 * What a request says, as the one object that its action takes: path and query, or path and JSON body. Its shape is judged by the
 * action itself.
 */
export async function readInput(
  request: Request,
  action: Action,
  parameters: Readonly<Record<string, string>>,
): Promise<Record<string, unknown>> {
  const inPath = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, decoded(value)]))
  const takesBody = action.method === 'POST' || action.method === 'PUT'
  const rest = takesBody ? await bodyOf(request) : queryOf(new URL(request.url).searchParams, action.input.entries)
  const twice = Object.keys(rest).find((name) => Object.hasOwn(inPath, name))
  if (twice !== undefined) refuse(`${twice} stands in the path already`, 'admin_input')
  return { ...rest, ...inPath }
}

async function bodyOf(request: Request): Promise<Record<string, unknown>> {
  if (request.body === null || request.headers.get('content-length') === '0') return {}
  const body = await readJsonBody(request)
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Record<string, unknown>
  return refuse('The body has to be a JSON object', 'admin_body')
}

/** A query is text; what has to be a number, a yes or no, or a list is said by the schema. */
function queryOf(query: URLSearchParams, entries: Readonly<Record<string, v.GenericSchema>>): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const name of new Set(query.keys())) {
    const all = query.getAll(name)
    const type = Object.hasOwn(entries, name) ? typeOf(entries[name] as v.GenericSchema) : 'unknown'
    if (type !== 'array' && all.length > 1) refuse(`${name.slice(0, 80)} is given more than once`, 'admin_input')
    values[name] = type === 'array' ? all : typed(all[0] ?? '', type)
  }
  return values
}

function typed(text: string, type: string): unknown {
  if (type === 'number' && /^-?\d{1,15}$/.test(text)) return Number(text)
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true'
  return text
}

function typeOf(schema: v.GenericSchema): string {
  return 'wrapped' in schema ? typeOf(schema.wrapped as v.GenericSchema) : schema.type
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return refuse('The id in the path is not percent-encoded', 'admin_id')
  }
}

function refuse(description: string, reason: Reason): never {
  throw new OAuthError('invalid_request', description, reason)
}
