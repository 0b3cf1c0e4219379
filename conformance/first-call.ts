/** What any call over Streamable HTTP says of itself. */
export const CALL_HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }

/** The first message of a client, where a revision has one. */
export const initialize = (protocolVersion: string): string =>
  JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { protocolVersion, capabilities: {}, clientInfo: { name: 'test', version: '1' } },
  })

/** The first call with a token, or with what stands in its place. */
export const firstCall = (mcp: string, token: string | undefined): Promise<Response> =>
  fetch(mcp, {
    method: 'POST',
    headers: { ...CALL_HEADERS, authorization: `Bearer ${token}` },
    body: initialize('2025-06-18'),
  })
