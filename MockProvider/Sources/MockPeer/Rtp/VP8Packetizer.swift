// Cuts VP8 frames into RTP payloads.

/// RFC 7741 with a 15-bit picture number, which lets a receiver see lost frames.
struct VP8Packetizer {
  private static let descriptorBytes = 4
  private(set) var picture: UInt16

  init(firstPicture: UInt16) { picture = firstPicture & 0x7FFF }

  /// - Parameter limit: bytes of a payload.
  mutating func payloads(of frame: [UInt8], limit: Int) -> [[UInt8]] {
    guard !frame.isEmpty else { return [] }
    let room = limit - Self.descriptorBytes
    let count = (frame.count + room - 1) / room
    // Parts of nearly the same size, so that the last is no small leftover.
    let payloads = (0..<count).map { index in
      let range = (frame.count * index / count)..<(frame.count * (index + 1) / count)
      // X, and S on the first part of partition 0; then I; then M and the number.
      let first: UInt8 = index == 0 ? 0x90 : 0x80
      return [first, 0x80, 0x80 | UInt8(picture >> 8), UInt8(picture & 0xFF)] + frame[range]
    }
    picture = (picture + 1) & 0x7FFF
    return payloads
  }
}
