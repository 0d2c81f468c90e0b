// RTP packets, without their protection.

/// A packet that was sent and may be sent again (RFC 3550 section 5.1).
struct RtpPacket: Hashable {
  let payloadType: UInt8
  let isMarked: Bool
  let sequence: UInt16
  let timestamp: UInt32
  let ssrc: UInt32
  let payload: [UInt8]

  /// - Parameter absoluteSendTime: 24 bits, when the extension was accepted.
  func encoded(_ extensions: PeerHeaderExtensions, mid: String, absoluteSendTime: UInt32) -> [UInt8] {
    let elements = Self.elements(extensions, mid: mid, absoluteSendTime: absoluteSendTime)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(payload.count + elements.count + 16 + 160)
    bytes.append(elements.isEmpty ? 0x80 : 0x90)
    bytes.append(isMarked ? payloadType | 0x80 : payloadType)
    bytes.append(uint16: sequence)
    bytes.append(uint32: timestamp)
    bytes.append(uint32: ssrc)
    if !elements.isEmpty {
      bytes.append(uint16: 0xBEDE)
      bytes.append(uint16: UInt16(elements.count / 4))
      bytes += elements
    }
    return bytes + payload
  }

  /// The one-byte form of RFC 8285 section 4.2, padded to whole words.
  private static func elements(
    _ extensions: PeerHeaderExtensions, mid: String, absoluteSendTime: UInt32
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    if let id = extensions.mid {
      let name = mid.utf8.prefix(16)
      if !name.isEmpty {
        bytes.append(id << 4 | UInt8(name.count - 1))
        bytes += name
      }
    }
    if let id = extensions.absoluteSendTime {
      bytes.append(id << 4 | 2)
      bytes += [
        UInt8(absoluteSendTime >> 16 & 0xFF), UInt8(absoluteSendTime >> 8 & 0xFF), UInt8(absoluteSendTime & 0xFF),
      ]
    }
    return bytes + [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4)
  }
}
