/** The one place of this package that touches clock and network of its own accord. */
export const defaults = {
  now: (): number => Math.floor(Date.now() / 1000),
  fetch: (request: Request): Promise<Response> => fetch(request),
}
