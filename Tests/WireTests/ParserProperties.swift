// Says what must hold of every byte a client sends; `Tests/Fuzz/run` compiles this file into its fuzzers too.
import Wire

/// The properties that the fuzzers of the HTTP and WebSocket parsers look for a counterexample of.
enum ParserProperties {
  struct Broken: Error { let what: String }

  private static let headerBytes = 1024
  private static let bodyBytes = 2048
  private static let messageBytes = 1024

  /// Requests are the same however the network cut the bytes, and nothing grows beyond its bound.
  static func http(_ bytes: [UInt8]) throws {
    let whole = try requests(in: bytes, pieces: bytes.count)
    for pieces in [1, 7] where try requests(in: bytes, pieces: pieces) != whole {
      throw Broken(what: "requests depend on how their bytes were cut")
    }
  }

  /// Messages are the same however the network cut the bytes, are UTF-8, and are no longer than they may be.
  static func frames(_ bytes: [UInt8]) throws {
    let whole = try messages(in: bytes, pieces: bytes.count)
    for pieces in [1, 7] where try messages(in: bytes, pieces: pieces) != whole {
      throw Broken(what: "messages depend on how their bytes were cut")
    }
  }

  /// What the nearest proxy adds is read as it is, whatever stands before it; and what stands before it, as without it.
  static func forwarded(_ bytes: [UInt8]) throws {
    let fields = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let clients = ForwardedHeader.clients(in: fields)
    guard clients.count <= bytes.count, !clients.contains("") else { throw Broken(what: "clients that nobody named") }
    guard ForwardedHeader.clients(in: fields + ["for=192.0.2.60;proto=https"]) == ["192.0.2.60"] + clients else {
      throw Broken(what: "a proxy's field is not read as it is")
    }
    let appended = fields.dropLast() + [(fields.last ?? "") + #", by=_a;for="[2001:db8::1]:80""#]
    guard ForwardedHeader.clients(in: Array(appended)) == ["[2001:db8::1]:80"] + clients else {
      throw Broken(what: "what a proxy adds to a field is not read as it is")
    }
  }

  private static func requests(in bytes: [UInt8], pieces: Int) throws -> [String] {
    var reader = RequestReader(maximumHeaderBytes: headerBytes, maximumBodyBytes: bodyBytes)
    var seen: [String] = []
    for start in stride(from: 0, to: bytes.count, by: max(1, pieces)) {
      reader.append(bytes[start..<min(bytes.count, start + pieces)].span)
      reading: while true {
        switch reader.next() {
        case .head: reader.admit(bodyUpTo: bodyBytes)
        // Whether the server says `100 Continue` depends on what has arrived; the request does not.
        case .awaitsContinue: continue
        case .incomplete: break reading
        case .refused(let refusal):
          guard (400...599).contains(refusal.status) else { throw Broken(what: "a refusal that is no error") }
          return seen + ["refused \(refusal.status)"]
        case .request(let head, let body):
          guard body.count <= bodyBytes else { throw Broken(what: "a body beyond its bound") }
          guard head.path.hasPrefix("/") || head.path == "*" else { throw Broken(what: "no path: \(head.path)") }
          seen.append("\(head.method) \(head.path) \(head.query ?? "-") \(head.framing) \(head.keepsAlive) \(body)")
        }
      }
      // A head that is still searched for its end, or nothing.
      guard pieces == bytes.count || reader.bufferedBytes <= headerBytes + pieces else {
        throw Broken(what: "\(reader.bufferedBytes) bytes wait")
      }
    }
    return seen
  }

  private static func messages(in bytes: [UInt8], pieces: Int) throws -> [String] {
    var decoder = FrameDecoder(maximumMessageBytes: messageBytes)
    var seen: [String] = []
    for start in stride(from: 0, to: bytes.count, by: max(1, pieces)) {
      let part = bytes[start..<min(bytes.count, start + pieces)]
      var offset = 0
      do {
        while let event = try decoder.next(part.span, from: &offset) { seen.append(try described(event)) }
      } catch let failure as WebSocketFailure {
        guard [1002, 1003, 1007, 1009].contains(failure.code) else { throw Broken(what: "close code \(failure.code)") }
        return seen + ["failed \(failure.code)"]
      }
      guard offset == part.count else { throw Broken(what: "bytes were left though nothing was complete") }
    }
    return seen
  }

  private static func described(_ event: FrameDecoder.Event) throws -> String {
    switch event {
    case .text(let text):
      guard text.count <= messageBytes else { throw Broken(what: "a message beyond its bound") }
      guard String(validating: text, as: UTF8.self) != nil else { throw Broken(what: "text that is not UTF-8") }
    case .ping(let payload):
      guard payload.count <= 125 else { throw Broken(what: "a ping beyond its bound") }
    case .pong, .smallFragment, .close: break
    }
    return "\(event)"
  }
}
