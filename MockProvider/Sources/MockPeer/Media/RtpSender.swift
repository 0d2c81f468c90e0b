// Numbers and times the packets of one outgoing track, and keeps those that may be asked for again (RFC 3550).
import Basics

/// Numbers, stamps and remembers the packets of a track. Pure: payloads in, packets out.
struct RtpSender {
  /// How often one packet may be sent again: not more than once in this time, whatever is asked.
  static let retransmissionInterval = Duration.milliseconds(20)

  let ssrc: UInt32
  let clockRate: Int
  let mid: String
  let payloadType: UInt8
  let extensions: PeerHeaderExtensions
  /// Where and as what packets are sent again (RFC 4588); nil to send them as they were.
  let retransmission: Retransmission?
  private(set) var statistics = PeerStatistics.Track()

  struct Retransmission: Hashable {
    let ssrc: UInt32
    let payloadType: UInt8
  }

  private var sequence: UInt16
  private let firstTimestamp: UInt32
  private var retransmissionSequence: UInt16
  private var ring = RetransmissionRing()
  private var lastResent: [UInt16: MonotonicInstant] = [:]
  /// Counts of RTCP sender reports, which wrap around.
  private(set) var octets: UInt32 = 0

  init(
    ssrc: UInt32, clockRate: Int, mid: String, payloadType: UInt8, extensions: PeerHeaderExtensions,
    retransmission: Retransmission? = nil, random: inout some RandomNumberGenerator
  ) {
    self.ssrc = ssrc
    self.clockRate = clockRate
    self.mid = mid
    self.payloadType = payloadType
    self.extensions = extensions
    self.retransmission = retransmission
    // RFC 3550 section 5.1: random; the lower half, so that SRTP's rollover counter starts without doubt.
    sequence = UInt16.random(in: 0..<0x8000, using: &random)
    retransmissionSequence = UInt16.random(in: 0..<0x8000, using: &random)
    firstTimestamp = UInt32.random(in: 0...UInt32.max, using: &random)
  }

  var hasSent: Bool { statistics.packets > 0 }

  /// The timestamp of a media time.
  func timestamp(at media: Duration) -> UInt32 {
    let (seconds, attoseconds) = media.components
    let part = attoseconds / 1_000_000_000 * Int64(clockRate) / 1_000_000_000
    return firstTimestamp &+ UInt32(truncatingIfNeeded: seconds * Int64(clockRate) + part)
  }

  /// Makes the packets of one frame; the last of video is marked.
  mutating func packets(of payloads: [[UInt8]], at media: Duration, marksLast: Bool) -> [RtpPacket] {
    let timestamp = timestamp(at: media)
    if !payloads.isEmpty { statistics.frames += 1 }
    return payloads.enumerated().map { index, payload in
      let packet = RtpPacket(
        payloadType: payloadType, isMarked: marksLast && index == payloads.count - 1, sequence: sequence,
        timestamp: timestamp, ssrc: ssrc, payload: payload)
      sequence &+= 1
      ring.append(packet)
      statistics.packets += 1
      statistics.bytes += UInt64(payload.count)
      octets &+= UInt32(payload.count)
      return packet
    }
  }

  /// A packet that was asked for again; nil when it is forgotten, or was resent a moment ago.
  mutating func again(_ number: UInt16, now: MonotonicInstant) -> RtpPacket? {
    guard let packet = ring.packet(number) else { return nil }
    if let last = lastResent[number], last.duration(to: now) < Self.retransmissionInterval { return nil }
    if lastResent.count >= RetransmissionRing.capacity { lastResent.removeAll(keepingCapacity: true) }
    lastResent[number] = now
    statistics.retransmitted += 1
    guard let retransmission else { return packet }
    var payload: [UInt8] = []
    payload.append(uint16: packet.sequence)
    defer { retransmissionSequence &+= 1 }
    return RtpPacket(
      payloadType: retransmission.payloadType, isMarked: packet.isMarked, sequence: retransmissionSequence,
      timestamp: packet.timestamp, ssrc: retransmission.ssrc, payload: payload + packet.payload)
  }

  mutating func setLoss(_ loss: Double) { statistics.loss = loss }
}

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
