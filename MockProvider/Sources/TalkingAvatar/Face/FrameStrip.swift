// Writes the number and the time of a frame into its picture, for tests to read.

/// 64 bits as black and white cells along the bottom of a picture, two rows of 32, the most significant bit first, at
/// the upper left: 4 bits 1010, 20 bits frame number, 32 bits time of sending (milliseconds since 1970), 8 bits CRC.
///
/// A cell is a thirty-second of the width wide and `max(8, height / 60)` high, rounded up to an even number. Large flat
/// cells are what a codec keeps best. `docs/mock.md` has the same for readers in other languages.
public struct FrameStrip: Sendable, Hashable {
  /// Cells in a row.
  public static let columns = 32
  static let rows = 2
  /// The first four bits.
  static let sync: UInt64 = 0b1010

  /// The frame's number modulo 2^20.
  public let frameNumber: UInt32
  /// Milliseconds since 1970 modulo 2^32.
  public let sendTime: UInt32

  public init(frameNumber: UInt32, wallClock: UInt64) {
    self.frameNumber = frameNumber & 0xF_FFFF
    sendTime = UInt32(truncatingIfNeeded: wallClock)
  }

  /// The height of a cell in a picture, in pixels.
  public static func cellHeight(in size: PictureSize) -> Int {
    let height = max(8, (size.height + 59) / 60)
    return (height + 1) & ~1
  }

  /// Where the strip is.
  static func area(in size: PictureSize) -> Rectangle {
    let height = rows * cellHeight(in: size)
    return Rectangle(left: 0, top: size.height - height, right: size.width, bottom: size.height)
  }

  /// The 64 bits.
  var bits: UInt64 {
    let payload = Self.sync << 52 | UInt64(frameNumber) << 32 | UInt64(sendTime)
    return payload << 8 | UInt64(Self.checksum(payload))
  }

  /// CRC-8 with polynomial 0x07 and initial value 0 over the 7 bytes of the payload, most significant first.
  static func checksum(_ payload: UInt64) -> UInt8 {
    var remainder: UInt8 = 0
    for shift in stride(from: UInt64(48), through: 0, by: -8) {
      remainder ^= UInt8(truncatingIfNeeded: payload >> shift)
      for _ in 0..<8 { remainder = remainder & 0x80 != 0 ? remainder << 1 ^ 0x07 : remainder << 1 }
    }
    return remainder
  }

  /// Writes the strip over the bottom of a picture.
  public func paint(into picture: Picture) {
    picture.fill(Self.area(in: picture.size), .black)
    for index in 0..<(Self.columns * Self.rows) where bits >> UInt64(63 - index) & 1 == 1 {
      picture.luma.fill(Ink.white.luma, in: Self.cell(index, in: picture.size))
    }
  }

  /// The place of a bit. Where the width is no multiple of 32, cells begin at the nearest pixel below.
  static func cell(_ index: Int, in size: PictureSize) -> Rectangle {
    let (row, column) = (index / columns, index % columns)
    let height = cellHeight(in: size)
    let top = size.height - (rows - row) * height
    return Rectangle(
      left: column * size.width / columns, top: top, right: (column + 1) * size.width / columns, bottom: top + height)
  }
}
