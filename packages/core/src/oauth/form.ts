import { OAuthError, quoted } from './error.ts'
import type { Reason } from './reasons/index.ts'

/** Request parameters after RFC 6749 §3.1: none twice (but `resource`), an empty value is no value. */
export interface Form {
  readonly get: (name: string) => string | undefined
  /** The value, or `invalid_request` naming what is missing. */
  readonly require: (name: string) => string
  /** All values of the one parameter that may be repeated (RFC 8707 §2). */
  readonly resources: readonly string[]
  /** Everything, as it came and without what was empty. */
  readonly entries: [string, string][]
}

const MOST_PARAMETERS = 60
/** In characters. What is sent out to come back as a parameter has to fit, too. */
export const LONGEST_VALUE = 8192

/**
 * Reads query or body parameters.
 * @throws OAuthError `invalid_request` on repeated, oversized, too many or wrongly encoded parameters.
 */
export function readForm(params: URLSearchParams, mostParameters = MOST_PARAMETERS): Form {
  const values = new Map<string, string>()
  const resources: string[] = []
  const entries: [string, string][] = []
  let count = 0
  for (const [name, value] of params) {
    if (++count > mostParameters) refuse(`More than ${mostParameters} parameters`, 'too_many_parameters')
    if (name.length > 256 || value.length > LONGEST_VALUE) {
      refuse(`Parameter ${quoted(name.slice(0, 40))} is longer than ${LONGEST_VALUE} characters`, 'parameter_too_long')
    }
    // URLSearchParams turns bytes that are not UTF-8 into U+FFFD; NUL has no place in any value either.
    if (name.includes('�') || value.includes('�') || value.includes('\0')) {
      refuse(`Parameter ${quoted(name)} is not valid UTF-8`, 'parameter_not_utf8')
    }
    if (value === '') continue
    entries.push([name, value])
    if (name === 'resource') {
      resources.push(value)
      continue
    }
    // RFC 6749 §3.1: "Request and response parameters MUST NOT be included more than once."
    if (values.has(name)) refuse(`Parameter ${quoted(name)} is given more than once`, 'parameter_repeated')
    values.set(name, value)
  }
  return {
    get: (name) => values.get(name),
    require: (name) => values.get(name) ?? refuse(`Parameter ${quoted(name)} is missing`, 'parameter_missing'),
    resources,
    entries,
  }
}

function refuse(description: string, reason: Reason): never {
  throw new OAuthError('invalid_request', description, reason)
}
