import { isDeepStrictEqual } from 'node:util'
import { readStrictJson } from '../kernel/json.ts'
import { OAuthError, quoted } from './error.ts'
import type { Reason } from './reasons/index.ts'

/** One thing that a client asks for (RFC 9396 §2): its type, and the fields that the type allows. */
export type AuthorizationDetail = { readonly type: string } & Readonly<Record<string, unknown>>

/** A field with one value, or with several words. `label` stands before it where a person reads it. */
export interface DetailsField {
  readonly type: 'string' | 'strings' | 'number' | 'boolean'
  readonly label: string
  readonly required?: boolean | undefined
  /** The words that it may be, for `string` and `strings`. */
  readonly enum?: readonly string[] | undefined
  /** In characters (UTF-16), for `string` and each of `strings`; 200 where left out. */
  readonly maxLength?: number | undefined
}

/** A field that holds others, one level deep. */
export interface DetailsGroup {
  readonly type: 'object'
  readonly required?: boolean | undefined
  readonly fields: Readonly<Record<string, DetailsField>>
}

/** What an operator registered: what it means, in words for a person, and all that may stand in it. */
export interface DetailsType {
  readonly description: string
  readonly fields: Readonly<Record<string, DetailsField | DetailsGroup>>
}

export type DetailsTypes = Readonly<Record<string, DetailsType>>

/** A person reads all of it before they agree, and it travels in every token. */
const MOST_BYTES = 4096
const MOST_DETAILS = 10
const MOST_WORDS = 20
const LONGEST_TEXT = 200
const DEEPEST_JSON = 4
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u

/**
 * Reads `authorization_details`. Everything in it is known and stands where its type says, so that whoever reads it in words
 * has read all of it.
 * @param types those of the resource that is asked for
 * @param registered those that the client said it would use, where it did
 * @throws OAuthError `invalid_authorization_details` (RFC 9396 §5), naming what is wrong.
 */
export function readAuthorizationDetails(
  text: string,
  types: DetailsTypes,
  registered?: readonly string[] | undefined,
): readonly AuthorizationDetail[] {
  const details = parse(text)
  for (const detail of details) {
    const { type } = detail
    const known = Object.hasOwn(types, type) ? types[type] : undefined
    if (known === undefined) refuse(`The type ${quoted(type)} is not known at this resource`, 'details_type_unknown')
    if (registered !== undefined && !registered.includes(type))
      refuse(`This client is not registered for the type ${quoted(type)}`, 'details_type_not_registered')
    const { type: _, ...members } = detail
    checkFields(members, known.fields, type)
  }
  return details
}

/**
 * RFC 9396 §6: a token may get fewer of the objects that were granted, each whole and as it was granted. What it means for one to be
 * less than another only its type could say.
 * @throws OAuthError `invalid_authorization_details`
 */
export function narrowAuthorizationDetails(
  granted: readonly AuthorizationDetail[] | undefined,
  text: string | undefined,
): readonly AuthorizationDetail[] | undefined {
  if (text === undefined) return granted
  const asked = parse(text)
  // Each once: two transfers are more than one.
  const left = [...(granted ?? [])]
  const wider = asked.find((detail) => {
    const at = left.findIndex((known) => isDeepStrictEqual(known, detail))
    return at === -1 || left.splice(at, 1).length === 0
  })
  if (wider !== undefined) refuse(`Not granted like this: ${quoted(JSON.stringify(wider))}`, 'details_widened')
  return asked
}

function parse(text: string): AuthorizationDetail[] {
  const read = readStrictJson(text, DEEPEST_JSON)
  if (read.verdict !== 'good')
    refuse(`authorization_details is not acceptable as JSON: ${read.verdict.replaceAll('_', ' ')}`, 'details_malformed')
  const { value } = read
  if (!Array.isArray(value) || value.length === 0)
    refuse('authorization_details has to be an array of one object or more', 'details_malformed')
  if (value.length > MOST_DETAILS)
    refuse(`authorization_details has more than ${MOST_DETAILS} objects`, 'details_too_many')
  if (Buffer.byteLength(JSON.stringify(value)) > MOST_BYTES)
    refuse(`authorization_details is longer than ${MOST_BYTES} bytes`, 'details_too_large')
  if (!value.every(isDetail))
    refuse('Each of authorization_details has to be an object with a type', 'details_malformed')
  return value
}

/** Whether it has the shape that every type shares: an object whose `type` is text. */
export function isDetail(value: unknown): value is AuthorizationDetail {
  return isObject(value) && typeof value.type === 'string'
}

function checkFields(members: Readonly<Record<string, unknown>>, fields: DetailsType['fields'], at: string): void {
  const unknown = Object.keys(members).find((name) => !Object.hasOwn(fields, name))
  if (unknown !== undefined) refuse(`${quoted(at)} has no field ${quoted(unknown)}`, 'details_field_unknown')
  for (const [name, field] of Object.entries(fields)) {
    const value = members[name]
    if (value === undefined) {
      if (field.required === true) refuse(`${quoted(at)} needs the field ${quoted(name)}`, 'details_field_missing')
    } else checkField(value, field, `${at}.${name}`)
  }
}

function checkField(value: unknown, field: DetailsField | DetailsGroup, at: string): void {
  switch (field.type) {
    case 'string':
      checkText(value, field, at)
      break
    case 'strings':
      if (!Array.isArray(value) || value.length === 0 || value.length > MOST_WORDS)
        refuse(`${quoted(at)} has to be an array of 1 to ${MOST_WORDS} strings`, 'details_field_shape')
      for (const entry of value) checkText(entry, field, at)
      break
    case 'number':
      // What another reader would round is shown to nobody.
      if (typeof value !== 'number' || !Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER)
        refuse(`${quoted(at)} has to be a number that every reader reads alike`, 'details_field_shape')
      break
    case 'boolean':
      if (typeof value !== 'boolean') refuse(`${quoted(at)} has to be true or false`, 'details_field_shape')
      break
    case 'object':
      if (!isObject(value)) refuse(`${quoted(at)} has to be an object`, 'details_field_shape')
      checkFields(value, field.fields, at)
      break
    default:
      field satisfies never
  }
}

function checkText(value: unknown, { enum: words, maxLength = LONGEST_TEXT }: DetailsField, at: string): void {
  if (typeof value !== 'string') refuse(`${quoted(at)} has to be text`, 'details_field_shape')
  if (value.trim() === '' || value.length > maxLength || CONTROL.test(value))
    refuse(`${quoted(at)} has to be 1 to ${maxLength} characters on one line`, 'details_field_value')
  if (words !== undefined && !words.includes(value))
    refuse(`${quoted(at)} has to be one of ${words.map(quoted).join(', ')}`, 'details_field_value')
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function refuse(description: string, reason: Reason): never {
  throw new OAuthError('invalid_authorization_details', description, reason)
}
