// Cuts the bytes of an HTTP connection into requests with their bodies, which are counted or come in chunks.
import Basics

/// Takes bytes as they come and gives complete requests, one at a time; knows no socket and no clock.
package struct RequestReader {
  /// What the bytes so far amount to.
  package enum Event {
    /// More bytes are needed.
    case incomplete
    /// The head of a request whose body is still to be read: ``RequestReader/admit(bodyUpTo:)`` says how much of it may be.
    case head(RequestHead)
    /// The client waits for `100 Continue`; more bytes are needed afterwards.
    case awaitsContinue
    case request(RequestHead, body: [UInt8])
    /// The bytes are not a request that can be served; nothing after them can be understood.
    case refused(HTTPRefusal)
  }

  private enum State {
    /// The head has been searched for its end up to an offset.
    case head(searched: Int)
    /// Nobody has said yet how much of the body is read.
    case announced(RequestHead)
    case body(RequestHead, RequestBodyDecoder, saysContinue: Bool)
    case refused(HTTPRefusal)
  }

  /// Where a connection stands between two requests.
  package enum Progress: Equatable {
    case idle
    case head
    case body
  }

  private let maximumHeaderBytes: Int
  private let maximumBodyBytes: Int
  private var state = State.head(searched: 0)
  private var buffer: [UInt8] = []

  package init(maximumHeaderBytes: Int, maximumBodyBytes: Int) {
    self.maximumHeaderBytes = maximumHeaderBytes
    self.maximumBodyBytes = maximumBodyBytes
  }

  /// How many bytes wait to be read.
  package var bufferedBytes: Int { buffer.count }

  /// How much of a body has been read that is not complete.
  package var bodyBytes: Int { if case .body(_, let decoder, _) = state { decoder.body.count } else { 0 } }

  /// Where the connection stands.
  package var progress: Progress {
    switch state {
    case .head: buffer.isEmpty ? .idle : .head
    case .announced, .body, .refused: .body
    }
  }

  /// Takes what has arrived; ``next()`` reads it.
  package mutating func append(_ bytes: Span<UInt8>) { buffer.append(copying: bytes) }

  /// What follows the last request, for the protocol that takes over.
  package mutating func takeRest() -> [UInt8] {
    defer { buffer = [] }
    return buffer
  }

  /// Reads on until there is something to do. To be called until it says `.incomplete` or `.refused`.
  package mutating func next() -> Event {
    do {
      switch state {
      case .refused(let refusal): return .refused(refusal)
      case .announced(let head): return .head(head)
      case .body: return try readBody()
      case .head(let searched): return try readHead(searched)
      }
    } catch {
      state = .refused(error)
      buffer = []
      return .refused(error)
    }
  }

  /// Lets the body of the request be read whose head was given.
  /// - Parameter bytes: the most that it may have; a longer one is refused with 413, before a byte of it is read where the
  ///   head says how long it is.
  package mutating func admit(bodyUpTo bytes: Int) {
    guard case .announced(let head) = state else { return }
    let limit = min(bytes, maximumBodyBytes)
    if case .length(let count) = head.framing, count > limit {
      state = .refused(.bodyTooLarge)
      buffer = []
    } else {
      let decoder = RequestBodyDecoder(head.framing, maximumBodyBytes: limit)
      state = .body(head, decoder, saysContinue: head.awaitsContinue)
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
    let head = try RequestHeadParser.parse(buffer[..<end])
    buffer.removeFirst(end + 4)
    guard head.framing != .length(0) else {
      state = .head(searched: 0)
      return .request(head, body: [])
    }
    state = .announced(head)
    return .head(head)
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

  private mutating func readBody() throws(HTTPRefusal) -> Event {
    guard case .body(let head, var decoder, let saysContinue) = state else { return .incomplete }
    if saysContinue, buffer.isEmpty {
      state = .body(head, decoder, saysContinue: false)
      return .awaitsContinue
    }
    // The body grows in place only while nothing else refers to it: it would be copied for each part, and a long one take
    // a time that grows with the square of its length.
    state = .head(searched: 0)
    var input = buffer[...]
    try decoder.consume(&input)
    buffer = input.isEmpty ? [] : Array(input)
    guard decoder.isComplete else {
      state = .body(head, decoder, saysContinue: false)
      return .incomplete
    }
    return .request(head, body: decoder.body)
  }
}

/// Takes bytes until the body is complete (RFC 9112 sections 6 and 7.1). Chunk extensions and trailers are read and
/// dropped.
struct RequestBodyDecoder {
  private enum State {
    case counted(remaining: Int)
    case chunkSize
    case chunk(remaining: Int)
    case chunkEnd
    case trailer
    case complete
  }

  /// Longest line of chunk size and extension, and of a trailer.
  static let maximumLineBytes = 1024
  /// Most bytes of all trailers.
  static let maximumTrailerBytes = 8 * 1024

  private var state: State
  private var line: [UInt8] = []
  private var trailerBytes = 0
  private let maximumBodyBytes: Int
  private(set) var body: [UInt8] = []

  init(_ framing: RequestHead.Framing, maximumBodyBytes: Int) {
    self.maximumBodyBytes = maximumBodyBytes
    state =
      switch framing {
      case .length(0): .complete
      case .length(let count): .counted(remaining: count)
      case .chunked: .chunkSize
      }
  }

  var isComplete: Bool { if case .complete = state { true } else { false } }

  /// Takes what belongs to the body from the front.
  mutating func consume(_ input: inout ArraySlice<UInt8>) throws(HTTPRefusal) {
    while !input.isEmpty {
      switch state {
      case .complete: return
      case .counted(let remaining):
        let rest = take(remaining, from: &input)
        state = rest == 0 ? .complete : .counted(remaining: rest)
      case .chunk(let remaining):
        let rest = take(remaining, from: &input)
        state = rest == 0 ? .chunkEnd : .chunk(remaining: rest)
      case .chunkSize, .chunkEnd, .trailer:
        guard let line = try takeLine(from: &input) else { return }
        try finishLine(line)
      }
    }
  }

  private mutating func take(_ count: Int, from input: inout ArraySlice<UInt8>) -> Int {
    let part = input.prefix(count)
    body += part
    input = input.dropFirst(part.count)
    return count - part.count
  }

  private mutating func takeLine(from input: inout ArraySlice<UInt8>) throws(HTTPRefusal) -> [UInt8]? {
    let end = input.firstIndex(of: UInt8(ascii: "\n"))
    line += input[..<(end ?? input.endIndex)]
    guard line.count <= Self.maximumLineBytes else { throw HTTPRefusal(400, "line too long in a chunked body") }
    guard let end else {
      input = []
      return nil
    }
    input = input[(end + 1)...]
    guard line.popLast() == UInt8(ascii: "\r") else { throw HTTPRefusal(400, "malformed line in a chunked body") }
    defer { line = [] }
    return line
  }

  private mutating func finishLine(_ line: [UInt8]) throws(HTTPRefusal) {
    switch state {
    case .chunkEnd:
      guard line.isEmpty else { throw HTTPRefusal(400, "chunk longer than its size") }
      state = .chunkSize
    case .trailer:
      trailerBytes += line.count
      guard trailerBytes <= Self.maximumTrailerBytes else { throw HTTPRefusal(431, "trailers too large") }
      if line.isEmpty { state = .complete }
    default:
      let size = try chunkSize(line)
      state = size == 0 ? .trailer : .chunk(remaining: size)
    }
  }

  private func chunkSize(_ line: [UInt8]) throws(HTTPRefusal) -> Int {
    let digits = line.prefix { $0 != UInt8(ascii: ";") && !$0.isBlank }
    let isHex = digits.allSatisfy { $0.hexadecimalValue != nil }
    guard !digits.isEmpty, isHex, HTTPSyntax.isFieldValue(line) else { throw HTTPRefusal(400, "malformed chunk size") }
    let rest = line.dropFirst(digits.count).drop(while: \.isBlank)
    guard rest.isEmpty || rest.first == UInt8(ascii: ";") else { throw HTTPRefusal(400, "malformed chunk size") }
    guard let size = Int(String(decoding: digits, as: UTF8.self), radix: 16), size <= maximumBodyBytes - body.count
    else {
      throw .bodyTooLarge
    }
    return size
  }
}
