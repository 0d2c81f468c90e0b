// Compares pictures.
import Foundation

@testable import TalkingAvatar

extension Picture {
  /// PSNR of luma in decibels; 99 for equal pictures.
  func peakSignalToNoise(_ other: Picture) -> Double {
    let count = size.width * size.height
    let squares = (0..<count).reduce(0) { sum, index in
      let difference = Int(storage[index]) - Int(other.storage[index])
      return sum + difference * difference
    }
    return squares == 0 ? 99 : 10 * log10(255 * 255 * Double(count) / Double(squares))
  }

  /// Pixels of luma that differ by more than a little.
  func differences(_ other: Picture, in area: Rectangle? = nil, by least: Int = 8) -> Int {
    let area = (area ?? Rectangle(left: 0, top: 0, right: size.width, bottom: size.height)).clipped(to: size)
    var count = 0
    for y in area.top..<area.bottom {
      for x in area.left..<area.right where abs(Int(luma.row(y)[x]) - Int(other.luma.row(y)[x])) >= least { count += 1 }
    }
    return count
  }

  /// Blocks of other greys for each seed, with a fine grain that an encoder can leave out.
  func fillWithNoise(seed: UInt64) {
    for y in 0..<size.height {
      for x in 0..<size.width {
        var block = StableHash(seed, UInt64(y / 16 * 1_000 + x / 16))
        var grain = StableHash(seed &+ 1, UInt64(y * 10_000 + x))
        luma.row(y)[x] = UInt8(60 + block.next() % 100 + grain.next() % 16)
      }
    }
  }
}

extension FaceMoment {
  /// Frame `number` of somebody who speaks, at 25 frames a second.
  static func speaking(_ number: Int) -> FaceMoment {
    let words = ["The ", "quick ", "brown ", "fox ", "jumps ", "over ", "the ", "lazy ", "dog."].enumerated()
      .map { Speech.WordCue(start: .milliseconds($0.offset * 200), text: $0.element) }
    return FaceMoment(
      frameNumber: UInt32(number), elapsed: .milliseconds(number * 40),
      wallClock: 1_795_000_000_000 + UInt64(number * 40),
      mouth: MouthShape(openness: Float(number % 5) / 4, spread: Float(number % 3) - 1),
      talk: .speaking(words: words, current: number / 5 % words.count))
  }
}
