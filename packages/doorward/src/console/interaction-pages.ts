import type { AuthorizationDetail, DetailsType } from '@doorward/core/oauth/authorization-details'
import { DEVICE_GRANT } from '@doorward/core/oauth/client-metadata'
import { hostOrScheme } from '@doorward/core/oauth/redirect-uri'
import { choicesOf, DAYS, mayCarry } from '../authority/authorize/choice.ts'
import type { Interaction } from '../authority/authorize/interaction.ts'
import type { StepUp } from '../authority/authorize/step-up.ts'
import type { AuthorityContext } from '../authority/context.ts'
import { OFFLINE_ACCESS } from '../authority/context.ts'
import { logoAddress } from '../authority/registration/logos.ts'
import { resembled } from '../authority/registration/resemblance.ts'
import type {
  AccountLine,
  ApprovalView,
  ClientView,
  ConsentView,
  DestinationView,
  DetailView,
  ScopeView,
} from './views.ts'
import type { Words } from './words/words.ts'

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
  /** The other accounts of this browser, and where one of them is chosen. */
  readonly others: readonly AccountLine[]
  readonly choose: string
  readonly correlation: string
  /** Network prefix of the person's browser. */
  readonly network: string
}

/** What the person is asked, in words. */
export function consentView(
  ctx: AuthorityContext,
  interaction: Interaction,
  page: PageFacts & { readonly admits: boolean; readonly more: StepUp | undefined; readonly isEmpty: boolean },
  words: Words,
): ConsentView {
  const { resource, scopes, details } = interaction
  const kept = page.more?.kept ?? []
  const choices = choicesOf(interaction, kept)
  return {
    ...askingView(ctx, interaction, page),
    scopes: (page.more?.added ?? scopes).map((name) => scopeView(name, resource, words, choices)),
    unavailable: (interaction.unavailable ?? []).map((name) => scopeView(name, resource, words)),
    kept: kept.map((name) => scopeView(name, resource, words)),
    details: details.map((detail) => detailView(detail, resource.authorizationDetailsTypes?.[detail.type], words)),
    days: DAYS,
    mayCarry: mayCarry(ctx, interaction),
    isEmpty: page.isEmpty,
    idleDays: Math.round(ctx.lifetimes.grantIdle / 86_400),
    accessMinutes: Math.round(ctx.lifetimes.accessToken / 60),
    admits: page.admits,
  }
}

/** What a person sees who has to wait for an operator. */
export function approvalView(ctx: AuthorityContext, interaction: Interaction, page: PageFacts): ApprovalView {
  return {
    ...askingView(ctx, interaction, page),
    isAsked: interaction.client.askedAt !== undefined,
    again: `${ctx.issuer}/consent?request=${page.request}`,
    state: `${ctx.issuer}/consent/approval?request=${page.request}`,
  }
}

/** Who asks, for what, and whose account is asked. */
function askingView(ctx: AuthorityContext, interaction: Interaction, page: PageFacts) {
  const { uri, name } = interaction.resource
  return {
    action: `${ctx.issuer}/consent`,
    request: page.request,
    switchAccount: `${ctx.issuer}/sign-in?request=${page.request}`,
    email: page.email,
    others: page.others,
    choose: page.choose,
    client: clientView(ctx, interaction),
    destination: destinationView(ctx, interaction, page.network),
    resource: { uri, name },
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

export function scopeView(
  name: string,
  resource: Interaction['resource'],
  { consent }: Words,
  choices: readonly string[] = [],
): ScopeView {
  if (name === OFFLINE_ACCESS) return { name, description: consent.offline, tools: [] }
  const settings = resource.scopes[name]
  const access = choices.includes(name) ? settings?.access : undefined
  return {
    name,
    description: settings?.description ?? name,
    tools: settings?.tools ?? [],
    ...(access === undefined ? {} : { pick: access }),
  }
}

/** Everything that stands in it; what its type does not know was refused before. */
function detailView(detail: AuthorizationDetail, type: DetailsType | undefined, words: Words): DetailView {
  return { description: type?.description ?? detail.type, facts: factsOf(detail, type?.fields ?? {}, words) }
}

function factsOf(
  members: Readonly<Record<string, unknown>>,
  fields: DetailsType['fields'],
  words: Words,
): DetailView['facts'] {
  return Object.entries(fields).flatMap(([name, field]): DetailView['facts'] => {
    const value = members[name]
    if (value === undefined) return []
    if (field.type === 'object') return factsOf(value as Readonly<Record<string, unknown>>, field.fields, words)
    return [{ label: field.label, values: [value].flat().map((one) => wordsOf(one, words)) }]
  })
}

function wordsOf(value: unknown, { common }: Words): string {
  return typeof value === 'boolean' ? (value ? common.yes : common.no) : String(value)
}
