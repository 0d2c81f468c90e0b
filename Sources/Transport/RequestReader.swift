// Cuts the bytes of an HTTP connection into requests.

/// Takes bytes as they come and gives complete requests, one at a time; knows no socket and no clock.
struct RequestReader {
  /// What the bytes so far amount to.
  enum Event {
    /// More bytes are needed.
    case incomplete
    /// The client waits for `100 Continue`; more bytes are needed afterwards.
    case awaitsContinue
    case request(RequestHead, body: [UInt8])
    /// The bytes are not a request that can be served; nothing after them can be understood.
    case refused(HTTPRefusal)
  }

  private enum State {
    /// The head has been searched for its end up to an offset.
    case head(searched: Int)
    case body(RequestHead, RequestBodyDecoder)
    case refused(HTTPRefusal)
  }

  /// Where a connection stands between two requests.
  enum Progress: Equatable {
    case idle
    case head
    case body
  }

  private let maximumHeaderBytes: Int
  private let maximumBodyBytes: Int
  private var state = State.head(searched: 0)
  private var buffer: [UInt8] = []

  init(maximumHeaderBytes: Int, maximumBodyBytes: Int) {
    self.maximumHeaderBytes = maximumHeaderBytes
    self.maximumBodyBytes = maximumBodyBytes
  }

  /// How many bytes wait to be read.
  var bufferedBytes: Int { buffer.count }

  var progress: Progress {
    switch state {
    case .head: buffer.isEmpty ? .idle : .head
    case .body, .refused: .body
    }
  }

  mutating func append(_ bytes: UnsafeRawBufferPointer) { buffer.append(contentsOf: bytes) }

  /// What follows the last request, for the protocol that takes over.
  mutating func takeRest() -> [UInt8] {
    defer { buffer = [] }
    return buffer
  }

  /// Reads on.
  mutating func next() -> Event {
    do {
      switch state {
      case .refused(let refusal): return .refused(refusal)
      case .body(let head, let decoder): return try readBody(head, decoder)
      case .head(let searched): return try readHead(searched)
      }
    } catch {
      state = .refused(error)
      buffer = []
      return .refused(error)
    }
  }

  private mutating func readHead(_ searched: Int) throws(HTTPRefusal) -> Event {
    // An empty line before a request is a habit of old clients (RFC 9112 section 2.2).
    var start = 0
    while start + 1 < buffer.count, buffer[start] == 0x0D, buffer[start + 1] == 0x0A { start += 2 }
    if start > 0 { buffer.removeFirst(start) }
    guard let end = try headEnd(from: start > 0 ? 0 : searched) else {
      guard buffer.count <= maximumHeaderBytes else { throw HTTPRefusal(431, "request head too large") }
      state = .head(searched: buffer.count)
      return .incomplete
    }
    guard end + 4 <= maximumHeaderBytes else { throw HTTPRefusal(431, "request head too large") }
    let head = try RequestHeadParser.parse(buffer[..<end], maximumBodyBytes: maximumBodyBytes)
    buffer.removeFirst(end + 4)
    let decoder = RequestBodyDecoder(head.framing, maximumBodyBytes: maximumBodyBytes)
    if head.awaitsContinue && buffer.isEmpty {
      state = .body(head, decoder)
      return .awaitsContinue
    }
    return try readBody(head, decoder)
  }

  /// The offset of the empty line's CR LF CR LF; refuses a line that ends in a bare LF.
  private func headEnd(from searched: Int) throws(HTTPRefusal) -> Int? {
    var index = max(0, searched - 3)
    while let newline = buffer[index...].firstIndex(of: UInt8(ascii: "\n")) {
      guard newline > 0, buffer[newline - 1] == UInt8(ascii: "\r") else {
        throw HTTPRefusal(400, "a line has to end in CR LF")
      }
      if newline >= 3, buffer[newline - 2] == UInt8(ascii: "\n") { return newline - 3 }
      index = newline + 1
    }
    return nil
  }

  private mutating func readBody(_ head: RequestHead, _ decoder: RequestBodyDecoder) throws(HTTPRefusal) -> Event {
    var decoder = decoder
    // The body grows in place only while nothing else refers to it.
    state = .head(searched: 0)
    var input = buffer[...]
    try decoder.consume(&input)
    buffer = input.isEmpty ? [] : Array(input)
    guard decoder.isComplete else {
      state = .body(head, decoder)
      return .incomplete
    }
    return .request(head, body: decoder.body)
  }
}
