import { PERMISSIONS } from '../authority/admin/permissions.ts'
import type { Store } from '../store/store.ts'
import { operatorsClient } from './configured-clients.ts'

/** Under this id a server knows `doorward login`. */
export const COMMAND_LINE_CLIENT = 'doorward-cli'

/**
 * Registers the command line as an application of the operator's, or takes it back where the config file does not allow it (any
 * more). It has no secret, as no program on other people's computers has: what protects an operator is that they agree each time,
 * that answers go to their own computer, and that every token is bound to a key (decision 0020).
 */
export async function putCommandLineClient(store: Store, isAllowed: boolean): Promise<void> {
  const client = operatorsClient(COMMAND_LINE_CLIENT, {
    client_name: 'Doorward command line',
    // Marks the row as ours, and not one that an operator registered under this id.
    software_id: COMMAND_LINE_CLIENT,
    redirect_uris: ['http://127.0.0.1/callback'],
    token_endpoint_auth_method: 'none',
    dpop_bound_access_tokens: true,
    scope: Object.keys(PERMISSIONS).join(' '),
  })
  const known = await store.clients.find(client.id)
  const event = { outcome: 'allowed', reason: 'configured', client: client.id } as const
  if (known === undefined) {
    if (isAllowed) await store.clients.put(client, () => ({ ...event, type: 'client.added' }))
    return
  }
  if (known.metadata.software_id !== COMMAND_LINE_CLIENT) return
  if (!isAllowed) {
    await store.clients.remove(client.id, client.createdAt, () => ({ ...event, type: 'client.removed' }))
  } else if (JSON.stringify(known.metadata) !== JSON.stringify(client.metadata)) {
    await store.clients.change(client.id, { metadata: client.metadata }, () => ({ ...event, type: 'client.changed' }))
  }
}
