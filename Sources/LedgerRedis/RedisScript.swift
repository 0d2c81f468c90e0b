// What the server does for each call of the ledger, whole or not at all.

/// Scripts in Lua (redis.io/docs/latest/develop/programmability/eval-intro). A session is a hash with `document`,
/// `version` (grows with each change), `fence`, `owner` (empty when released), `until` (the end of its lease in
/// milliseconds by the server's clock), `provider`, `ended` and `resume` (the latest request by which its client resumed it;
/// none before the first). `open` orders the sessions that are not over, `ended` those that are.
enum RedisScript {
  private static let now = """
    local time = redis.call('TIME')
    local now = time[1] * 1000 + math.floor(time[2] / 1000)

    """

  /// Keys: session, open, ordinals. Arguments: session, provider, owner, milliseconds of lease, document.
  static let begin =
    now + """
      if redis.call('EXISTS', KEYS[1]) == 1 then return {'duplicate'} end
      redis.call('HSET', KEYS[1], 'document', ARGV[5], 'version', 1, 'fence', 1, 'owner', ARGV[3],
        'until', string.format('%.0f', now + ARGV[4]), 'provider', ARGV[2], 'ended', 0)
      redis.call('ZADD', KEYS[2], redis.call('INCR', KEYS[3]), ARGV[1])
      return {'done'}
      """

  /// Keys: session, open, ended, ordinals. Arguments: session, fence, version before, document, 1 when it is over, how
  /// many that are over are kept, beginning of the keys of sessions, a request that resumed it or nothing.
  static let write = """
    local held = redis.call('HMGET', KEYS[1], 'fence', 'version', 'ended')
    if not held[1] then return {'unknown'} end
    if held[1] ~= ARGV[2] then return {'fenced'} end
    if held[2] ~= ARGV[3] then return {'stale'} end
    redis.call('HSET', KEYS[1], 'document', ARGV[4], 'version', string.format('%.0f', held[2] + 1), 'ended', ARGV[5])
    if ARGV[8] ~= '' and tonumber(ARGV[8]) > tonumber(redis.call('HGET', KEYS[1], 'resume') or 0) then
      redis.call('HSET', KEYS[1], 'resume', ARGV[8])
    end
    if ARGV[5] == '1' and held[3] == '0' then
      redis.call('ZREM', KEYS[2], ARGV[1])
      redis.call('ZADD', KEYS[3], redis.call('INCR', KEYS[4]), ARGV[1])
      local over = redis.call('ZCARD', KEYS[3]) - ARGV[6]
      if over > 0 then
        for _, old in ipairs(redis.call('ZRANGE', KEYS[3], 0, over - 1)) do redis.call('DEL', ARGV[7] .. old) end
        redis.call('ZREMRANGEBYRANK', KEYS[3], 0, over - 1)
      end
    end
    return {'done'}
    """

  /// Keys: session. Arguments: relay, the request that resumes it or nothing for one that has to be an orphan, milliseconds
  /// of lease, 1 when a lease that ran out is no owner.
  static let claim =
    now + """
      local held = redis.call('HMGET', KEYS[1], 'ended', 'owner', 'until', 'resume')
      if held[1] ~= '0' then return {'unknown'} end
      if ARGV[2] ~= '' then
        if tonumber(ARGV[2]) < tonumber(held[4] or 0) then return {'overtaken'} end
        redis.call('HSET', KEYS[1], 'resume', ARGV[2])
      elseif held[2] ~= '' then
        if ARGV[4] ~= '1' or tonumber(held[3]) > now then return {'held'} end
      end
      redis.call('HINCRBY', KEYS[1], 'fence', 1)
      redis.call('HINCRBY', KEYS[1], 'version', 1)
      redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'until', string.format('%.0f', now + ARGV[3]))
      return {'done', redis.call('HMGET', KEYS[1], 'fence', 'version', 'owner', 'document')}
      """

  /// Keys: sessions. Arguments: milliseconds of lease, then each session's fence.
  static let renew =
    now + """
      local good = {}
      for index, key in ipairs(KEYS) do
        local held = redis.call('HMGET', key, 'fence', 'ended')
        if held[1] == ARGV[index + 1] and held[2] == '0' then
          redis.call('HSET', key, 'until', string.format('%.0f', now + ARGV[1]))
          good[index] = 1
        else
          good[index] = 0
        end
      end
      return good
      """

  /// Keys: session. Arguments: fence.
  static let release = """
    local held = redis.call('HMGET', KEYS[1], 'fence', 'ended')
    if not held[1] then return {'unknown'} end
    if held[1] ~= ARGV[1] then return {'fenced'} end
    redis.call('HSET', KEYS[1], 'owner', '', 'until', 0)
    return {'done'}
    """

  /// Keys: open. Arguments: beginning of the keys of sessions, 1 when a lease that ran out is no owner. Each one found
  /// comes with its name, so that one that cannot be understood can be named; what is no session at all has no fields.
  static let orphans =
    now + """
      local found = {}
      for _, session in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
        local held = redis.pcall('HMGET', ARGV[1] .. session, 'owner', 'until')
        if held.err then
          found[#found + 1] = {false, false, false, false, session}
        elseif held[1] and (held[1] == '' or (ARGV[2] == '1' and (tonumber(held[2] or 0) or 0) <= now)) then
          local fields = redis.call('HMGET', ARGV[1] .. session, 'fence', 'version', 'owner', 'document')
          fields[5] = session
          found[#found + 1] = fields
        end
      end
      return found
      """

  /// Keys: the day's account. Arguments: milliseconds, seconds for which it is kept.
  static let charge = """
    local total = redis.call('INCRBY', KEYS[1], ARGV[1])
    redis.call('EXPIRE', KEYS[1], ARGV[2])
    return total
    """

  /// Keys: open. Arguments: beginning of the keys of sessions, provider.
  static let unended = """
    local found = {}
    for _, session in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
      if redis.call('HGET', ARGV[1] .. session, 'provider') == ARGV[2] then
        found[#found + 1] = redis.call('HMGET', ARGV[1] .. session, 'fence', 'version', 'owner', 'document')
      end
    end
    return found
    """
}
