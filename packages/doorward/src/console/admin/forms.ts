import type { Form } from '@doorward/core/oauth/form'
import type { InputOf, OutputOf } from '../../authority/admin/act.ts'
import { ACTIONS, type ActionName } from '../../authority/admin/actions/index.ts'
import type { Permission } from '../../authority/admin/permissions.ts'
import { seeOther, send } from '../send.ts'
import { type AdminPost, baseOf, frameOf, govern } from './call.ts'
import type { Section } from './frame.ts'
import { ADMIN_PAGES } from './pages/index.ts'
import type { Made } from './pages/made.ts'
import { withQuery } from './parts.ts'

/** What an operator does with one press. */
export interface ActForm {
  readonly key: FormKey
  readonly path: string
  readonly section: Section
  readonly permission: Permission
  /** What it comes with, besides the token: repeated by the question whether the operator is sure. */
  readonly fields: readonly string[]
  /** Asked again, because it cannot be taken back. */
  readonly isFinal: boolean
  readonly run: (call: AdminPost) => Promise<Made | undefined>
  /** Where the operator goes on, below the base. */
  readonly back: (form: Form) => string
}

export type FormKey =
  | 'client-approved'
  | 'client-blocked'
  | 'client-unblocked'
  | 'client-removed'
  | 'client-added'
  | 'grant-revoked'
  | 'person-added'
  | 'person-disabled'
  | 'person-enabled'
  | 'person-groups'
  | 'person-signed-out'
  | 'person-password'
  | 'person-no-password'
  | 'invite-created'
  | 'invite-revoked'
  | 'rule-added'
  | 'rule-removed'
  | 'key-rotated'
  | 'key-replaced'

interface Wish<Name extends ActionName> {
  readonly key: FormKey
  readonly path: string
  readonly section: Section
  readonly fields: readonly string[]
  readonly isFinal?: boolean
  readonly input: (form: Form) => InputOf<Name>
  readonly made?: (output: OutputOf<Name>) => Made
  readonly back?: (form: Form) => string
}

/** An action, and the form that leads to it. The permission is the one of the action. */
function form<Name extends ActionName>(name: Name, wish: Wish<Name>): ActForm {
  const { key, path, section, fields, isFinal = false, input, made, back = () => `/${section}` } = wish
  return {
    key,
    path,
    section,
    permission: ACTIONS[name].permission,
    fields,
    isFinal,
    back,
    run: async (call) => {
      const output = await govern(call, name, input(call.form))
      return made?.(output)
    },
  }
}

const ID = ['id'] as const
const idOf = (form: Form) => ({ id: form.require('id') })
const client = (form: Form) => withQuery('/clients/one', { id: form.get('id') })
const person = (form: Form) => withQuery('/people/one', { id: form.get('id') })
const linesOf = (form: Form, name: string) => (form.get(name) ?? '').split(/[\s,]+/).filter((line) => line !== '')
/** One each line: the name of a group may have spaces and commas in it, and its parts may be other groups. */
const groupsOf = (form: Form) =>
  (form.get('groups') ?? '').split(/\r?\n/).flatMap((line) => (line.trim() === '' ? [] : [line.trim()]))
const numberOf = (form: Form, name: string) => Number(form.get(name) ?? Number.NaN)

/** The action judges whether it is one. */
export function ruleOf(kind: string, value: string): InputOf<'rules.add'>['rule'] {
  return { [kind]: value } as InputOf<'rules.add'>['rule']
}

/** Everything that can be done on the pages of the console. */
export const FORMS: readonly ActForm[] = [
  form('clients.approve', {
    key: 'client-approved',
    path: '/clients/approve',
    section: 'clients',
    fields: ID,
    input: idOf,
    back: (sent) => (sent.get('from') === 'approvals' ? '/approvals' : client(sent)),
  }),
  form('clients.block', {
    key: 'client-blocked',
    path: '/clients/block',
    section: 'clients',
    fields: ['id', 'from'],
    isFinal: true,
    input: idOf,
    back: (sent) => (sent.get('from') === 'approvals' ? '/approvals' : client(sent)),
  }),
  form('clients.unblock', {
    key: 'client-unblocked',
    path: '/clients/unblock',
    section: 'clients',
    fields: ID,
    input: idOf,
    back: client,
  }),
  form('clients.remove', {
    key: 'client-removed',
    path: '/clients/remove',
    section: 'clients',
    fields: ID,
    isFinal: true,
    input: idOf,
  }),
  form('clients.add', {
    key: 'client-added',
    path: '/clients/add',
    section: 'clients',
    fields: [],
    input: (sent) => ({
      client_name: sent.get('name') ?? '',
      redirect_uris: linesOf(sent, 'redirect_uris'),
      token_endpoint_auth_method: sent.get('secret') === 'yes' ? 'client_secret_basic' : 'none',
      ...(linesOf(sent, 'scope').length === 0 ? {} : { scope: linesOf(sent, 'scope').join(' ') }),
    }),
    made: ({ client_id, client_secret }) => ({ kind: 'client', id: client_id, secret: client_secret }),
  }),
  form('grants.revoke', {
    key: 'grant-revoked',
    path: '/grants/revoke',
    section: 'grants',
    fields: ID,
    isFinal: true,
    input: idOf,
  }),
  form('people.add', {
    key: 'person-added',
    path: '/people/add',
    section: 'people',
    fields: [],
    input: (sent) => ({ email: sent.get('email') ?? '', operator: sent.get('operator') === 'yes' }),
    made: ({ email, password, signsInAt }) => ({ kind: 'person', id: email, secret: password, signsInAt }),
  }),
  form('people.disable', {
    key: 'person-disabled',
    path: '/people/disable',
    section: 'people',
    fields: ID,
    isFinal: true,
    input: idOf,
    back: person,
  }),
  form('people.enable', {
    key: 'person-enabled',
    path: '/people/enable',
    section: 'people',
    fields: ID,
    input: idOf,
    back: person,
  }),
  form('people.groups', {
    key: 'person-groups',
    path: '/people/groups',
    section: 'people',
    fields: ID,
    input: (sent) => ({ ...idOf(sent), groups: groupsOf(sent) }),
    back: person,
  }),
  form('people.sign-out', {
    key: 'person-signed-out',
    path: '/people/sign-out',
    section: 'people',
    fields: ID,
    input: idOf,
    back: person,
  }),
  form('people.password', {
    key: 'person-password',
    path: '/people/password',
    section: 'people',
    fields: ID,
    isFinal: true,
    input: idOf,
    made: ({ email, password }) => ({ kind: 'password', id: email, secret: password }),
    back: person,
  }),
  form('people.password', {
    key: 'person-no-password',
    path: '/people/no-password',
    section: 'people',
    fields: ID,
    isFinal: true,
    input: (sent) => ({ ...idOf(sent), none: true }),
    back: person,
  }),
  form('invites.create', {
    key: 'invite-created',
    path: '/invites/create',
    section: 'invites',
    fields: [],
    input: (sent) => ({
      uses: numberOf(sent, 'uses'),
      days: numberOf(sent, 'days'),
      redirect_hosts: linesOf(sent, 'hosts'),
      scopes: linesOf(sent, 'scopes'),
      note: sent.get('note') ?? '',
    }),
    made: ({ id, token }) => ({ kind: 'invite', id, secret: token }),
  }),
  form('invites.revoke', {
    key: 'invite-revoked',
    path: '/invites/revoke',
    section: 'invites',
    fields: ID,
    isFinal: true,
    input: idOf,
  }),
  form('rules.add', {
    key: 'rule-added',
    path: '/rules/add',
    section: 'rules',
    fields: [],
    input: (sent) => ({
      effect: sent.get('effect') === 'deny' ? 'deny' : 'allow',
      rule: ruleOf(sent.get('kind') ?? '', sent.get('value') ?? ''),
      note: sent.get('note') ?? '',
    }),
  }),
  form('rules.remove', {
    key: 'rule-removed',
    path: '/rules/remove',
    section: 'rules',
    fields: ID,
    isFinal: true,
    input: idOf,
  }),
  form('keys.rotate', {
    key: 'key-rotated',
    path: '/keys/rotate',
    section: 'server',
    fields: [],
    input: () => ({ now: false }),
  }),
  form('keys.rotate', {
    key: 'key-replaced',
    path: '/keys/replace',
    section: 'server',
    fields: [],
    isFinal: true,
    input: () => ({ now: true }),
  }),
]

/** Does it, and goes on by GET, so that a page that is loaded again does nothing again; what is final is asked about first. */
export async function takeForm(call: AdminPost, wanted: ActForm): Promise<Response> {
  const { ctx, form: sent, words } = call
  const base = baseOf(ctx)
  const back = `${base}${wanted.back(sent)}`
  if (wanted.isFinal && sent.get('sure') !== 'yes') {
    const fields = Object.fromEntries(
      wanted.fields.flatMap((name) => {
        const value = sent.get(name)
        return value === undefined ? [] : [[name, value]]
      }),
    )
    const frame = await frameOf(call, wanted.section)
    return send(ADMIN_PAGES.sure({ frame, key: wanted.key, action: `${base}${wanted.path}`, fields, back }, words))
  }
  const made = await wanted.run(call)
  if (made !== undefined)
    return send(ADMIN_PAGES.made({ frame: await frameOf(call, wanted.section), made, back }, words))
  const to = new URL(back)
  to.searchParams.set('done', wanted.key)
  return seeOther(to.href, [])
}
