import type { StoredClient } from '../../store/store.ts'
import type { AuthorityContext, Visit } from '../context.ts'
import { resembled } from './resemblance.ts'

/** An impostor is not stopped by its name or its logo; it is seen. */
export function tellOfResemblance(ctx: AuthorityContext, visit: Visit, client: StoredClient): void {
  const known = resembled(client)
  if (known === undefined) return
  ctx.audit({
    type: 'client.suspicious',
    outcome: 'allowed',
    reason: `${known.by}_resembles_well_known_client`,
    ...visit,
    client: client.id,
    detail: { resembles: known.name },
  })
}
