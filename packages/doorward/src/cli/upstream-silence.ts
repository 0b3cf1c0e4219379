const PATIENCE_MILLISECONDS = 2000

/** What is wrong with the server behind, if anything shows at once. It may still be starting, so this is said and no more. */
export async function silenceOf(upstream: URL): Promise<string | undefined> {
  try {
    const response = await fetch(upstream, {
      headers: { accept: 'text/event-stream, application/json' },
      signal: AbortSignal.timeout(PATIENCE_MILLISECONDS),
    })
    await response.body?.cancel()
    if (response.status === 404) return `${upstream.href} answers 404; check its path.`
    return response.headers.get('content-type')?.startsWith('text/html')
      ? `${upstream.href} answers with a web page; check its path.`
      : undefined
  } catch (error) {
    return (error as Error).name === 'TimeoutError'
      ? undefined
      : `nothing answers at ${upstream.href} yet; start it, the door does not have to be started again.`
  }
}
