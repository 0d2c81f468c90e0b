// Collects the body of an HTTP request, counted or in chunks.

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
    let digits = line.prefix { $0 != UInt8(ascii: ";") && $0 != 0x20 && $0 != 0x09 }
    let isHex = digits.allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
    guard !digits.isEmpty, isHex, HTTPSyntax.isFieldValue(line) else { throw HTTPRefusal(400, "malformed chunk size") }
    let rest = line.dropFirst(digits.count).drop { $0 == 0x20 || $0 == 0x09 }
    guard rest.isEmpty || rest.first == UInt8(ascii: ";") else { throw HTTPRefusal(400, "malformed chunk size") }
    guard let size = Int(String(decoding: digits, as: UTF8.self), radix: 16), size <= maximumBodyBytes - body.count
    else {
      throw HTTPRefusal(413, "body too large")
    }
    return size
  }
}
