// The numbers of a WAV file.

extension [UInt8] {
  /// The number in `count` bytes from `position` on, the lowest byte first; all of them are there.
  func littleEndian(at position: Int, count: Int) -> Int {
    (0..<count).reduce(0) { $0 | Int(self[position + $1]) << (8 * $1) }
  }
}
