import { isIP } from 'node:net'
import { connect } from 'node:tls'
import { connectionFailure } from '../gateway/connection-failure.ts'

const PATIENCE_MILLISECONDS = 2000

/** What is wrong with the server behind, if anything shows at once. It may still be starting, so this is said and no more. */
export async function silenceOf(upstream: URL): Promise<string | undefined> {
  try {
    const response = await fetch(upstream, {
      headers: { accept: 'text/event-stream, application/json' },
      signal: AbortSignal.timeout(PATIENCE_MILLISECONDS),
    })
    await response.body?.cancel()
    // Else the first call says so (`upstream_unauthorized`), after somebody has signed in and agreed.
    if (response.status === 401 || response.status === 407)
      return `${upstream.href} asks for an authorization of its own; turn that off, the gateway does it.`
    if (response.status === 404) return `${upstream.href} answers 404; check its path.`
    return response.headers.get('content-type')?.startsWith('text/html')
      ? `${upstream.href} answers with a web page; check its path.`
      : undefined
  } catch (error) {
    if ((error as Error).name === 'TimeoutError') return undefined
    const { cause } = error as Error
    // Ports that browsers do not visit, and `fetch` as they; the gateway does.
    if ((cause as Error | undefined)?.message === 'bad port') return undefined
    const { code, reason, what } = connectionFailure(cause)
    if (code === 'ECONNREFUSED')
      return `nothing answers at ${upstream.href} yet; start it, the door does not have to be started again.`
    if (reason === 'upstream_down' && (await speaksTls(upstream)))
      return `${upstream.href} speaks https and not http; give its address with https.`
    return `${upstream.href} ${what}.`
  }
}

/** A server of TLS hangs up on who comes without it, and says no more; so it is asked, whoever it is that answers. */
function speaksTls({ protocol, hostname, port }: URL): Promise<boolean> {
  if (protocol !== 'http:') return Promise.resolve(false)
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const host = hostname.replace(/^\[|\]$/g, '')
  // Nothing is sent to it and nothing of it is believed.
  const socket = connect({
    host,
    port: Number(port || 80),
    ...(isIP(host) === 0 ? { servername: host } : {}),
    rejectUnauthorized: false,
    timeout: PATIENCE_MILLISECONDS,
  })
  socket.once('secureConnect', () => resolve(true))
  socket.once('error', () => resolve(false))
  socket.once('timeout', () => resolve(false))
  return promise.finally(() => socket.destroy())
}
