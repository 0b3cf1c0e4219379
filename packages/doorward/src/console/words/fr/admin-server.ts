import type { adminServer as english } from '../en/admin-server.ts'

export const adminServer: typeof english = {
  title: 'Serveur',
  lead: 'Ce que dit le fichier de configuration, en mots, et les clés qui signent les jetons.',
  resources: 'Serveurs MCP et leurs scopes',
  noResources: 'Aucun serveur MCP n’est configuré.',
  scope: 'Scope',
  meaning: 'Ce qu’il signifie',
  tools: 'Outils qu’il ouvre',
  byDefault: 'accordé quand rien n’est demandé',
  constrained: 'Ses jetons doivent être liés à une clé.',
  policy: 'Politique',
  preset: (name: string) => `Le préréglage est ${name}.`,
  who: 'Un client connu par…',
  verdicts: {
    allow: 'peut demander tout de suite',
    ask: 'attend une autorisation',
    refuse: 'est refusé',
  },
  claimedRedirects: {
    any: 'Les clients dont personne ne se porte garant peuvent recevoir leurs réponses n’importe où.',
    'loopback-and-known':
      'Les clients dont personne ne se porte garant peuvent recevoir leurs réponses, sans question, sur l’ordinateur de la personne et aux adresses de clients connus.',
  },
  senderConstraint: {
    optional: 'Les jetons peuvent être liés à une clé, sans y être obligés.',
    required: 'Chaque jeton doit être lié à une clé de son client.',
  },
  pushed: {
    optional: 'Les demandes peuvent être déposées d’abord, sans y être obligées.',
    required: 'Chaque demande doit être déposée d’abord.',
  },
  devices: {
    allow: 'Les appareils sans navigateur peuvent demander avec un code.',
    refuse: 'Les codes d’appareils ne sont pas acceptés.',
  },
  keys: 'Clés de signature',
  kid: 'Clé',
  algorithm: 'Algorithme',
  made: 'Créée',
  use: 'Usage',
  uses: {
    signs: 'Signe maintenant',
    next: 'Signera ensuite',
    verifies: 'Vérifie les jetons précédents',
  },
  rotate: 'Créer la prochaine clé',
  rotateText: 'Elle est publiée maintenant et signera dans une heure. Les clés changent aussi d’elles-mêmes.',
  replace: 'Une clé a fuité : tout remplacer maintenant',
  issuers: 'Émetteurs de déclarations de logiciel',
  noIssuers: 'Aucune déclaration de logiciel n’est crue.',
  issuer: 'Émetteur',
  limits: 'Pour',
  anySoftware: 'tout logiciel',
}
