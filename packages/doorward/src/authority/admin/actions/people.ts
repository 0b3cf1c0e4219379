import { OAuthError } from '@doorward/core/oauth/error'
import * as v from 'valibot'
import type { StoredUser } from '../../../store/store.ts'
import { changeGroups, isGroupName } from '../../identity/membership.ts'
import { hashPassword } from '../../identity/password.ts'
import { providerFor } from '../../identity/settings.ts'
import { addUser, normalEmail, problemOfPerson } from '../../identity/users.ts'
import { ADMIN_SCOPE, requirePermission } from '../permissions.ts'
import { action, type Call } from './action.ts'
import { done, Id, MaybeTime, PAGE, Time, unknown, Words } from './rules.ts'

const PersonView = v.object({
  id: v.string(),
  email: v.string(),
  operator: v.boolean(),
  groups: Words,
  createdAt: Time,
  disabledAt: MaybeTime,
})

/** A name for people that share something. What an identity provider says has a slash in it, and is not an operator's to say. */
const GroupName = v.pipe(
  v.string(),
  v.check((name) => isGroupName(name, true), 'A group is a name of at most 128 characters without slashes'),
)

/** An id of ours, or an address. */
const One = v.strictObject({ id: Id })

export const PEOPLE = {
  'people.list': action({
    method: 'GET',
    path: '/people',
    permission: 'doorward:admin.read',
    describe: 'Everybody who can sign in, by address.',
    input: v.strictObject({
      text: v.optional(v.pipe(v.string(), v.maxLength(200))),
      operator: v.optional(v.boolean()),
      disabled: v.optional(v.boolean()),
      ...PAGE,
    }),
    output: v.object({ people: v.array(PersonView), next: v.optional(v.string()) }),
    run: async ({ ctx }, filter) => {
      const { items, next } = await ctx.store.governing.people(filter)
      return { people: items, next }
    },
  }),
  'people.show': action({
    method: 'GET',
    path: '/people/{id}',
    permission: 'doorward:admin.read',
    describe: 'One person, by id or address.',
    input: One,
    output: PersonView,
    run: found,
  }),
  'people.add': action({
    method: 'POST',
    path: '/people',
    permission: 'doorward:admin.people',
    // Whoever may make operators may do everything.
    also: ({ operator }) => (operator ? ADMIN_SCOPE : undefined),
    needsFresh: true,
    describe:
      'Add a person. Without a password one is made up and shown this once, but for an address whose domain signs in at an identity provider: whoever that provider says has it is this person. Operators take the permission doorward:admin.',
    status: 201,
    input: v.strictObject({
      email: v.pipe(v.string(), v.maxLength(300)),
      password: v.optional(v.pipe(v.string(), v.maxLength(1024))),
      operator: v.optional(v.boolean(), false),
    }),
    output: v.object({
      id: v.string(),
      email: v.string(),
      operator: v.boolean(),
      password: v.optional(v.string()),
      signsInAt: v.optional(v.string()),
    }),
    run: async (call, { email, password, operator }) => {
      const { ctx } = call
      const provider = providerFor(ctx.signIn, normalEmail(email))
      const chosen = password ?? (provider === undefined ? madeUp(call) : undefined)
      const problem = problemOfPerson({ email, password: chosen })
      if (problem !== undefined) throw new OAuthError('invalid_request', problem, 'admin_person')
      const added = await addUser(ctx, { email, password: chosen, operator }, (person) =>
        done(call, 'user.added', { reason: operator ? 'operator' : 'person', detail: { person: person.id } }),
      )
      if (added.verdict === 'taken') {
        throw new OAuthError('invalid_request', `${added.user.email} is there already`, 'admin_person_taken', {
          status: 409,
        })
      }
      const shown = password === undefined && chosen !== undefined ? { password: chosen } : {}
      const { id } = added.user
      return {
        id,
        email: added.user.email,
        operator,
        ...shown,
        ...(provider === undefined ? {} : { signsInAt: provider.name }),
      }
    },
  }),
  'people.password': action({
    method: 'POST',
    path: '/people/{id}/password',
    permission: 'doorward:admin.people',
    needsFresh: true,
    describe:
      'Give a person another password; without one it is made up and shown this once. With none set, they have none: whoever the identity provider of their domain says has the address is let in. Their sessions end.',
    input: v.strictObject({
      id: Id,
      password: v.optional(v.pipe(v.string(), v.maxLength(1024))),
      none: v.optional(v.boolean(), false),
    }),
    output: v.object({
      id: v.string(),
      email: v.string(),
      password: v.optional(v.string()),
      signsInAt: v.optional(v.string()),
    }),
    run: async (call, { id: given, password, none }) => {
      const { ctx } = call
      const { id, email, operator } = await found(call, { id: given })
      mayTouch(call, operator)
      if (none && password !== undefined) {
        throw new OAuthError('invalid_request', 'A password is given, and none is to be', 'admin_input')
      }
      const chosen = none ? undefined : (password ?? madeUp(call))
      const problem = problemOfPerson({ email, password: chosen })
      if (problem !== undefined) throw new OAuthError('invalid_request', problem, 'admin_person')
      const hashed = chosen === undefined ? '' : await hashPassword(chosen)
      await ctx.store.governing.resetPassword(id, hashed, () =>
        done(call, 'password.changed', { detail: { person: id, none } }),
      )
      const signsInAt = providerFor(ctx.signIn, email)?.name
      const shown = password === undefined && chosen !== undefined ? { password: chosen } : {}
      return { id, email, ...shown, ...(signsInAt === undefined ? {} : { signsInAt }) }
    },
  }),
  'people.disable': action({
    method: 'POST',
    path: '/people/{id}/disable',
    permission: 'doorward:admin.people',
    needsFresh: true,
    describe: 'Shut a person out: sessions end and grants are revoked at once.',
    input: One,
    output: v.object({ id: v.string(), email: v.string(), disabled: v.boolean() }),
    run: async (call, input) => {
      const { id, email, operator } = await found(call, input)
      mayTouch(call, operator)
      await call.ctx.store.users.disable(id, call.ctx.now(), () =>
        done(call, 'user.disabled', { detail: { person: id } }),
      )
      return { id, email, disabled: true }
    },
  }),
  'people.enable': action({
    method: 'POST',
    path: '/people/{id}/enable',
    permission: 'doorward:admin.people',
    needsFresh: true,
    describe: 'Let a person sign in again who was shut out; what ended stays ended.',
    input: One,
    output: v.object({ id: v.string(), email: v.string(), disabled: v.boolean() }),
    run: async (call, input) => {
      const { id, email, operator } = await found(call, input)
      mayTouch(call, operator)
      await call.ctx.store.governing.enable(id, () => done(call, 'user.enabled', { detail: { person: id } }))
      return { id, email, disabled: false }
    },
  }),
  'people.groups': action({
    method: 'PUT',
    path: '/people/{id}/groups',
    permission: 'doorward:admin.people',
    needsFresh: true,
    describe:
      'Say which groups a person is in. What an identity provider says of them stays. With before, only where those were the groups so far.',
    input: v.strictObject({
      id: Id,
      groups: v.pipe(v.array(GroupName), v.maxLength(100)),
      before: v.optional(v.pipe(v.array(v.string()), v.maxLength(200))),
    }),
    output: PersonView,
    run: async (call, { id: given, groups, before }) => {
      const { id, operator } = await found(call, { id: given })
      mayTouch(call, operator)
      const { ctx, visit } = call
      const verdict = await changeGroups(ctx, {
        userId: id,
        provider: undefined,
        names: groups,
        before,
        reason: 'operator_asked',
        by: { actor: call.operator.id, correlation: visit?.correlation, network: visit?.network },
      })
      const person = await found(call, { id })
      if (verdict === 'stale') throw changedMeanwhile(before ?? [], person.groups)
      return person
    },
  }),
  'people.sign-out': action({
    method: 'POST',
    path: '/people/{id}/sign-out',
    permission: 'doorward:admin.people',
    describe: 'End every session of a person on the pages; connections go on.',
    input: One,
    output: v.object({ id: v.string(), ended: v.number() }),
    run: async (call, input) => {
      const { id, operator } = await found(call, input)
      mayTouch(call, operator)
      const ended = await call.ctx.store.governing.endSessions(id, (count) =>
        count === undefined || count === 0
          ? undefined
          : done(call, 'sign-out', { detail: { person: id, sessions: count } }),
      )
      return { id, ended: ended ?? 0 }
    },
  }),
}

async function found({ ctx }: Call, { id }: { readonly id: string }): Promise<StoredUser> {
  const person = id.includes('@') ? await ctx.store.users.byEmail(normalEmail(id)) : await ctx.store.users.byId(id)
  return person ?? unknown('person', id)
}

/** What somebody else did in the meantime, so that nobody has to compare two lists. */
function changedMeanwhile(before: readonly string[], groups: readonly string[]): OAuthError {
  const now = groups.filter((group) => !group.includes('/'))
  const quoted = (names: readonly string[]) => names.map((name) => `'${name.slice(0, 40)}'`).join(', ')
  const [came, went] = [now.filter((name) => !before.includes(name)), before.filter((name) => !now.includes(name))]
  const what = [
    ...(came.length > 0 ? [`added ${quoted(came)}`] : []),
    ...(went.length > 0 ? [`removed ${quoted(went)}`] : []),
  ]
  return new OAuthError(
    'invalid_request',
    `Somebody else has ${what.join(' and ')} meanwhile`.slice(0, 300),
    'admin_groups_changed',
    {
      status: 409,
    },
  )
}

function madeUp({ ctx }: Call): string {
  return Buffer.from(ctx.random(15)).toString('base64url')
}

/** Who may not make operators may not unmake them either. */
function mayTouch({ operator }: Call, isOperator: boolean): void {
  if (isOperator) requirePermission(operator, ADMIN_SCOPE)
}
