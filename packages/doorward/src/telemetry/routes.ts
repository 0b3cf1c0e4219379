import { OTHER } from './instruments.ts'

export interface Routes {
  readonly names: readonly string[]
  /** The name of the route that a path belongs to; `other` where there is none. */
  readonly nameOf: (path: string) => string
}

export const GATEWAY = 'gateway'
const START = '/'
/** Below these, what stands next tells something else. */
const DEEPER: readonly string[] = ['/admin/api', '/.well-known/oauth-protected-resource']

/**
 * Names for paths: the first segment of those that are ours. Whatever somebody writes after it, or instead of it, makes no name.
 * @param own first segments of what this server answers at
 * @param doors paths of the MCP servers behind the gateway
 */
export function routesOf(issuer: string, own: readonly string[], doors: readonly string[]): Routes {
  const prefix = new URL(issuer).pathname.replace(/\/$/, '')
  const first = new Set(own.map((segment) => `/${segment}`))
  const served = new Set(doors.flatMap((path) => [path, `${path}/`]))
  return {
    names: [START, GATEWAY, ...first, ...DEEPER],
    nameOf: (path) => {
      if (served.has(path)) return GATEWAY
      const below = prefix !== '' && path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path
      if (below === START) return START
      const deeper = DEEPER.find((name) => below === name || below.startsWith(`${name}/`))
      if (deeper !== undefined) return deeper
      const end = below.indexOf('/', 1)
      const segment = end === -1 ? below : below.slice(0, end)
      return first.has(segment) ? segment : OTHER
    },
  }
}
