// Reads the strip that a frame carries, as a test of somebody's client would, and a picture's bytes.
@testable import TalkingAvatar

extension FrameStrip {
  /// Luma from here on counts as white; black is 16, white 235.
  private static let threshold = 125

  /// Reads 64 bits; nil where sync or checksum do not fit.
  init?(bits: UInt64) {
    let payload = bits >> 8
    guard payload >> 52 == Self.sync, Self.checksum(payload) == UInt8(truncatingIfNeeded: bits) else { return nil }
    self.init(
      frameNumber: UInt32(truncatingIfNeeded: payload >> 32), wallClock: UInt64(UInt32(truncatingIfNeeded: payload)))
  }

  /// Reads the strip of a picture that may have been through a codec; nil where there is none.
  init?(reading picture: Picture) {
    var bits: UInt64 = 0
    for index in 0..<(Self.columns * Self.rows) {
      let cell = Self.cell(index, in: picture.size)
      let (insetX, insetY) = (cell.width / 4, cell.height / 4)
      var sum = 0
      var count = 0
      for y in (cell.top + insetY)..<(cell.bottom - insetY) {
        for x in (cell.left + insetX)..<max(cell.left + insetX + 1, cell.right - insetX) {
          sum += Int(picture.luma(x: x, y: y))
          count += 1
        }
      }
      bits = bits << 1 | (sum >= Self.threshold * count ? 1 : 0)
    }
    self.init(bits: bits)
  }
}

extension Picture {
  /// A copy of all bytes: Y, U, V.
  var bytes: [UInt8] { Array(storage) }
}
