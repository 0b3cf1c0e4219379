import type { Store } from '../store/store.ts'

/** Takes back what providers said of operators that the config has no more. The addresses of whom it was. */
export async function endRolesOfOthers(store: Store, providers: readonly string[]): Promise<readonly string[]> {
  const ended = await store.users.endRolesOfOthers(providers, ({ id }, provider) => ({
    type: 'user.role.changed',
    outcome: 'allowed',
    reason: 'provider_gone',
    actor: 'the config',
    detail: { person: id, provider },
  }))
  return ended.map(({ email }) => email)
}
