import { openPlace, type Place } from './places.ts'
import { hasTable } from './schema.ts'

/** The private keys as they lie there, sealed under what the server's secret gives: whoever has a secret can try it. */
export async function sealedKeys(place: Place): Promise<readonly string[]> {
  const side = await openPlace(place)
  try {
    if (!(await hasTable(side, 'keys'))) return []
    return (await side.all('SELECT sealed_private_key FROM keys')).map(([sealed]) => String(sealed))
  } finally {
    await side.close()
  }
}
