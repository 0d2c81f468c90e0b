// Tests that a long body is read in a time that grows with its length.
import TestSupport
import Testing
import Wire

@Suite struct RequestBodyTests {
  private static let part = [UInt8](repeating: 0x20, count: 4096)

  /// The shortest of a few: what else the machine does only adds.
  private func time(ofParts count: Int) throws -> Duration {
    try (0..<3).map { _ in
      var reader = RequestReader(maximumHeaderBytes: 1024, maximumBodyBytes: .max)
      let length = count * Self.part.count
      reader.append(Array("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: \(length)\r\n\r\n".utf8).span)
      guard case .head = reader.next() else { throw Unread() }
      reader.admit(bodyUpTo: length)
      var body: [UInt8]?
      let time = ProcessorTime.measure {
        for _ in 0..<count {
          reader.append(Self.part.span)
          if case .request(_, let whole) = reader.next() { body = whole }
        }
      }
      #expect(body?.count == length)
      return time
    }.min() ?? .zero
  }

  private struct Unread: Error {}

  /// Sixteen times as long: 16 times where a part is added to what is there, 256 times where all is copied for each part.
  @Test func timeGrowsWithTheLength() throws {
    let (short, long) = (try time(ofParts: 256), try time(ofParts: 4096))
    #expect(long < short * 64, "\(short) for 1 MiB, \(long) for 16 MiB")
  }
}
