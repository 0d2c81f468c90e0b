// Writes RTCP.

/// Sender reports, source descriptions and goodbyes (RFC 3550 section 6).
enum RtcpWriter {
  /// A compound packet that says which timestamp belongs to which moment, and whose track it is.
  static func senderReport(
    ssrc: UInt32, ntp: UInt64, timestamp: UInt32, packets: UInt32, octets: UInt32, cname: String
  ) -> [UInt8] {
    var bytes: [UInt8] = [0x80, 200]
    bytes.append(uint16: 6)
    bytes.append(uint32: ssrc)
    bytes.append(uint32: UInt32(ntp >> 32))
    bytes.append(uint32: UInt32(ntp & 0xFFFF_FFFF))
    bytes.append(uint32: timestamp)
    bytes.append(uint32: packets)
    bytes.append(uint32: octets)
    return bytes + description(ssrc: ssrc, cname: cname)
  }

  /// A compound packet that ends tracks: an empty receiver report, a description, a goodbye.
  static func goodbye(ssrcs: [UInt32], cname: String) -> [UInt8] {
    guard let first = ssrcs.first else { return [] }
    var bytes: [UInt8] = [0x80, 201]
    bytes.append(uint16: 1)
    bytes.append(uint32: first)
    bytes += description(ssrc: first, cname: cname)
    bytes += [0x80 | UInt8(ssrcs.count), 203]
    bytes.append(uint16: UInt16(ssrcs.count))
    for ssrc in ssrcs { bytes.append(uint32: ssrc) }
    return bytes
  }

  /// RFC 3550 section 6.5: one chunk with a CNAME, ended by a zero and filled to whole words.
  private static func description(ssrc: UInt32, cname: String) -> [UInt8] {
    let name = Array(cname.utf8.prefix(255))
    var chunk: [UInt8] = []
    chunk.append(uint32: ssrc)
    chunk += [1, UInt8(name.count)] + name
    chunk += [UInt8](repeating: 0, count: 4 - chunk.count % 4)
    var bytes: [UInt8] = [0x81, 202]
    bytes.append(uint16: UInt16(chunk.count / 4))
    return bytes + chunk
  }
}
