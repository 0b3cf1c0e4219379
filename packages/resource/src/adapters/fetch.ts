import { type FetchOptions, guardedFetch } from '../guarded-fetch.ts'
import type { Access, Guard } from '../resource.ts'

export type { FetchOptions } from '../guarded-fetch.ts'

/**
 * Puts the guard before a Web `fetch` handler (Deno, Bun, Workers, `node:http` through an adapter).
 *
 * ```ts
 * export default { fetch: protectFetch(guard, (request, access) => serveMcp(request, access)) }
 * ```
 */
export function protectFetch<More extends readonly unknown[]>(
  guard: Guard,
  handler: (request: Request, access: Access, ...more: More) => Response | Promise<Response>,
  options: FetchOptions = {},
): (request: Request, ...more: More) => Promise<Response> {
  return guardedFetch(guard, handler, options, () => undefined)
}
