import { DEVICE_GRANT, KEY_METHODS } from '@doorward/core/oauth/client-metadata'
import { OAuthError } from '@doorward/core/oauth/error'
import { hostOrScheme, isLoopback } from '@doorward/core/oauth/redirect-uri'
import type { StoredClient } from '../../store/store.ts'
import type { Policy, Rule, Verdict } from './policies/policy.ts'
import { isWellKnownRedirect } from './well-known-clients.ts'

/** What is known of a client, as far as rules speak of it. */
export type Judged = Pick<StoredClient, 'id' | 'assurance' | 'metadata' | 'vouchedBy' | 'approvedAt'>

export interface Decision {
  readonly verdict: Verdict
  /** Which line of the policy decided, for the event and for the operator. */
  readonly rule: string
}

/**
 * Deny beats allow, an operator's word beats the preset. Pure: the same client and policy always get the same answer.
 * @param redirectUri where the answer goes; undefined where a device waits for it, or a program that an identity provider speaks for
 */
export function decide(policy: Policy, client: Judged, redirectUri: string | undefined): Decision {
  const denied = deniedBy(policy, client, redirectUri)
  if (denied !== undefined) return { verdict: 'refuse', rule: denied }
  if (client.approvedAt !== undefined) return { verdict: 'allow', rule: 'approved by an operator' }
  const allowed = allowedBy(policy, client, redirectUri)
  if (allowed !== undefined) return { verdict: 'allow', rule: `allow ${nameOf(allowed)}` }
  const { preset, byAssurance, claimedRedirects } = policy
  const verdict = byAssurance[client.assurance]
  const rule = `${preset}: ${client.assurance}`
  if (client.assurance !== 'claimed' || verdict !== 'allow' || claimedRedirects === 'any') return { verdict, rule }
  if (redirectUri === undefined) return { verdict: 'ask', rule: `${rule}, without a redirect` }
  if (isLoopback(redirectUri)) return { verdict, rule: `${rule}, on this computer` }
  if (isWellKnownRedirect(redirectUri)) return { verdict, rule: `${rule}, at a well-known redirect` }
  return { verdict: 'ask', rule: `${rule}, at an unknown redirect` }
}

/** The line that denies a client, whatever else is said of it. With its id alone, before anything is fetched. */
export function deniedBy(policy: Policy, client: Judged, redirectUri?: string): string | undefined {
  const registered = (client.metadata.redirect_uris as readonly string[] | undefined) ?? []
  const hosts = hostsOf(redirectUri === undefined ? registered : [...registered, redirectUri])
  const rule = policy.deny.find((candidate) => {
    if ('redirectHost' in candidate) return hosts().some((host) => isAt(candidate.redirectHost, host))
    if ('softwareId' in candidate) return client.metadata.software_id === candidate.softwareId
    return isMeant(candidate, client)
  })
  return rule === undefined ? undefined : `deny ${nameOf(rule)}`
}

/** Whether any rule of the policy means a client, be it for it or against it. */
export function isRuled(policy: Policy, client: Judged, redirectUri: string | undefined): boolean {
  return deniedBy(policy, client, redirectUri) !== undefined || allowedBy(policy, client, redirectUri) !== undefined
}

function allowedBy(policy: Policy, client: Judged, redirectUri: string | undefined): Rule | undefined {
  const hosts = hostsOf(redirectUri === undefined || isLoopback(redirectUri) ? [] : [redirectUri])
  return policy.allow.find((rule) => {
    // What a client says of itself opens nothing: a software id counts only where somebody signed it.
    if ('softwareId' in rule) return client.assurance === 'statement' && client.metadata.software_id === rule.softwareId
    if ('redirectHost' in rule) return hosts().some((host) => isAt(rule.redirectHost, host))
    return isMeant(rule, client)
  })
}

/** Read once where any rule asks, however many rules there are: this is done with every request of a client. */
function hostsOf(uris: readonly string[]): () => readonly string[] {
  let hosts: readonly string[] | undefined
  return () => {
    hosts ??= [...new Set(uris.map(hostOrScheme))]
    return hosts
  }
}

function isMeant(rule: Rule, client: Judged): boolean {
  if ('clientId' in rule) return client.id === rule.clientId
  if ('domain' in rule) return client.assurance === 'domain' && isAt(rule.domain, hostOrScheme(client.id))
  if ('statementIssuer' in rule) return client.assurance === 'statement' && client.vouchedBy === rule.statementIssuer
  return false
}

/** Whether a host is the one that an operator named, or below it where they wrote `*.` before it. */
export function isAt(pattern: string, host: string): boolean {
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern
}

function nameOf(rule: Rule): string {
  return Object.entries(rule)
    .map(([key, value]) => `${key} ${String(value)}`)
    .join(' ')
}

/** Told to the person alone; the rule is for the operator's eyes. */
export function notAdmitted(rule: string): OAuthError {
  return new OAuthError(
    'unauthorized_client',
    'The operator of this server does not admit this application',
    'policy_refused',
    {
      status: 403,
      detail: { rule },
    },
  )
}

/**
 * Whether a client that was changed may now take answers at a host, a scheme or a device at which it could not before, or need
 * not show a key any more. What an operator said was said of the one before.
 */
export function movesAway(before: Pick<StoredClient, 'metadata'>, now: Readonly<Record<string, unknown>>): boolean {
  const known = new Set(((before.metadata.redirect_uris as readonly string[] | undefined) ?? []).map(hostOrScheme))
  const shows = (metadata: Readonly<Record<string, unknown>>) => [
    KEY_METHODS.some((method) => method === metadata.token_endpoint_auth_method),
    metadata.require_signed_request_object === true,
    metadata.dpop_bound_access_tokens === true || metadata.tls_client_certificate_bound_access_tokens === true,
  ]
  const after = shows(now)
  const unsigned = shows(before.metadata).some((shown, i) => shown && after[i] === false)
  const takesDevices = (metadata: Readonly<Record<string, unknown>>) =>
    (metadata.grant_types as readonly string[] | undefined)?.includes(DEVICE_GRANT) === true
  const toDevices = takesDevices(now) && !takesDevices(before.metadata)
  return unsigned || toDevices || (now.redirect_uris as readonly string[]).some((uri) => !known.has(hostOrScheme(uri)))
}
