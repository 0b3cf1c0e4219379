import type { adminForms as english } from '../en/admin-forms.ts'

export const adminForms: typeof english = {
  title: 'Ceci n’a pas été accepté.',
  wrong: 'Quelque chose n’y convient pas.',
  signedInAgain: 'Vous êtes de nouveau connecté. Relisez, puis envoyez.',
  aboutTo: 'Vous êtes de nouveau connecté. Voici ce que vous alliez faire.',
  fields: {
    'client-added name': 'Donnez-lui un nom de 120 caractères au plus.',
    'client-added redirect_uris':
      'Vérifiez les adresses où les réponses peuvent aller, une par ligne : https, une adresse de bouclage ou un schéma de l’application.',
    'client-added scope': 'Ne nommez que des scopes que ce serveur connaît.',
    'person-added email': 'Donnez une adresse e-mail comme ada@example.com.',
    'person-groups groups': 'Un groupe est une ligne de 128 caractères au plus, sans barre oblique ; 100 au plus.',
    'invite-created uses': 'Donnez un nombre entier de 1 à 100000.',
    'invite-created days': 'Donnez un nombre entier de 1 à 3650.',
    'invite-created hosts': 'Donnez des noms d’hôte, un par ligne, comme client.example.',
    'invite-created scopes': 'Ne nommez que des scopes, séparés par des espaces.',
    'invite-created note': 'La note a 200 caractères au plus.',
    'rule-added value': 'Ce n’est pas une valeur de ce genre.',
    'rule-added note': 'La note a 200 caractères au plus.',
  },
  reasons: {
    form_repeated:
      'Ce formulaire a déjà été envoyé. Regardez si ce que vous vouliez existe déjà ; pour en avoir un autre, renvoyez-le d’ici.',
    admin_person_taken: 'Il y a déjà une personne avec cette adresse.',
    admin_groups_changed:
      'Quelqu’un d’autre a modifié ces groupes entre-temps. Ce que vous avez saisi est ci-dessous ; comparez avec ce qui est dit ici et enregistrez de nouveau.',
    admin_rule_known: 'Il y a déjà une telle règle.',
    admin_rules_full: 'Il ne peut y avoir plus de règles. Retirez-en d’abord une.',
  },
}
