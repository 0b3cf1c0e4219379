import type { SignInKind, Telling } from '../told.ts'

export const toldOfSignIn: Readonly<Record<SignInKind, Telling>> = {
  account_disabled: {
    cause: 'Un administrateur a désactivé ce compte.',
    mend: 'Adressez-vous aux responsables de ce serveur.',
  },
  domain_of_another_provider: {
    cause:
      'Les adresses de ce domaine se connectent chez un autre fournisseur d’identité ; celui-ci n’est pas cru à leur sujet.',
    mend: 'Saisissez votre adresse e-mail sur la page de connexion ; elle mène au bon fournisseur.',
  },
  email_unverified: {
    cause: 'Le fournisseur d’identité ne confirme pas votre adresse e-mail, ou n’en donne aucune.',
    mend: 'Confirmez l’adresse chez lui et connectez-vous à nouveau. Si cela ne suffit pas, adressez-vous aux responsables de ce serveur.',
  },
  groups_overage: {
    cause:
      'Vous y êtes membre de plus de groupes que le fournisseur d’identité n’en cite dans une réponse. Vos droits ici dépendent de ces groupes : une liste incomplète n’est donc pas acceptée.',
    mend: 'Adressez-vous aux responsables de ce serveur : le fournisseur d’identité peut être réglé pour ne citer que les groupes qui comptent ici.',
  },
  identity_taken: {
    cause: 'Ce compte chez le fournisseur d’identité est associé ici à quelqu’un d’autre.',
    mend: 'Connectez-vous avec lui et retirez d’abord cette association, ou associez un autre compte.',
  },
  last_way: {
    cause: 'C’est votre seul moyen de vous connecter.',
    mend: 'Ajoutez d’abord une clé d’accès ou associez un compte.',
  },
  link_expired: {
    cause:
      'La question de savoir si les deux comptes vont ensemble a déjà reçu une réponse, date de plus de dix minutes ou a été posée dans un autre navigateur.',
    mend: 'Connectez-vous à nouveau chez le fournisseur d’identité.',
  },
  link_other_account: {
    cause: 'Vous êtes connecté avec un autre compte que celui qui devait être associé, ou vous ne l’êtes plus.',
    mend: 'Connectez-vous ici avec le compte concerné et recommencez.',
  },
  only_a_password: {
    cause:
      'Le compte de votre adresse n’a ici qu’un mot de passe, et aucun n’est accepté pour lui : ce domaine se connecte chez un fournisseur d’identité.',
    mend: 'Demandez aux responsables de ce serveur de retirer le mot de passe ; la connexion chez le fournisseur d’identité ouvre ensuite le compte.',
  },
  passkey_challenge: {
    cause:
      'La question posée à votre clé d’accès a déjà reçu une réponse, date de plus de dix minutes ou a été posée dans un autre navigateur.',
    mend: 'Rouvrez la page et réessayez.',
  },
  passkey_copied: {
    cause: 'La clé d’accès compte ses utilisations, et ce nombre a déjà été vu. Il en existe peut-être une copie.',
    mend: 'Connectez-vous d’une autre façon, retirez cette clé et ajoutez-en une nouvelle.',
  },
  passkey_limit: {
    cause: 'Vous avez autant de clés d’accès qu’une personne peut en avoir.',
    mend: 'Retirez-en une que vous n’utilisez plus.',
  },
  passkey_refused: {
    cause: 'La clé d’accès n’est pas connue ici, n’a pas vérifié que c’est vous, ou appartient à une autre adresse.',
    mend: 'Essayez une autre clé d’accès, ou connectez-vous d’une autre façon.',
  },
  password_not_offered: {
    cause: 'Ici, personne ne se connecte avec un mot de passe.',
    mend: 'Servez-vous d’un des moyens de la page de connexion.',
  },
  password_unusable: {
    cause: 'L’ancien mot de passe n’est pas le bon, ou le nouveau a moins de douze ou plus de 1024 caractères.',
    mend: 'Vérifiez les deux et réessayez.',
  },
  person_not_admitted: {
    cause: 'Le fournisseur d’identité vous connaît, ce serveur non, et il n’ajoute personne de lui-même.',
    mend: 'Demandez aux responsables de vous ajouter avec cette adresse e-mail, puis connectez-vous à nouveau.',
  },
  provider_answer: {
    cause:
      'La réponse du fournisseur d’identité n’est pas celle que demande le protocole, ou n’est pas signée par lui.',
    mend: 'Réessayez. Si cela persiste, donnez la référence aux responsables.',
  },
  provider_declined: {
    cause: 'La connexion y a été refusée, par vous ou par le fournisseur d’identité.',
    mend: 'Recommencez, ou connectez-vous d’une autre façon.',
  },
  provider_refused: {
    cause: 'Le fournisseur d’identité a refusé la demande de ce serveur. Vous n’avez rien fait de mal.',
    mend: 'Donnez la référence aux responsables de ce serveur ; quelque chose diffère chez eux ou chez le fournisseur.',
  },
  provider_unreachable: {
    cause: 'Le fournisseur d’identité ne peut être joint, ou ne répond pas à temps.',
    mend: 'Attendez un moment et réessayez, ou connectez-vous d’une autre façon.',
  },
  provider_wrong_issuer: {
    cause: 'La réponse dit venir d’un autre fournisseur d’identité que celui qui a été interrogé.',
    mend: 'Recommencez depuis la page de connexion. Si cela persiste, dites-le aux responsables : quelqu’un confond peut-être deux fournisseurs.',
  },
  sign_in_limit: {
    cause: 'Trop de connexions ont été commencées depuis votre réseau.',
    mend: 'Attendez un moment, puis réessayez.',
  },
  sign_in_state: {
    cause:
      'La réponse du fournisseur d’identité a déjà servi, date de plus de dix minutes ou appartient à un autre navigateur.',
    mend: 'Recommencez depuis la page de connexion, dans ce navigateur et avec les cookies autorisés.',
  },
}
