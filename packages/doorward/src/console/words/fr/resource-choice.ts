import type { resourceChoice as english } from '../en/resource-choice.ts'

export const resourceChoice: typeof english = {
  title: 'Quel serveur ?',
  heading: 'De quel serveur MCP s’agit-il ?',
  lead: 'L’application ne l’a pas dit. Choisissez celui auquel vous voulez la connecter ; vous décidez à la page suivante.',
}
