import type { PersonReason, Reason } from '@doorward/core/oauth/reasons'
import { told as de } from './de/told.ts'
import { told as fr } from './fr/told.ts'

/** What a person is told of a refusal in a language that the catalogue of reasons, which is for developers, is not in. */
export interface Telling {
  readonly cause: string
  readonly mend: string
}

// Where the mistake is in what an application sent, a person needs to know that alone; its makers read English.
const ALIKE = [
  ['request_object', 'application'],
  ['details_', 'application'],
  ['metadata_', 'application'],
  ['pkce_', 'application'],
  ['prompt_', 'application'],
  ['response_', 'application'],
  ['redirect_uri', 'redirect'],
  ['client_url_', 'document'],
  ['document_', 'document'],
  ['json_', 'request'],
  ['http_', 'request'],
  ['parameter_', 'request'],
] as const
type Prefix = (typeof ALIKE)[number][0]

/** Reasons that can reach the page of a person: each has words of its own, or is of a kind that has. */
const KINDS = {
  admin_client_assurance: 'not_for_this_application',
  admin_not_an_operator: 'admin_not_an_operator',
  answer_not_by_hand: 'request',
  approval_missing: 'approval_missing',
  body_not_utf8: 'request',
  body_too_large: 'request',
  client_blocked: 'client_blocked',
  client_of_another_person: 'client_of_another_person',
  client_unknown: 'client_unknown',
  connection_unknown: 'request',
  connection_wish: 'request',
  consent_of_another_account: 'consent_of_another_account',
  decision_unknown: 'request',
  device_administration: 'not_for_this_application',
  device_code_answered: 'device_code_answered',
  device_code_expired: 'device_code_expired',
  dpop_jkt_malformed: 'application',
  form_foreign: 'form_foreign',
  groups_lack: 'groups_lack',
  nothing_chosen: 'request',
  nothing_here: 'request',
  own_clients_too_many: 'own_clients_too_many',
  person_declined: 'person_declined',
  pending_expired: 'pending_expired',
  pending_foreign: 'pending_foreign',
  policy_refused: 'not_for_this_application',
  pushed_by_another: 'application',
  pushed_dpop_jkt: 'application',
  pushed_expired: 'pending_expired',
  pushed_foreign: 'pending_foreign',
  pushed_request_missing: 'application',
  pushed_request_uri: 'application',
  pushed_used: 'pushed_used',
  request_too_long: 'application',
  resource_missing: 'resource',
  resource_several: 'application',
  resource_unknown: 'resource',
  scope_malformed: 'application',
  scope_not_allowed: 'scope_not_allowed',
  store_unavailable: 'unexpected_error',
  too_many_parameters: 'request',
  unexpected_error: 'unexpected_error',
  wrong_content_type: 'request',
  wrong_method: 'request',
} as const satisfies Record<Exclude<PersonReason, `${Prefix}${string}`>, string>

export type Kind = (typeof KINDS)[keyof typeof KINDS] | (typeof ALIKE)[number][1] | 'other'

const TELLINGS: Readonly<Record<string, Readonly<Record<Kind, Telling>>>> = { de, fr }

/** Undefined in English, where the words of the reason itself are read. */
export function told({ lang }: { readonly lang: string }, reason: Reason): Telling | undefined {
  return TELLINGS[lang]?.[kindOf(reason)]
}

function kindOf(reason: string): Kind {
  const named: Readonly<Record<string, Kind>> = KINDS
  if (Object.hasOwn(named, reason)) return named[reason] as Kind
  return ALIKE.find(([prefix]) => reason.startsWith(prefix))?.[1] ?? 'other'
}
