import type { AuthorizationDetail, DetailsType } from '@doorward/core/oauth/authorization-details'
import { DEVICE_GRANT } from '@doorward/core/oauth/client-metadata'
import { hostOrScheme } from '@doorward/core/oauth/redirect-uri'
import type { Interaction } from '../authority/authorize/interaction.ts'
import type { StepUp } from '../authority/authorize/step-up.ts'
import type { AuthorityContext } from '../authority/context.ts'
import { OFFLINE_ACCESS } from '../authority/context.ts'
import { logoAddress } from '../authority/registration/logos.ts'
import { resembled } from '../authority/registration/resemblance.ts'
import type { ApprovalView, ClientView, ConsentView, DestinationView, DetailView, ScopeView } from './views.ts'

export function clientView(ctx: AuthorityContext, { client }: Pick<Interaction, 'client'>): ClientView {
  const { id, assurance, metadata, vouchedBy } = client
  return {
    id,
    assurance,
    claimedName: metadata.client_name as string | undefined,
    claimedUri: metadata.client_uri as string | undefined,
    vouchedBy: assurance === 'domain' ? new URL(id).host : vouchedBy,
    logo: logoAddress(ctx, client),
    resembles: resembled(client),
    onDevices: (metadata.grant_types as readonly string[] | undefined)?.includes(DEVICE_GRANT) === true,
    alsoAt: [...new Set((metadata.redirect_uris as readonly string[]).map(hostOrScheme))],
  }
}

interface PageFacts {
  readonly email: string
  readonly request: string
  readonly switchAccount: string
  readonly correlation: string
  /** Network prefix of the person's browser. */
  readonly network: string
}

/** What the person is asked, in words. */
export function consentView(
  ctx: AuthorityContext,
  interaction: Interaction,
  page: PageFacts & { readonly isOperator: boolean; readonly more: StepUp | undefined },
): ConsentView {
  const { resource, scopes, details, decision } = interaction
  return {
    action: `${ctx.issuer}/consent`,
    request: page.request,
    switchAccount: page.switchAccount,
    email: page.email,
    client: clientView(ctx, interaction),
    destination: destinationView(ctx, interaction, page.network),
    resource: { uri: resource.uri, name: resource.name },
    scopes: (page.more?.added ?? scopes).map((name) => scopeView(name, resource)),
    unavailable: (interaction.unavailable ?? []).map((name) => scopeView(name, resource)),
    kept: (page.more?.kept ?? []).map((name) => scopeView(name, resource)),
    details: details.map((detail) => detailView(detail, resource.authorizationDetailsTypes?.[detail.type])),
    idleDays: Math.round(ctx.lifetimes.grantIdle / 86_400),
    accessMinutes: Math.round(ctx.lifetimes.accessToken / 60),
    correlation: page.correlation,
    admits: page.isOperator && decision.verdict === 'ask',
  }
}

/** What a person sees who has to wait for an operator. */
export function approvalView(
  ctx: AuthorityContext,
  interaction: Interaction,
  page: PageFacts & { readonly sealed: string },
): ApprovalView {
  const { client, resource } = interaction
  return {
    action: `${ctx.issuer}/consent`,
    request: page.request,
    switchAccount: page.switchAccount,
    email: page.email,
    client: clientView(ctx, interaction),
    destination: destinationView(ctx, interaction, page.network),
    resource: { uri: resource.uri, name: resource.name },
    isAsked: client.askedAt !== undefined,
    again: `${ctx.issuer}/consent?request=${page.sealed}`,
    state: `${ctx.issuer}/consent/approval?request=${page.sealed}`,
    correlation: page.correlation,
  }
}

function destinationView(ctx: AuthorityContext, interaction: Interaction, network: string): DestinationView {
  const { pending, destination } = interaction
  if (destination !== undefined) return { kind: destination.kind, shown: destination.shown }
  return {
    kind: 'device',
    shown: pending.device.userCode,
    network: pending.device.network,
    isHere: pending.device.network === network,
    secondsAgo: ctx.now() - pending.startedAt,
  }
}

export function scopeView(name: string, resource: Interaction['resource']): ScopeView {
  if (name === OFFLINE_ACCESS) return { name, description: 'Stay connected until you disconnect it', tools: [] }
  const settings = resource.scopes[name]
  return { name, description: settings?.description ?? name, tools: settings?.tools ?? [] }
}

/** Everything that stands in it; what its type does not know was refused before. */
function detailView(detail: AuthorizationDetail, type: DetailsType | undefined): DetailView {
  return { description: type?.description ?? detail.type, facts: factsOf(detail, type?.fields ?? {}) }
}

function factsOf(members: Readonly<Record<string, unknown>>, fields: DetailsType['fields']): DetailView['facts'] {
  return Object.entries(fields).flatMap(([name, field]): DetailView['facts'] => {
    const value = members[name]
    if (value === undefined) return []
    if (field.type === 'object') return factsOf(value as Readonly<Record<string, unknown>>, field.fields)
    return [{ label: field.label, values: [value].flat().map(wordsOf) }]
  })
}

function wordsOf(value: unknown): string {
  return typeof value === 'boolean' ? (value ? 'Yes' : 'No') : String(value)
}
