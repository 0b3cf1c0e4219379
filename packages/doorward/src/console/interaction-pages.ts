import type { Interaction } from '../authority/authorize/interaction.ts'
import type { AuthorityContext } from '../authority/context.ts'
import { OFFLINE_ACCESS } from '../authority/context.ts'
import type { ClientView, ConsentView, ScopeView } from './views.ts'

export function clientView(interaction: Pick<Interaction, 'client'>): ClientView {
  const { id, assurance, metadata } = interaction.client
  return {
    id,
    assurance,
    claimedName: metadata.client_name as string | undefined,
    claimedUri: metadata.client_uri as string | undefined,
  }
}

/** What the person is asked, in words. */
export function consentView(
  ctx: AuthorityContext,
  interaction: Interaction,
  page: { email: string; request: string; switchAccount: string; correlation: string },
): ConsentView {
  const { resource, scopes, destination } = interaction
  return {
    action: `${ctx.issuer}/consent`,
    request: page.request,
    switchAccount: page.switchAccount,
    email: page.email,
    client: clientView(interaction),
    destination: { kind: destination.kind, shown: destination.shown },
    resource: { uri: resource.uri, name: resource.name },
    scopes: scopes.map((name) => scopeView(name, resource)),
    idleDays: Math.round(ctx.lifetimes.grantIdle / 86_400),
    accessMinutes: Math.round(ctx.lifetimes.accessToken / 60),
    correlation: page.correlation,
  }
}

function scopeView(name: string, resource: Interaction['resource']): ScopeView {
  if (name === OFFLINE_ACCESS) return { name, description: 'Stay connected until you disconnect it', tools: [] }
  const settings = resource.scopes[name]
  return { name, description: settings?.description ?? name, tools: settings?.tools ?? [] }
}
