// stand-in while the demo is written
export const DEMO_SCOPES = {} as Record<string, { description: string; includes?: string[] }>
export const DEMO_TOOLS = {} as Record<string, string[]>
export function demoServer(_: { now: () => number }): (request: Request) => Promise<Response> { return async () => new Response(null, { status: 404 }) }
