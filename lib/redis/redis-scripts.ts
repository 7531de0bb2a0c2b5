import { MAX_STORED_TOKEN_BYTES } from '../common/defaults.js';

/**
 * One script a step, so that each is atomic and goes by the server's clock. `KEYS[1]` is a hash: `g` the generation, `s`
 * the start of the token's life in epoch ms, `l` its lifetime in ms, `v` the token. `KEYS[2]` is the lease.
 *
 * Others may write there too. No more of a value is read than ours can have: a value of 400 MB would block the server. A
 * number that is not whole, or has more than 15 digits, counts as 0: generations could not grow past it.
 */
const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function text(number) return string.format('%.0f', number) end
local function read(field, most)
  return redis.call('HSTRLEN', KEYS[1], field) <= most and redis.call('HGET', KEYS[1], field) or ''
end
local function number(field) return tonumber(string.match(read(field, 15), '^%d+$') or '0') end
`;

/** The lease says who has it, and since when: `owner:time`. */
const LEASE = `
local lease = redis.call('GETRANGE', KEYS[2], 0, 255)
local owner, since = string.match(lease, '^(.*):(%d+)$')
local isOwn = owner == ARGV[1]
`;

const RELEASE_LEASE = `if isOwn then redis.call('DEL', KEYS[2]) end`;

/**
 * ARGV: owner, the generation that is known, the lease in ms (0 only looks). What began in the future is of a clock that was
 * set back. Who has the lease already is given it again: a client may send a step twice when its connection is lost in between.
 */
export const ACQUIRE = `${NOW}
local g, s, l = number('g'), number('s'), number('l')
if g > tonumber(ARGV[2]) and s <= now and s + l > now then
  return { 'token', text(g), text(l), text(now - s), read('v', ${MAX_STORED_TOKEN_BYTES}) }
end
if ARGV[3] ~= '0' then redis.call('SET', KEYS[2], ARGV[1] .. ':' .. text(now), 'NX', 'PX', ARGV[3]) end
${LEASE}
if isOwn then return { 'leased', since } end
if lease == '' then return { 'free' } end
return { 'held', owner or lease }
`;

/**
 * ARGV: owner, lifetime and age in ms, the token, and when its lease was given: its life began no later than that, however
 * late this comes.
 */
export const SAVE = `${NOW}${LEASE}
local started = math.min(now - tonumber(ARGV[3]), tonumber(ARGV[5]))
if isOwn then started = math.min(started, tonumber(since)) end
local left = started + tonumber(ARGV[2]) - now
local before = number('s')
local result = { 'older' }
if (before <= started or before > now) and left > 0 then
  local generation = math.max(number('g') + 1, now)
  redis.call('HSET', KEYS[1], 'g', text(generation), 's', text(started), 'l', ARGV[2], 'v', ARGV[4])
  redis.call('PEXPIRE', KEYS[1], text(left))
  result = { 'saved', text(generation) }
end
${RELEASE_LEASE}
return result
`;

/** ARGV: owner. */
export const RELEASE = `${LEASE}
${RELEASE_LEASE}
return { 'released' }
`;
