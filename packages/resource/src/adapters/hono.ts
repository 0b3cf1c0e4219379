import { arrivalOf } from '../arrival.ts'
import { authInfoOf } from '../auth-info.ts'
import { CORS_HEADERS } from '../preflight.ts'
import type { Guard } from '../resource.ts'
import { type CertificateOptions, certificateOfNode } from './node.ts'

export type { AuthInfo } from '../auth-info.ts'
export type { CertificateOptions } from './node.ts'

/** What is needed of a Hono `Context`. */
export interface HonoContext {
  readonly req: { readonly raw: Request; readonly json: () => Promise<unknown> }
  /** Of the Node server of Hono. */
  readonly env?: unknown
  readonly res: { readonly headers: Headers; readonly status: number }
  readonly header: (name: string, value: string) => void
  readonly set: (key: string, value: unknown) => void
}

interface NodeBindings {
  readonly incoming?: { readonly socket?: unknown }
}

const certificateOfConnection = ({ env }: HonoContext): Uint8Array | undefined =>
  certificateOfNode((env as NodeBindings | undefined)?.incoming?.socket)

/**
 * Hono middleware: serves the metadata, answers CORS preflights, lets nobody else through without a good token. Who came
 * in is `c.get('access')`, and `c.get('auth')` in the shape that the MCP SDKs expect.
 *
 * ```ts
 * const app = new Hono<{ Variables: { auth: AuthInfo; access: Access } }>()
 * app.use(protect(guard))
 * app.all('/mcp', (c) => handler.fetch(c.req.raw, { authInfo: c.get('auth') }))
 * ```
 */
export function protect(guard: Guard, { certificate = certificateOfConnection }: CertificateOptions<HonoContext> = {}) {
  return async (context: HonoContext, next: () => Promise<void>): Promise<Response | undefined> => {
    const { raw } = context.req
    const admitted = await guard.admit({
      ...arrivalOf(raw),
      certificate: () => certificate(context),
      // Hono remembers what it parsed.
      ...(raw.bodyUsed ? { message: () => parsedBefore(context) } : {}),
    })
    if ('status' in admitted) return admitted
    context.set('access', admitted)
    context.set('auth', authInfoOf(admitted, guard))
    await next()
    // P13. Afterwards, since Hono lets what was said before the handler count more than what the handler says.
    const { headers, status } = context.res
    if (headers.has('access-control-allow-origin') || status === 101) return undefined
    for (const [name, value] of Object.entries(CORS_HEADERS)) context.header(name, value)
    return undefined
  }
}

/** As with a body that nobody has read: what is no JSON, or a form, calls no tool. */
async function parsedBefore({ req }: HonoContext): Promise<unknown> {
  try {
    return await req.json()
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Serves the metadata alone, at the root of an application that mounts `protect` on a path of its own. */
export function serveMetadata(guard: Guard) {
  return async (context: HonoContext, next: () => Promise<void>): Promise<Response | undefined> => {
    const answer = guard.answerMetadata(context.req.raw)
    if (answer === undefined) await next()
    return answer
  }
}
