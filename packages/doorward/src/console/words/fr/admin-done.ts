import type { adminDone as english } from '../en/admin-done.ts'

export const adminDone: typeof english = {
  once: 'Ceci n’est montré qu’une fois. Copiez-le maintenant.',
  goOn: 'Continuer',
  notices: {
    'client-approved': 'L’application est autorisée. Les personnes qui l’attendaient continuent dans le même onglet.',
    'client-blocked': 'L’application est bloquée, et ses connexions ont pris fin.',
    'client-unblocked': 'L’application peut de nouveau demander. Ce qui a pris fin reste fini.',
    'client-removed': 'L’application est oubliée, et ses connexions ont pris fin.',
    'grant-narrowed': 'La connexion peut moins maintenant. Son client se renouvelle de lui-même.',
    'grant-revoked': 'La connexion a pris fin.',
    'person-disabled': 'La personne est exclue. Ses sessions et ses connexions ont pris fin.',
    'person-enabled': 'La personne peut de nouveau se connecter.',
    'person-groups': 'Les groupes sont modifiés.',
    'person-no-password':
      'La personne n’a pas de mot de passe. Celle à qui le fournisseur d’identité de son domaine attribue cette adresse est admise.',
    'person-signed-out': 'Toutes les sessions de la personne ont pris fin.',
    'invite-revoked': 'L’invitation n’enregistre plus rien.',
    'key-rotated': 'Une nouvelle clé est publiée. Elle signera dans une heure, quand tous la connaîtront.',
    'key-replaced':
      'Une nouvelle clé signe, et les autres ont disparu. Les jetons précédents sont refusés ; les clients les renouvellent d’eux-mêmes.',
    'rule-added': 'La règle est en vigueur.',
    'rule-removed': 'La règle est retirée. Ce à quoi elle a mis fin reste fini.',
  },
  sure: {
    'client-blocked': {
      title: 'Bloquer cette application ?',
      text: 'Toutes ses connexions prennent fin maintenant, pour tout le monde. Elle reste bloquée même si elle s’enregistre à nouveau, jusqu’à ce qu’un administrateur en décide autrement.',
      button: 'Bloquer',
    },
    'client-secret': {
      title: 'Donner un nouveau secret à cette application ?',
      text: 'Les précédents ne valent plus dès maintenant : là où ils servent, rien ne marche tant qu’ils ne sont pas remplacés. Les connexions et les jetons restent. Le nouveau est montré une fois.',
      button: 'Créer un nouveau secret',
    },
    'client-removed': {
      title: 'Supprimer cette application ?',
      text: 'Elle est oubliée et toutes ses connexions prennent fin maintenant. Celle qui s’enregistre elle-même peut revenir ; bloquez-la pour l’en empêcher.',
      button: 'Supprimer',
    },
    'grant-revoked': {
      title: 'Mettre fin à cette connexion ?',
      text: 'Le prochain appel du client est refusé. La personne peut se reconnecter si elle le souhaite.',
      button: 'Y mettre fin',
    },
    'person-disabled': {
      title: 'Exclure cette personne ?',
      text: 'Toutes les sessions et connexions de cette personne prennent fin maintenant. Les connexions ne reviennent pas lorsqu’elle peut de nouveau se connecter.',
      button: 'Exclure',
    },
    'person-password': {
      title: 'Donner un nouveau mot de passe à cette personne ?',
      text: 'L’ancien ne vaut plus, et toutes les sessions de cette personne prennent fin maintenant. Le nouveau est montré une fois.',
      button: 'Créer un nouveau mot de passe',
    },
    'person-no-password': {
      title: 'Retirer le mot de passe ?',
      text: 'Toutes les sessions de cette personne prennent fin maintenant. Si elle n’a ni clé d’accès ni compte associé, son compte s’ouvre à la personne à qui le fournisseur d’identité de son domaine attribue cette adresse.',
      button: 'Le retirer',
    },
    'person-enabled': {
      title: 'Réadmettre cette personne ?',
      text: 'Elle pourra de nouveau se connecter. Ce qui a pris fin le reste.',
      button: 'Réadmettre',
    },
    'key-rotated': {
      title: 'Créer une nouvelle clé de signature ?',
      text: 'Elle est publiée maintenant et signe dans une heure, quand tous la connaissent.',
      button: 'Créer',
    },
    'invite-revoked': {
      title: 'Révoquer cette invitation ?',
      text: 'Plus personne ne peut s’enregistrer avec. Ce qui l’a été reste.',
      button: 'Révoquer',
    },
    'rule-removed': {
      title: 'Retirer cette règle ?',
      text: 'Dès la prochaine décision elle ne compte plus. Ce à quoi elle a mis fin reste fini.',
      button: 'Retirer',
    },
    'key-replaced': {
      title: 'Remplacer toutes les clés de signature maintenant ?',
      text: 'Pour le cas où une clé a pu fuiter. Tous les jetons d’accès précédents sont refusés aussitôt. Les clients les renouvellent ; des serveurs qui gardent longtemps les clés peuvent refuser de bons jetons tant qu’ils ne les relisent pas.',
      button: 'Remplacer maintenant',
    },
  },
  sureOfAnything: { title: 'En êtes-vous sûr ?', text: 'Ceci est irréversible.', button: 'Oui, le faire' },
  made: {
    client: {
      title: 'L’application est enregistrée',
      id: 'Identifiant du client',
      secret: 'Secret du client',
    },
    secret: { title: 'Le secret est nouveau', id: 'Identifiant du client', secret: 'Secret du client' },
    person: { title: 'La personne est ajoutée', id: 'Adresse e-mail', secret: 'Premier mot de passe' },
    password: { title: 'Le mot de passe est nouveau', id: 'Adresse e-mail', secret: 'Mot de passe' },
    invite: { title: 'L’invitation est créée', id: 'Invitation', secret: 'Jeton d’enregistrement' },
  },
}
