// What oidc-provider asks of an adapter, on Redis, with the keys and commands of its own example (a hash for what is consumed, a
// list of what belongs to a grant, one MULTI for each write). Redis appends and syncs before it answers (appendfsync always).
import { Redis } from 'ioredis'

const GRANTABLE = ['AccessToken', 'AuthorizationCode', 'RefreshToken', 'DeviceCode']
const CONSUMABLE = ['AuthorizationCode', 'RefreshToken', 'DeviceCode']

export function redisAdapter(url) {
  const redis = new Redis(url, { keyPrefix: 'oidc:' })
  return class {
    constructor(name) {
      this.name = name
      this.isConsumable = CONSUMABLE.includes(name)
    }
    async upsert(id, payload, expiresIn) {
      const key = `${this.name}:${id}`
      const multi = redis.multi()
      if (this.isConsumable) multi.hset(key, { payload: JSON.stringify(payload) })
      else multi.set(key, JSON.stringify(payload))
      if (expiresIn) multi.expire(key, expiresIn)
      if (GRANTABLE.includes(this.name) && payload.grantId) {
        const list = `grant:${payload.grantId}`
        multi.rpush(list, key)
        if (expiresIn > (await redis.ttl(list))) multi.expire(list, expiresIn)
      }
      if (payload.uid) multi.set(`uid:${payload.uid}`, id, 'EX', expiresIn)
      await multi.exec()
    }
    async find(id) {
      const key = `${this.name}:${id}`
      if (!this.isConsumable) {
        const text = await redis.get(key)
        return text === null ? undefined : JSON.parse(text)
      }
      const { payload, ...rest } = await redis.hgetall(key)
      return payload === undefined ? undefined : { ...rest, ...JSON.parse(payload) }
    }
    async findByUid(uid) {
      const id = await redis.get(`uid:${uid}`)
      return id === null ? undefined : this.find(id)
    }
    async findByUserCode() {
      return undefined
    }
    async consume(id) {
      await redis.hset(`${this.name}:${id}`, 'consumed', Math.floor(Date.now() / 1000))
    }
    async destroy(id) {
      await redis.del(`${this.name}:${id}`)
    }
    async revokeByGrantId(grantId) {
      const multi = redis.multi()
      for (const key of await redis.lrange(`grant:${grantId}`, 0, -1)) multi.del(key)
      await multi.del(`grant:${grantId}`).exec()
    }
  }
}
