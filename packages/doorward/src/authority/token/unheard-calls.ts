import type { AuthorityContext } from '../context.ts'

/**
 * What the event of a first token says where nothing will be heard of its use: the MCP server verifies tokens itself. Otherwise a trace
 * would take every client that connected there for one that gave up.
 */
export function unheardCalls(
  { resources }: Pick<AuthorityContext, 'resources'>,
  uri: string | undefined,
): { readonly calls: 'elsewhere' } | undefined {
  const resource = resources.find((known) => known.uri === uri)
  return resource?.verifiesItself === true ? { calls: 'elsewhere' } : undefined
}
