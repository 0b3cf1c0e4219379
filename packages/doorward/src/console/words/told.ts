import type { PersonReason, Reason, SignInReason } from '@doorward/core/oauth/reasons'
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
  account_disabled: 'account_disabled',
  acr_unmet: 'application',
  admin_client_assurance: 'not_for_this_application',
  admin_not_an_operator: 'admin_not_an_operator',
  answer_not_by_hand: 'request',
  approval_missing: 'approval_missing',
  body_incomplete: 'request',
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
  domain_of_another_provider: 'domain_of_another_provider',
  dpop_jkt_malformed: 'application',
  email_unverified: 'email_unverified',
  form_expired: 'form_expired',
  form_foreign: 'form_foreign',
  form_of_another_account: 'form_of_another_account',
  form_repeated: 'form_repeated',
  groups_lack: 'groups_lack',
  groups_overage: 'groups_overage',
  identity_taken: 'identity_taken',
  last_way: 'last_way',
  link_expired: 'link_expired',
  link_other_account: 'link_other_account',
  max_age_invalid: 'application',
  nothing_chosen: 'request',
  nothing_here: 'request',
  only_a_password: 'only_a_password',
  own_clients_too_many: 'own_clients_too_many',
  passkey_challenge: 'passkey_challenge',
  passkey_copied: 'passkey_copied',
  passkey_limit: 'passkey_limit',
  passkey_refused: 'passkey_refused',
  password_not_offered: 'password_not_offered',
  password_unusable: 'password_unusable',
  pending_expired: 'pending_expired',
  pending_foreign: 'pending_foreign',
  person_declined: 'person_declined',
  person_not_admitted: 'person_not_admitted',
  policy_refused: 'not_for_this_application',
  provider_answer: 'provider_answer',
  provider_declined: 'provider_declined',
  provider_refused: 'provider_refused',
  provider_unreachable: 'provider_unreachable',
  provider_wrong_issuer: 'provider_wrong_issuer',
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
  sign_in_limit: 'sign_in_limit',
  sign_in_state: 'sign_in_state',
  store_unavailable: 'unexpected_error',
  too_many_parameters: 'request',
  unexpected_error: 'unexpected_error',
  wrong_content_type: 'request',
  wrong_method: 'request',
} as const satisfies Record<Exclude<PersonReason, `${Prefix}${string}`>, string>

/** What goes wrong where people show who they are, each in words of its own. */
export type SignInKind = Extract<SignInReason, (typeof KINDS)[keyof typeof KINDS]>

export type Kind = (typeof KINDS)[keyof typeof KINDS] | (typeof ALIKE)[number][1] | 'administration' | 'other'

const TELLINGS: Readonly<Record<string, Readonly<Record<Kind, Telling>>>> = { de, fr }

/** Undefined in English, where the words of the reason itself are read. */
export function told({ lang }: { readonly lang: string }, reason: Reason): Telling | undefined {
  return TELLINGS[lang]?.[kindOf(reason)]
}

function kindOf(reason: string): Kind {
  const named: Readonly<Record<string, Kind>> = KINDS
  if (Object.hasOwn(named, reason)) return named[reason] as Kind
  const alike = ALIKE.find(([prefix]) => reason.startsWith(prefix))
  // What an operator meets on the console has nothing to do with an application that connects.
  return alike?.[1] ?? (reason.startsWith('admin_') ? 'administration' : 'other')
}
