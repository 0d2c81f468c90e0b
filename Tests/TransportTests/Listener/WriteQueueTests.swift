// What waits to be written: the order of blocks, the one pong among them, and what it all costs.
import Testing
import TestSupport

@testable import Transport

@Suite struct WriteQueueTests {
  /// Takes everything, so many bytes at a time.
  private func drain(_ queue: inout WriteQueue, by count: Int) -> [UInt8] {
    var all: [UInt8] = []
    while !queue.isEmpty { queue.writeNext(count) { all += $0; return $0.count } }
    return all
  }

  @Test func theLatestPongTakesThePlaceOfTheOneThatWaits() {
    for count in [1, 3, 100] {
      var queue = WriteQueue()
      queue.append([1, 1])
      queue.appendPong([7])
      queue.append([2, 2])
      queue.appendPong([8, 8, 8])
      queue.append([3])
      queue.appendPong([9, 9])
      #expect(queue.cost == 7 + 4 * WriteQueue.blockOverhead)
      #expect(drain(&queue, by: count) == [1, 1, 9, 9, 2, 2, 3])
      #expect(queue.cost == 0)
    }
  }

  @Test func aPongThatWasBegunIsFinished() {
    var queue = WriteQueue()
    queue.appendPong([7, 7, 7])
    queue.append([1])
    queue.writeNext(2) { _ in 2 }
    queue.appendPong([8, 8])
    queue.appendPong([9])
    #expect(drain(&queue, by: 100) == [7, 1, 9])
    queue.appendPong([7])
    #expect(drain(&queue, by: 100) == [7])
  }

  @Test func aPongIsDroppedWithTheRest() {
    var queue = WriteQueue()
    queue.append([1, 1])
    queue.writeNext(1) { _ in 1 }
    queue.appendPong([7])
    queue.dropUnbegun()
    queue.appendPong([8])
    queue.appendPong([9])
    #expect(drain(&queue, by: 100) == [1, 9])
  }

  /// Against a list of blocks that does the same in the plainest way.
  @Test func anyOrderOfThingsGivesTheSameAsAPlainList() {
    for seed in 0..<300 {
      var random = SplitMix(seed: UInt64(seed))
      var queue = WriteQueue()
      var list: [(bytes: [UInt8], isPong: Bool, isBegun: Bool)] = []
      var (written, expected): ([UInt8], [UInt8]) = ([], [])
      for step in 0..<200 {
        let block = [UInt8](repeating: UInt8(step), count: Int.random(in: 1...40, using: &random))
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<3:
          queue.append(block)
          list.append((block, false, false))
        case 3..<6:
          queue.appendPong(block)
          if let index = list.lastIndex(where: { $0.isPong && !$0.isBegun }) {
            list[index].bytes = block
          } else {
            list.append((block, true, false))
          }
        case 6:
          queue.dropUnbegun()
          list.removeAll { !$0.isBegun }
        default:
          var count = Int.random(in: 1...60, using: &random)
          queue.writeNext(count) { written += $0; return $0.count }
          while count > 0, let first = list.first {
            let part = first.bytes.prefix(count)
            expected += part
            count -= part.count
            if part.count == first.bytes.count { list.removeFirst() } else {
              list[0] = (Array(first.bytes.dropFirst(part.count)), first.isPong, true)
            }
          }
        }
        #expect(queue.byteCount == list.reduce(0) { $0 + $1.bytes.count }, "seed \(seed), step \(step)")
      }
      #expect(written == expected, "seed \(seed)")
    }
  }
}
