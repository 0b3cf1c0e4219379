import type { Form } from '@doorward/core/oauth/form'
import { act, type InputOf, type OutputOf } from '../../authority/admin/act.ts'
import type { ActionName } from '../../authority/admin/actions/index.ts'
import type { Operator, Permission } from '../../authority/admin/permissions.ts'
import type { Authentication, AuthorityContext, StoredUser, Visit } from '../../authority/context.ts'
import { ownFormToken } from '../form-token.ts'
import type { Words } from '../words/words.ts'
import type { Frame, Returned, Section } from './frame.ts'

/** One request of an operator. */
export interface AdminCall {
  readonly ctx: AuthorityContext
  readonly visit: Visit
  readonly operator: Operator
  readonly user: StoredUser
  /** How they signed in, and when. */
  readonly authentication: Authentication
  readonly browser: string
  readonly query: URLSearchParams
  readonly words: Words
  /** A form of the page that comes back with what was typed. */
  readonly returned?: Returned
}

/** A call that changes something: its form was made for this browser. */
export interface AdminPost extends AdminCall {
  readonly form: Form
}

/** A page: looks and changes nothing. */
export interface AdminView {
  readonly path: string
  readonly permission: Permission
  readonly show: (call: AdminCall) => Promise<Response>
}

/** The address of the console, without a slash at its end. */
export function baseOf(ctx: Pick<AuthorityContext, 'issuer'>): string {
  return `${ctx.issuer}/admin`
}

export function govern<Name extends ActionName>(
  { ctx, visit, operator }: AdminCall,
  name: Name,
  input: InputOf<Name>,
): Promise<OutputOf<Name>> {
  return act(ctx, visit, operator, name, input)
}

const MOST_COUNTED = 100

/** What every page is framed by, with what was done a moment ago. */
export async function frameOf(call: AdminCall, current: Section): Promise<Frame> {
  const { ctx, browser, user, query, words } = call
  const { clients } = await govern(call, 'clients.list', { state: 'waiting', limit: MOST_COUNTED })
  const done = query.get('done') ?? ''
  const notices: Readonly<Record<string, string>> = words.adminDone.notices
  return {
    base: baseOf(ctx),
    current,
    email: user.email,
    signOut: `${ctx.issuer}/sign-out`,
    request: ownFormToken(ctx, browser, user),
    waiting: clients.length,
    // Only words of ours stand there, whatever the address says.
    ...(call.returned === undefined ? {} : { returned: call.returned }),
    ...(call.returned === undefined && Object.hasOwn(notices, done)
      ? { notice: { kind: 'good', text: notices[done] as string } }
      : {}),
  }
}

/** A text of the query; what is empty was not asked for. */
export function asked(query: URLSearchParams, name: string): string | undefined {
  const text = query.get(name)?.trim()
  return text === undefined || text === '' ? undefined : text
}

/** One of a few words; anything else was not asked for. */
export function oneOf<Word extends string>(
  query: URLSearchParams,
  name: string,
  words: readonly Word[],
): Word | undefined {
  const text = query.get(name)
  return words.find((word) => word === text)
}

export function wholeOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}
