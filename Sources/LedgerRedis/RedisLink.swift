// One connection to Redis, from its first packet to its end.
import CLedgerRedis
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
