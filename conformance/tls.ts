import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { Readable } from 'node:stream'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import type { Pair } from '@doorward/core/testing/certificates'

/** Makes this process trust an authority for servers, as an operating system would. */
export function trust(authority: Pair): void {
  setDefaultCACertificates([...getCACertificates('default'), authority.cert])
}

/** `fetch` by connections that show this certificate, each its own. */
export function fetchWith(pair: Pair | undefined): typeof fetch {
  return async (input, init = {}) => {
    const asked = new Request(input, init)
    const request = httpsRequest(asked.url, {
      method: asked.method,
      headers: Object.fromEntries(asked.headers),
      agent: false,
      ...(pair && { cert: pair.cert, key: pair.key }),
    })
    request.end(Buffer.from(await asked.arrayBuffer()))
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    const headers = Object.entries(response.headersDistinct).flatMap(([name, values = []]) =>
      values.map((value): [string, string] => [name, value]),
    )
    const status = response.statusCode ?? 0
    return new Response(status === 204 ? null : (Readable.toWeb(response) as BodyInit), { status, headers })
  }
}
