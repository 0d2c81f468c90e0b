// The packets that may be asked for again.

/// The last packets of one track.
struct RetransmissionRing {
  /// 5 to 10 seconds of video of 1 Mbit/s.
  static let capacity = 512

  private var packets: [RtpPacket?] = []

  mutating func append(_ packet: RtpPacket) {
    // Room is made when a first packet is sent.
    if packets.isEmpty { packets = [RtpPacket?](repeating: nil, count: Self.capacity) }
    packets[Int(packet.sequence) % Self.capacity] = packet
  }

  func packet(_ sequence: UInt16) -> RtpPacket? {
    guard !packets.isEmpty, let packet = packets[Int(sequence) % Self.capacity], packet.sequence == sequence else {
      return nil
    }
    return packet
  }
}
