import type { adminRules as english } from '../en/admin-rules.ts'

export const adminRules: typeof english = {
  title: 'Règles',
  lead: 'Quelles applications sont toujours autorisées ou toujours refusées. Le refus l’emporte sur l’autorisation et met fin aux connexions de celles qu’il vise.',
  none: 'Il n’y a pas encore de règle ; la politique seule décide.',
  effect: 'Effet',
  effects: { allow: 'Toujours autoriser', deny: 'Toujours refuser' },
  kind: 'Reconnue à',
  kinds: {
    clientId: 'Identifiant du client',
    domain: 'Domaine de ses métadonnées',
    redirectHost: 'Hôte ou schéma de ses réponses',
    statementIssuer: 'Émetteur de sa déclaration de logiciel',
    softwareId: 'Identifiant de logiciel',
  },
  value: 'Valeur',
  valueHint:
    'Un domaine s’écrit example.com, ou *.example.com pour tous les noms qui en dépendent ; un schéma s’écrit cursor:',
  note: 'Note',
  by: 'Par',
  configured: 'fichier de configuration',
  remove: 'Retirer',
  preview: 'Voir ce qu’elle changerait',
  previewTitle: 'Ce que cette règle aurait décidé la semaine dernière',
  looked: (clients: number, attempts: number) =>
    `Examiné : applications ${clients}, tentatives des sept derniers jours ${attempts}.`,
  nothing: 'Elle n’aurait rien changé.',
  changed: (clients: number, attempts: number, grants: number) =>
    `Décidé autrement : applications ${clients}, tentatives ${attempts}. Connexions qui prennent fin : ${grants}.`,
  application: 'Application',
  before: 'Avant',
  after: 'Après',
  attempts: 'Tentatives',
  grants: 'Connexions',
  verdicts: { allow: 'autorisée', ask: 'attend un administrateur', refuse: 'refusée' },
  add: 'Mettre cette règle en vigueur',
  wrong: 'Ce n’est pas une règle.',
}
