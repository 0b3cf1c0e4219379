import type { Form } from '@doorward/core/oauth/form'
import type { InputOf, OutputOf } from '../../authority/admin/act.ts'
import type { Action } from '../../authority/admin/actions/action.ts'
import { ACTIONS, type ActionName } from '../../authority/admin/actions/index.ts'
import type { ActForm, FormKey } from './act-form.ts'
import { govern } from './call.ts'
import type { Section } from './frame.ts'
import { keptScopes } from './kept-scopes.ts'
import type { Made } from './pages/made.ts'
import { withQuery } from './parts.ts'

interface Wish<Name extends ActionName> {
  readonly key: FormKey
  readonly path: string
  readonly section: Section
  readonly fields: readonly string[]
  readonly isFinal?: boolean
  readonly input: (form: Form) => InputOf<Name>
  readonly made?: (output: OutputOf<Name>) => Made
  readonly back?: (form: Form) => string
  readonly inputs?: Readonly<Record<string, string>>
  readonly at?: (form: Form) => string
}

/** An action, and the form that leads to it. The permission is the one of the action. */
function form<Name extends ActionName>(name: Name, wish: Wish<Name>): ActForm {
  const { key, path, section, fields, isFinal = false, inputs = {}, input, made, back = () => `/${section}` } = wish
  const { permission, needsFresh }: Action = ACTIONS[name]
  return {
    key,
    path,
    section,
    permission,
    needsFresh: needsFresh === true,
    showsOnce: made !== undefined,
    fields,
    isFinal,
    inputs,
    back,
    at: wish.at ?? back,
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
const linesOfText = (text = '') => text.split(/\r?\n/).flatMap((line) => (line.trim() === '' ? [] : [line.trim()]))
const groupsOf = (form: Form) => linesOfText(form.get('groups'))
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
    fields: ['id', 'digest', 'from'],
    input: (sent) => ({ ...idOf(sent), digest: sent.require('digest') }),
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
  form('clients.renewSecret', {
    key: 'client-secret',
    path: '/clients/secret',
    section: 'clients',
    fields: ID,
    isFinal: true,
    input: idOf,
    made: ({ client_id, client_secret }) => ({ kind: 'secret', id: client_id, secret: client_secret }),
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
    inputs: { client_name: 'name', redirect_uris: 'redirect_uris', scope: 'scope' },
    input: (sent) => ({
      client_name: sent.get('name') ?? '',
      redirect_uris: linesOf(sent, 'redirect_uris'),
      token_endpoint_auth_method: sent.get('secret') === 'yes' ? 'client_secret_basic' : 'none',
      ...(linesOf(sent, 'scope').length === 0 ? {} : { scope: linesOf(sent, 'scope').join(' ') }),
    }),
    made: ({ client_id, client_secret }) => ({ kind: 'client', id: client_id, secret: client_secret }),
  }),
  form('grants.narrow', {
    key: 'grant-narrowed',
    path: '/grants/narrow',
    section: 'grants',
    fields: ID,
    input: (sent) => ({ ...idOf(sent), scopes: keptScopes(sent) }),
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
    inputs: { email: 'email' },
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
    inputs: { groups: 'groups' },
    input: (sent) => ({
      ...idOf(sent),
      groups: groupsOf(sent),
      ...(sent.get('before') === undefined ? {} : { before: linesOfText(sent.get('before')) }),
    }),
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
    inputs: { uses: 'uses', days: 'days', redirect_hosts: 'hosts', scopes: 'scopes', note: 'note' },
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
    inputs: { rule: 'value', note: 'note' },
    at: (sent) =>
      withQuery(
        '/rules',
        Object.fromEntries(['effect', 'kind', 'value', 'note'].map((name) => [name, sent.get(name)])),
      ),
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
