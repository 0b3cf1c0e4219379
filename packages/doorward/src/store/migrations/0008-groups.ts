// The groups that a person is in, as JSON: an operator's own by their plain name, those that an identity provider says as
// 'provider/name'. Few people are in many, and they are only ever read with the person.
export const groups = `
ALTER TABLE users ADD COLUMN groups TEXT NOT NULL DEFAULT '[]';
`
