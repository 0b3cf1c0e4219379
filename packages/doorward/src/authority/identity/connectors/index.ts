import type { Provider } from '../settings.ts'
import type { Connector } from './connector.ts'
import { github } from './github.ts'
import { oidc } from './oidc.ts'

export const CONNECTORS: readonly Connector[] = [oidc, github]

export function connectorOf({ kind }: Provider): Connector {
  return CONNECTORS.find((connector) => connector.kind === kind) as Connector
}
