// The bounds of what is told again.
import Signaling
import Testing

@testable import Relay

@Suite struct EventBufferTests {
  @Test("So many events are kept, and a gap is seen")
  func count() {
    var buffer = EventBuffer(maximumCount: 3, maximumBytes: 10_000)
    #expect(buffer.events(after: 0)?.isEmpty == true)
    for seq in 1...5 { #expect(buffer.append(.state(.live)) == Int64(seq)) }
    #expect(buffer.count == 3)
    #expect(buffer.events(after: 1) == nil)
    #expect(buffer.events(after: 2)?.map(\.seq) == [3, 4, 5])
    #expect(buffer.events(after: 5)?.isEmpty == true)
    #expect(buffer.events(after: 6) == nil)
    #expect(buffer.events(after: .max) == nil)
  }

  @Test("So many bytes are kept, whatever one event takes")
  func bytes() {
    var buffer = EventBuffer(maximumCount: 100, maximumBytes: 1000)
    for _ in 1...5 { _ = buffer.append(.candidate(.sample(String(repeating: "c", count: 200)))) }
    #expect(buffer.bytes <= 1000)
    #expect(buffer.events(after: 2)?.map(\.seq) == [3, 4, 5])
    #expect(buffer.events(after: 1) == nil)
    _ = buffer.append(.candidate(.sample(String(repeating: "c", count: 2000))))
    #expect(buffer.count == 0)
    #expect(buffer.bytes == 0)
    #expect(buffer.events(after: 5) == nil)
    #expect(buffer.events(after: 6)?.isEmpty == true)
  }

  @Test("Inherited numbers are not trusted until the client said how far it came")
  func inherited() {
    var buffer = EventBuffer(maximumCount: 10, maximumBytes: 10_000, inheriting: 5)
    #expect(buffer.append(.state(.closing)) == 6)
    #expect(buffer.events(after: 5) == nil)
    buffer.skip(to: 9)
    #expect(buffer.lastSeq == 9)
    #expect(buffer.events(after: 6) == nil)
    #expect(buffer.append(.state(.closed)) == 10)
    #expect(buffer.events(after: 9)?.map(\.seq) == [10])
    buffer.skip(to: 3)
    #expect(buffer.lastSeq == 10)
  }
}
