// Carries commands over one connection of hiredis on the event loop, from its first packet to its end.
import CLedgerRedis
import Glibc
import Transport

/// A connection of hiredis on the event loop; used on the loop's thread only. Commands are sent in order and answered
/// in order; those without an answer are lost when it ends.
final class RedisLink: @unchecked Sendable {
  enum Event: Sendable {
    case connected
    case reply(UInt, RedisReply)
    /// It is gone. Told once, and not when ``close()`` ended it.
    case ended(String)
  }

  private let onEvent: @Sendable (Event) -> Void
  private var context: UnsafeMutablePointer<redisAsyncContext>?
  private var watch: DescriptorWatch?
  private var wantsReading = false
  private var wantsWriting = false
  private var isClosing = false

  init(onEvent: @escaping @Sendable (Event) -> Void) { self.onEvent = onEvent }

  /// Begins to connect.
  /// - Returns: why that is not possible at all; nil when an event will tell.
  func connect(to endpoint: RedisAddress.Endpoint, on loop: EventLoop) -> String? {
    let made =
      switch endpoint {
      case .tcp(let host, let port): redisAsyncConnect(host, Int32(port))
      case .unix(let path): redisAsyncConnectUnix(path)
      }
    guard let made else { return "no memory" }
    guard made.pointee.err == 0,
      let watch = DescriptorWatch(
        made.pointee.c.fd, on: loop, onReady: { [weak self] in self?.ready(isReadable: $0, isWritable: $1) })
    else {
      let words = made.pointee.err == 0 ? "the event loop is leaving" : Self.words(made)
      redisAsyncFree(made)
      return words
    }
    (context, self.watch) = (made, watch)
    RedisCallbacks.install(self, in: made)
    return nil
  }

  /// Sends a command.
  /// - Parameter number: comes back with the reply; not 0.
  /// - Returns: false when the connection is ending; nothing is told of the command then.
  func send(_ command: [[UInt8]], number: UInt) -> Bool {
    guard let context, !isClosing else { return false }
    // One buffer behind all arguments, so that their addresses stay good while hiredis copies them.
    let bytes = command.flatMap(\.self) + [0]
    return bytes.withUnsafeBytes { buffer in
      var start = buffer.baseAddress!.assumingMemoryBound(to: CChar.self)
      var arguments: [UnsafePointer<CChar>?] = []
      for part in command {
        arguments.append(start)
        start += part.count
      }
      var lengths = command.map(\.count)
      return redisAsyncCommandArgv(
        context, RedisCallbacks.reply, UnsafeMutableRawPointer(bitPattern: number), Int32(command.count), &arguments,
        &lengths) == REDIS_OK
    }
  }

  /// Ends the connection at once and says nothing any more.
  func close() {
    guard !isClosing else { return }
    isClosing = true
    if let context { redisAsyncFree(context) }
  }

  // MARK: What hiredis says

  func connected() { if !isClosing { onEvent(.connected) } }
  func replied(_ number: UInt, _ reply: RedisReply) { if !isClosing { onEvent(.reply(number, reply)) } }

  func want(readable: Bool? = nil, writable: Bool? = nil) {
    wantsReading = readable ?? wantsReading
    wantsWriting = writable ?? wantsWriting
    watch?.want(readable: wantsReading, writable: wantsWriting)
  }

  /// hiredis frees the context and closes its descriptor right after this.
  func contextEnds() {
    let words = context.map { Self.words($0) } ?? ""
    context = nil
    watch?.close()
    watch = nil
    guard !isClosing else { return }
    isClosing = true
    onEvent(.ended(words))
  }

  private func ready(isReadable: Bool, isWritable: Bool) {
    // Either may end the context.
    if isReadable, let context { redisAsyncHandleRead(context) }
    if isWritable, let context { redisAsyncHandleWrite(context) }
  }

  private static func words(_ context: UnsafeMutablePointer<redisAsyncContext>) -> String {
    // The outer copy is only made when hiredis gets round to it.
    guard let words = context.pointee.errstr, words.pointee != 0 else { return "the connection ended" }
    return String(cString: words)
  }
}

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

/// hiredis would look a name up while everything else waits.
enum HostLookup {
  /// The endpoint with the first address of its host; as it is where there is none, which hiredis then says.
  static func resolved(_ endpoint: RedisAddress.Endpoint) async -> RedisAddress.Endpoint {
    guard case .tcp(let host, let port) = endpoint else { return endpoint }
    return .tcp(host: await address(of: host) ?? host, port: port)
  }

  /// Runs on a thread of the pool, since the system's resolver blocks.
  @concurrent private static func address(of host: String) async -> String? {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, nil, &hints, &list) == 0, let first = list else { return nil }
    defer { freeaddrinfo(first) }
    var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    guard
      getnameinfo(
        first.pointee.ai_addr, first.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0
    else { return nil }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
