// Where hiredis calls Swift.
import CLedgerRedis

/// The C callbacks. Each finds its link and calls one method; nothing else happens here.
enum RedisCallbacks {
  static func pointer(to link: RedisLink) -> UnsafeMutableRawPointer { Unmanaged.passUnretained(link).toOpaque() }

  private static func link(_ data: UnsafeMutableRawPointer?) -> RedisLink {
    Unmanaged<RedisLink>.fromOpaque(data!).takeUnretainedValue()
  }

  static func install(_ link: RedisLink, in context: UnsafeMutablePointer<redisAsyncContext>) {
    let data = pointer(to: link)
    context.pointee.data = data
    context.pointee.ev.data = data
    context.pointee.ev.addRead = { RedisCallbacks.link($0).want(readable: true) }
    context.pointee.ev.delRead = { RedisCallbacks.link($0).want(readable: false) }
    context.pointee.ev.addWrite = { RedisCallbacks.link($0).want(writable: true) }
    context.pointee.ev.delWrite = { RedisCallbacks.link($0).want(writable: false) }
    context.pointee.ev.cleanup = { RedisCallbacks.link($0).contextEnds() }
    // Last, since it asks for writability.
    redisAsyncSetConnectCallback(context) { context, status in
      if status == REDIS_OK { RedisCallbacks.link(context?.pointee.data).connected() }
    }
  }

  /// The private data of a command is its number.
  static let reply:
    @convention(c) (
      UnsafeMutablePointer<redisAsyncContext>?, UnsafeMutableRawPointer?, UnsafeMutableRawPointer?
    ) -> Void = { context, reply, number in
      // Without a reply the connection ends, which is told by itself.
      guard let reply else { return }
      let value = RedisReply(UnsafePointer(reply.assumingMemoryBound(to: redisReply.self)))
      RedisCallbacks.link(context?.pointee.data).replied(UInt(bitPattern: number), value)
    }
}
