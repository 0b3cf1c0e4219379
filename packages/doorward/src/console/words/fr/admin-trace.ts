import { type Html, html } from '../../html.ts'
import type { adminTrace as english } from '../en/admin-trace.ts'

export const adminTrace: typeof english = {
  title: 'Tentatives de connexion',
  lead: 'Chaque tentative de connexion d’un client, de la première question au premier appel. Les échecs viennent en premier.',
  none: 'Aucune tentative de connexion n’a été vue ces deux derniers jours. Si une application dit qu’elle n’a pas pu se connecter, comparez l’adresse qui lui a été donnée avec celle du serveur MCP : qui appelle là où il n’y a rien figure seulement parmi les événements, comme nothing_here.',
  find: 'Référence d’une page ou d’un message d’erreur',
  findButton: 'Afficher',
  unknownClient: 'un client sans identifiant',
  headings: {
    connected: (client: Html) => html`${client} est connecté`,
    issued: (client: Html) => html`${client} a son jeton`,
    refused: (client: Html) => html`Pourquoi ${client} n’a pas pu se connecter`,
    silent: (client: Html) => html`Où ${client} a abandonné`,
    waiting: (client: Html) => html`${client} attend un administrateur`,
    running: (client: Html) => html`${client} se connecte`,
  },
  outcomes: {
    connected: 'Connecté',
    issued: 'A son jeton',
    refused: 'Refusé',
    silent: 'Abandonné',
    waiting: 'Vous attend',
    running: 'En cours',
  },
  ended: 'Issue',
  stoppedAt: 'Arrêté à',
  cause: 'Cause probable',
  mend: 'Ce qui aide',
  said: 'Ce qui lui a été dit',
  reason: 'Raison',
  client: 'Client',
  server: 'Serveur MCP',
  person: 'Personne',
  began: 'Début',
  reference: 'Référence',
  copyReference: 'la référence',
  steps: 'Étape par étape',
  allEvents: 'Tous ses événements',
  ownRefusal: 'La requête qui porte cette référence a été refusée',
  noAttempt: 'Cette référence est celle d’une requête isolée, et non d’une tentative de connexion.',
  nothing:
    'Rien n’est conservé sous cette référence. Les événements les plus anciens sont oubliés d’abord ; comparez chaque lettre.',
  asked:
    'Quelqu’un a demandé ce client, et aucun administrateur n’a répondu. L’onglet de cette personne continue de lui-même dès que c’est fait.',
  askedMend: 'Examinez l’application, puis autorisez-la ou bloquez-la.',
  issued: {
    cause: 'Ce serveur MCP vérifie lui-même les jetons. On ne sait pas ici si le client l’appelle.',
    mend: 'Rien, si le client fonctionne. Sinon, le journal de ce serveur dit pourquoi : onRefusal de @doorward/resource apprend chaque refus.',
  },
  states: {
    done: 'fait',
    refused: 'refusé',
    waiting: 'en attente',
    unseen: 'non vu',
    'not-reached': 'non atteint',
  },
  unseen:
    'Une étape ultérieure a été atteinte, donc celle-ci a eu lieu : plus tôt, depuis un autre réseau, ou avec ce que le client avait retenu.',
  stopsHere: 'Cela s’est arrêté ici',
  joins: {
    certain: 'certain',
    likely: 'probable : même client, moment proche',
    guess: 'une supposition : même réseau, moment proche',
  },
  joinsExplained:
    'Les requêtes d’avant la connexion de la personne et celles au serveur MCP ne portent pas de référence. Lorsqu’une requête n’est rattachée que par le client, le réseau et le moment, c’est indiqué à côté.',
  from: 'depuis',
  signInRefused: {
    cause:
      'La personne n’a pas pu se connecter : adresse ou mot de passe incorrect, compte désactivé, ou trop de tentatives.',
    mend: 'Laissez-la réessayer avec le bon mot de passe, ou regardez son compte sous Personnes.',
  },
  unknownReason: {
    cause: 'Le client a été refusé ; l’événement nomme la raison.',
    mend: 'Regardez les événements ci-dessous.',
  },
  names: {
    challenge: 'Premier appel sans jeton',
    'resource-metadata': 'Métadonnées du serveur MCP',
    'server-metadata': 'Métadonnées de ce serveur',
    registration: 'Enregistrement ou document de métadonnées',
    authorize: 'Demande d’autorisation',
    'sign-in': 'Connexion de la personne',
    consent: 'Consentement',
    token: 'Jeton',
    call: 'Premier appel',
  },
  meanings: {
    challenge: 'Le client appelle le serveur MCP, et la réponse 401 lui dit où regarder.',
    'resource-metadata': 'Il lit quel serveur d’autorisation correspond au serveur MCP.',
    'server-metadata': 'Il lit les adresses et les capacités de ce serveur d’autorisation.',
    registration: 'Il s’enregistre, ou ce serveur va chercher le document que désigne son identifiant.',
    authorize: 'Il envoie le navigateur de la personne ici avec sa demande.',
    'sign-in': 'La personne dit qui elle est.',
    consent: 'La question est posée à la personne, et la réponse retourne au client avec un code.',
    token: 'Le client échange le code contre un jeton.',
    call: 'Le client appelle le serveur MCP avec son jeton.',
  },
  silence: {
    challenge: {
      cause:
        'Le client a appris où regarder (WWW-Authenticate) et n’a pas regardé. Il ne parle peut-être pas OAuth, attend une clé fixe, ou un proxy a retiré l’en-tête.',
      mend: 'Vérifiez que le client sait se connecter à des serveurs MCP et qu’aucun proxy ne retire WWW-Authenticate. Certains clients attendent que l’on appuie sur « Connecter ».',
    },
    'resource-metadata': {
      cause:
        'Le client sait que ce serveur d’autorisation est responsable et n’a jamais lu ses métadonnées. L’émetteur a peut-être une autre adresse vu de l’extérieur, ou un pare-feu s’interpose.',
      mend: 'Ouvrez /.well-known/oauth-authorization-server de l’émetteur depuis l’endroit où tourne le client. Les clients hébergés viennent d’Internet, certains par le port 443 seulement.',
    },
    'server-metadata': {
      cause:
        'Le client a lu les métadonnées et n’est jamais venu avec un identifiant : il n’a peut-être rien trouvé ici qu’il sache faire, attend qu’on lui saisisse un identifiant de client, ou en utilise encore un ancien.',
      mend: 'Cherchez dans le client un champ « client id » ; un administrateur peut lui en enregistrer un. Redémarrez-le pour qu’il oublie ce qu’il avait lu.',
    },
    registration: {
      cause:
        'Le client est enregistré et n’a jamais envoyé personne ici. Le plus souvent, le navigateur ne s’est pas ouvert, une fenêtre a été bloquée, ou le programme tourne là où il n’y a pas de navigateur.',
      mend: 'Cherchez un lien que le client a affiché et ouvrez-le à la main. Puis recommencez la connexion.',
    },
    authorize: {
      cause: 'La personne est arrivée à la page de connexion, ou à la question, et n’est pas allée plus loin.',
      mend: 'Demandez à la personne. Si elle ne peut pas se connecter, regardez son compte sous Personnes ; si la page est restée vide, essayez un autre navigateur.',
    },
    'sign-in': {
      cause:
        'La personne s’est connectée et n’a pas répondu à la question. L’onglet a été fermé, ou la page laissée pour plus tard.',
      mend: 'Recommencez la connexion depuis le client et répondez dans les dix minutes.',
    },
    consent: {
      cause:
        'La personne a accepté, le code est parti vers le client, et le client ne l’a jamais échangé. Il n’écoute peut-être plus, ou à un autre port, un pare-feu lui barre la route de /token, ou il ne s’est pas fié à la réponse.',
      mend: 'Recommencez et regardez où finit le navigateur : une page d’erreur y nomme l’adresse où personne ne répond. Vérifiez que le client atteint le point d’accès des jetons.',
    },
    token: {
      cause:
        'Le client a un jeton et n’a jamais appelé avec. Il appelle peut-être une autre adresse que le serveur MCP du jeton, ou ce serveur MCP n’est pas derrière cette passerelle et ne dit rien ici.',
      mend: 'Comparez l’adresse dans le client au serveur MCP ci-dessus, lettre par lettre. Si ce serveur est ailleurs, regardez dans son propre journal.',
    },
    call: {
      cause: 'Il ne manque rien.',
      mend: 'Il n’y a rien à faire.',
    },
  },
  elsewhere: {
    cause: (host: string, issuer: string) =>
      `Le client est venu à ${host}, mais l’émetteur est ${issuer}. Tout ce que ce serveur dit de lui-même nomme ${issuer}, et un client ne doit pas continuer lorsque ce n’est pas l’adresse qu’il a appelée (RFC 9728 §3.3).`,
    guess: (host: string, issuer: string) =>
      `Quelqu’un du même réseau, peut-être ce client, est venu à ${host} moins d’une heure avant, mais l’émetteur est ${issuer}. Un client qui vient par une autre adresse ne doit pas continuer (RFC 9728 §3.3).`,
    or: 'Ou bien :',
    mend: (host: string, issuer: string) =>
      `Si les clients doivent venir à ${host}, faites-en l’émetteur (DOORWARD_ISSUER, ou « issuer » dans la configuration), avec https:// devant là où ils l’utilisent. Sinon, donnez au client l’adresse qui commence par ${issuer}.`,
  },
  endings: {
    client_blocked: {
      cause: 'Un administrateur a bloqué le client, ce qui a mis fin à ses connexions.',
      mend: 'S’il peut revenir, débloquez-le (doorward client unblock). Puis recommencez la connexion.',
    },
    client_removed: {
      cause:
        'Le client a été supprimé, par un administrateur, par la personne à qui il appartient ou par lui-même, ce qui a mis fin à ses connexions.',
      mend: 'Recommencez la connexion ; un client qui s’enregistre lui-même le fait à nouveau. Les événements du type client.removed disent qui c’était.',
    },
    client_revoked: {
      cause: 'Le client lui-même a rendu la connexion, comme le font les clients lorsque quelqu’un s’y déconnecte.',
      mend: 'Recommencez la connexion depuis le client.',
    },
    groups_changed: {
      cause:
        'Les groupes de la personne ont changé, ou ce que la configuration dit des groupes, et il n’est rien resté de la connexion.',
      mend: 'Mettez la personne dans un groupe qui peut utiliser le serveur MCP (doorward user groups). Puis recommencez la connexion.',
    },
    operator_revoked: {
      cause: 'Un administrateur a mis fin à la connexion.',
      mend: 'Les événements du type grant.revoked disent qui c’était. Puis recommencez la connexion.',
    },
    parent_narrowed: {
      cause: 'Le jeton vient d’un échange depuis une autre connexion, et celle-ci peut moins maintenant.',
      mend: 'Échangez le jeton à nouveau ; il obtient ce qui reste.',
    },
    parent_revoked: {
      cause: 'Le jeton vient d’un échange depuis une autre connexion, et celle-ci a pris fin.',
      mend: 'Rétablissez l’autre et échangez son jeton à nouveau. Pourquoi elle a pris fin, doorward grant list --all le dit.',
    },
    person_disconnected: {
      cause: 'La personne a mis fin à la connexion sur la page de son compte.',
      mend: 'Demandez à la personne. Si elle veut la retrouver, recommencez la connexion depuis le client.',
    },
    restored: {
      cause: 'La base de données a été rétablie depuis une sauvegarde, ce qui met fin à toutes les connexions.',
      mend: 'Recommencez la connexion ; tout le monde doit le faire. Ce que doorward restore --keep-grants rétablit reste connecté.',
    },
    rule_denies: {
      cause: 'Une règle qui écarte le client a été ajoutée, ce qui a mis fin à ses connexions.',
      mend: 'Regardez les règles (doorward rule list). Dès qu’aucune ne l’écarte, recommencez la connexion.',
    },
    upstream_changed: {
      cause:
        'Un autre serveur MCP se trouve maintenant derrière l’adresse, et ce qui était permis pour le précédent a pris fin.',
      mend: 'Recommencez la connexion.',
    },
    user_disabled: {
      cause: 'Le compte de la personne a été désactivé, ce qui a mis fin à ses connexions.',
      mend: 'Si elle peut revenir, réactivez le compte (doorward user enable). Puis recommencez la connexion.',
    },
  },
}
