// What Redis answered.
import CLedgerRedis

/// A reply in RESP2 (redis.io/docs/latest/develop/reference/protocol-spec).
enum RedisReply: Sendable, Hashable {
  case text([UInt8])
  case integer(Int64)
  case list([RedisReply])
  case nothing
  /// The server's words; they begin with a code such as `NOAUTH`.
  case error(String)

  /// The bytes as UTF-8; nil for what is no text.
  var string: String? {
    switch self {
    case .text(let bytes): String(validating: bytes, as: UTF8.self)
    case .integer(let number): String(number)
    case .list, .nothing, .error: nil
    }
  }

  /// Redis keeps numbers as text, and scripts return them so.
  var number: Int64? {
    switch self {
    case .integer(let number): number
    case .text: string.flatMap { Int64($0) }
    case .list, .nothing, .error: nil
    }
  }

  var elements: [RedisReply]? { if case .list(let elements) = self { elements } else { nil } }
}

extension RedisReply {
  /// Copies a reply of hiredis.
  init(_ reply: UnsafePointer<redisReply>) {
    let bytes = UnsafeRawBufferPointer(
      start: reply.pointee.str, count: reply.pointee.str == nil ? 0 : reply.pointee.len)
    switch reply.pointee.type {
    case REDIS_REPLY_STRING, REDIS_REPLY_STATUS: self = .text(Array(bytes))
    case REDIS_REPLY_INTEGER: self = .integer(reply.pointee.integer)
    case REDIS_REPLY_ERROR: self = .error(String(decoding: bytes, as: UTF8.self))
    case REDIS_REPLY_ARRAY:
      self = .list(
        (0..<reply.pointee.elements).map { index in
          reply.pointee.element[index].map { RedisReply(UnsafePointer($0)) } ?? .nothing
        })
    default: self = .nothing
    }
  }
}
