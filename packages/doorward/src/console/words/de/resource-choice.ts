import type { resourceChoice as english } from '../en/resource-choice.ts'

export const resourceChoice: typeof english = {
  title: 'Welcher Server?',
  heading: 'Welcher MCP-Server ist gemeint?',
  lead: 'Die Anwendung hat es nicht gesagt. Wählen Sie den, mit dem Sie sie verbinden möchten; Sie entscheiden auf der nächsten Seite.',
}
