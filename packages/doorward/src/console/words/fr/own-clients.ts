import type { ownClients as english } from '../en/own-clients.ts'

export const ownClients: typeof english = {
  title: 'Vos propres applications',
  lead: 'Pour un client qui vous demande un identifiant. Vous vous en portez garant : il ne peut se connecter qu’en votre nom.',
  name: 'Nom',
  noName: 'Sans nom',
  redirects: 'Où va sa réponse (une adresse par ligne)',
  secret: 'Il demande aussi un secret',
  register: 'Enregistrer',
  registered: 'Enregistrées',
  paste: 'Collez ceci dans votre client',
  idWhat: 'l’identifiant du client',
  secretWhat: 'le secret du client',
  secretOnce: 'Le secret n’est affiché que cette fois.',
  remove: 'Supprimer',
  renew: 'Nouveau secret',
  renewLead: 'L’ancien secret cesse aussitôt de compter. Ce qui a été permis à l’application reste.',
  renewNow: 'Lui donner un nouveau secret',
  renewed: 'Mettez ceci à la place de l’ancien secret',
}
