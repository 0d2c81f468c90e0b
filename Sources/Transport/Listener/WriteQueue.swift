// Holds the bytes that wait to be written to a connection.

/// Blocks of bytes in order. A block is a frame or a response: what was begun has to be finished. Several small blocks
/// are written at once, since each write costs a system call and wakes the other side.
struct WriteQueue {
  /// What a block costs beside its bytes: the place where it ends, in an array that has room to grow.
  static let blockOverhead = 2 * MemoryLayout<Int>.size

  /// What waits, after ``offset`` bytes that were written.
  private var bytes: [UInt8] = []
  private var offset = 0
  /// Where in ``bytes`` the blocks end that wait.
  private var ends: [Int] = []
  /// Whether some bytes of the first of them were written.
  private var isFirstBegun = false
  /// Which of the waiting blocks is the latest pong.
  private var pong: Int?

  /// Written bytes are dropped when there are more of them than this, and than of those that wait.
  private static let compactionBytes = 64 * 1024

  var byteCount: Int { bytes.count - offset }
  var isEmpty: Bool { byteCount == 0 }
  /// The memory that waits with the bytes, which is what is bounded: many small blocks cost more than they hold.
  var cost: Int { byteCount + ends.count * Self.blockOverhead }

  mutating func append(_ block: [UInt8]) {
    guard !block.isEmpty else { return }
    if bytes.isEmpty { bytes = block } else { bytes.append(contentsOf: block) }
    ends.append(bytes.count)
  }

  /// Adds a pong, or puts it in the place of one that waits: only the latest ping has to be answered (RFC 6455 section
  /// 5.5.3).
  mutating func appendPong(_ block: [UInt8]) {
    guard let pong, pong > 0 || !isFirstBegun else {
      pong = ends.count
      return append(block)
    }
    let waiting = (pong == 0 ? offset : ends[pong - 1])..<ends[pong]
    bytes.replaceSubrange(waiting, with: block)
    guard block.count != waiting.count else { return }
    for index in pong..<ends.count { ends[index] += block.count - waiting.count }
  }

  /// Gives at most that many bytes to `body`, which says how many of them it took.
  mutating func writeNext(_ maximum: Int, _ body: (UnsafeMutableRawBufferPointer) -> Int) {
    guard !isEmpty else { return }
    let range = offset..<offset + Swift.min(maximum, byteCount)
    let taken = bytes.withUnsafeMutableBytes { body(UnsafeMutableRawBufferPointer(rebasing: $0[range])) }
    guard taken > 0 else { return }
    offset += taken
    guard !isEmpty else { return clear() }
    let written = ends.prefix { $0 <= offset }
    isFirstBegun = written.last != offset
    ends.removeFirst(written.count)
    pong = pong.flatMap { $0 < written.count ? nil : $0 - written.count }
    if offset > Swift.max(Self.compactionBytes, byteCount) { compact() }
  }

  /// Drops every block of which nothing was written yet.
  mutating func dropUnbegun() {
    guard isFirstBegun, let end = ends.first else { return clear() }
    bytes.removeSubrange(end...)
    ends = [end]
    pong = nil
  }

  private mutating func clear() { self = WriteQueue() }

  private mutating func compact() {
    bytes.removeFirst(offset)
    ends = ends.map { $0 - offset }
    offset = 0
  }
}
