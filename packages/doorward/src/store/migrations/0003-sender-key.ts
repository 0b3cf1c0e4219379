// RFC 9449: the key that a grant is bound to, as the thumbprint of RFC 7638.
export const senderKey = `
ALTER TABLE grants ADD COLUMN sender_key TEXT;
`
