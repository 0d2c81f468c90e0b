// One outgoing track.
import Timekeeping

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
