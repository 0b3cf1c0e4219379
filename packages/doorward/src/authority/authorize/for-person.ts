import { OAuthError } from '@doorward/core/oauth/error'
import type { StoredUser } from '../../store/store.ts'
import type { AuthorityContext } from '../context.ts'
import { withinGroups } from '../identity/group-rules.ts'
import type { Interaction } from './interaction.ts'

/**
 * The same request, with what the groups of this person leave of it.
 * @throws OAuthError to be shown to the person, where that is nothing.
 */
export function forPerson(ctx: AuthorityContext, interaction: Interaction, user: StoredUser): Interaction {
  const { resource, scopes } = interaction
  const left = withinGroups(ctx, resource.uri, scopes, user.groups)
  if (left === undefined) {
    throw new OAuthError(
      'access_denied',
      'Your groups do not give you access to this MCP server, or not to what this application asks for there',
      'groups_lack',
      { status: 403 },
    )
  }
  if (left === scopes) return interaction
  return { ...interaction, scopes: left, unavailable: scopes.filter((scope) => !left.includes(scope)) }
}
