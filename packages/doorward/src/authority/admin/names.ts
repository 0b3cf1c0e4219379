import type { Store } from '../../store/store.ts'
import { normalEmail } from '../identity/users.ts'

type Known = { readonly store: Pick<Store, 'clients' | 'users'> }

/** What clients call themselves, by id; those that are not registered, or give no name, are left out. */
export async function clientNames({ store }: Known, ids: Iterable<string | undefined>): Promise<Map<string, string>> {
  const names = new Map<string, string>()
  for (const id of new Set(ids)) {
    const name = id === undefined ? undefined : (await store.clients.find(id))?.metadata.client_name
    if (id !== undefined && typeof name === 'string') names.set(id, name)
  }
  return names
}

/** The address of a person, or the id again where there is nobody. */
export async function emailOf({ store }: Known, id: string | undefined): Promise<string | undefined> {
  return id === undefined ? undefined : ((await store.users.byId(id))?.email ?? id)
}

/** Who is meant by an id or an address; the text itself where that is nobody. */
export async function personMeant({ store }: Known, text: string): Promise<string> {
  return text.includes('@') ? ((await store.users.byEmail(normalEmail(text)))?.id ?? text) : text
}
