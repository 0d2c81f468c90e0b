// What waits to be written to a connection.

/// Byte blocks in order. A block is a frame or a response: what was begun has to be finished.
struct WriteQueue {
  private var blocks: [[UInt8]] = []
  private var first = 0
  private var offset = 0
  private(set) var byteCount = 0

  var isEmpty: Bool { byteCount == 0 }

  mutating func append(_ block: [UInt8]) {
    guard !block.isEmpty else { return }
    blocks.append(block)
    byteCount += block.count
  }

  /// Gives at most that many bytes of the first block to `body`, which says how many of them it took.
  mutating func writeNext(_ maximum: Int, _ body: (UnsafeMutableRawBufferPointer) -> Int) {
    guard !isEmpty else { return }
    let start = offset
    let count = Swift.min(maximum, blocks[first].count - start)
    let taken = blocks[first].withUnsafeMutableBytes { bytes in
      body(UnsafeMutableRawBufferPointer(rebasing: bytes[start..<start + count]))
    }
    offset += taken
    byteCount -= taken
    guard offset == blocks[first].count else { return }
    blocks[first] = []
    first += 1
    offset = 0
    if first == blocks.count {
      blocks = []
      first = 0
    } else if first >= 64 {
      blocks.removeFirst(first)
      first = 0
    }
  }

  /// Drops every block of which nothing was written yet.
  mutating func dropUnbegun() {
    guard !isEmpty else { return }
    let begun = offset > 0 ? [blocks[first]] : []
    byteCount = begun.isEmpty ? 0 : begun[0].count - offset
    blocks = begun
    first = 0
  }
}
