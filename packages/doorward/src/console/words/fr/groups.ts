import type { groups as english } from '../en/groups.ts'

export const groups: typeof english = {
  unavailable: 'Pas pour vous',
  whyUnavailable: 'Vos groupes ne vous donnent pas cet accès. La personne qui gère ce serveur en décide.',
}
