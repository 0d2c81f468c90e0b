// Cuts compressed pictures into RTP payloads: H.264 (RFC 6184) and VP8 (RFC 7741).

/// RFC 6184 in packetization mode 1: single NAL units, STAP-A for small ones, FU-A for large ones.
enum H264Packetizer {
  /// - Parameters:
  ///   - frame: NAL units after start codes (ITU-T H.264 annex B).
  ///   - limit: bytes of a payload.
  static func payloads(of frame: [UInt8], limit: Int) -> [[UInt8]] {
    var payloads: [[UInt8]] = []
    var group: [ArraySlice<UInt8>] = []
    var groupBytes = 1
    func endGroup() {
      if group.count == 1 { payloads.append(Array(group[0])) }
      if group.count > 1 { payloads.append(aggregate(group)) }
      group = []
      groupBytes = 1
    }
    for unit in units(of: frame) {
      if groupBytes + 2 + unit.count > limit { endGroup() }
      if 3 + unit.count <= limit {
        group.append(unit)
        groupBytes += 2 + unit.count
      } else if unit.count <= limit {
        payloads.append(Array(unit))
      } else {
        payloads += fragments(of: unit, limit: limit)
      }
    }
    endGroup()
    return payloads
  }

  /// The NAL units between start codes of three or four bytes.
  static func units(of frame: [UInt8]) -> [ArraySlice<UInt8>] {
    var units: [ArraySlice<UInt8>] = []
    var start: Int?
    var index = 0
    while index + 2 < frame.count {
      guard frame[index] == 0, frame[index + 1] == 0, frame[index + 2] == 1 else {
        // A start code cannot begin before a byte greater than one.
        index += frame[index + 2] > 1 ? 3 : 1
        continue
      }
      if let start { append(frame[start..<index], to: &units) }
      start = index + 3
      index += 3
    }
    if let start { append(frame[start...], to: &units) }
    return units
  }

  /// Zeros at the end belong to the next start code, or mean nothing.
  private static func append(_ unit: ArraySlice<UInt8>, to units: inout [ArraySlice<UInt8>]) {
    guard let end = unit.lastIndex(where: { $0 != 0 }) else { return }
    units.append(unit[...end])
  }

  /// RFC 6184 section 5.7.1; the highest importance of all is that of the packet.
  private static func aggregate(_ units: [ArraySlice<UInt8>]) -> [UInt8] {
    let importance = units.map { $0[$0.startIndex] & 0x60 }.max() ?? 0
    var payload: [UInt8] = [importance | 24]
    for unit in units {
      payload.append(uint16: UInt16(unit.count))
      payload += unit
    }
    return payload
  }

  /// RFC 6184 section 5.8.
  private static func fragments(of unit: ArraySlice<UInt8>, limit: Int) -> [[UInt8]] {
    let header = unit[unit.startIndex]
    let body = unit.dropFirst()
    let room = limit - 2
    let count = (body.count + room - 1) / room
    return (0..<count).map { index in
      let start = body.startIndex + body.count * index / count
      let end = body.startIndex + body.count * (index + 1) / count
      let borders: UInt8 = (index == 0 ? 0x80 : 0) | (index == count - 1 ? 0x40 : 0)
      return [header & 0x60 | 28, borders | header & 0x1F] + body[start..<end]
    }
  }
}

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
