// Sends the media of a peer: packets, reports, retransmissions, all protected.
import Basics

/// Both tracks with their reports. Confined to the peer.
final class MediaSender {
  /// The longest datagram: room for headers, protection and IPv6 below 1280 bytes.
  static let maximumDatagramBytes = 1200
  /// RTP header, extensions (mid of up to 16 bytes and send time, in whole words), tag, and the number in a
  /// retransmission.
  private static let overheadBytes = 12 + 28 + 16 + 2
  static let maximumPayloadBytes = maximumDatagramBytes - overheadBytes
  /// RFC 3550 section 6.2 with the shorter interval that lip-sync wants.
  static let reportInterval = Duration.seconds(1)
  /// When what is played has moved by more against the clock, reports follow it.
  private static let maximumDrift = Duration.milliseconds(200)

  private let session: SrtpSession
  private let cname: String
  private(set) var audio: RtpSender?
  private(set) var video: RtpSender?
  private var framing: VideoFraming?
  /// A media time and the moment that it belongs to, the same for both tracks.
  private var anchor: (media: Duration, instant: MonotonicInstant)?
  private var lastReport: MonotonicInstant?

  private enum VideoFraming {
    case vp8(VP8Packetizer)
    case h264
  }

  init(_ session: SrtpSession, _ description: PeerDescription, _ answer: PeerAnswer) {
    self.session = session
    cname = description.cname
    var random = SystemRandomNumberGenerator()
    if let offered = description.audio, let extensions = answer.audio {
      audio = RtpSender(
        ssrc: offered.ssrc, clockRate: 48_000, mid: offered.mid, payloadType: offered.payloadType,
        extensions: extensions, random: &random)
    }
    if let offered = description.video, let accepted = answer.video {
      let format = accepted.format
      let again =
        accepted.hasRetransmission ? (offered.retransmissionSSRC, format.retransmissionPayloadType) : (nil, nil)
      video = RtpSender(
        ssrc: offered.ssrc, clockRate: 90_000, mid: offered.mid, payloadType: format.payloadType,
        extensions: accepted.extensions,
        retransmission: again.0.flatMap { ssrc in again.1.map { .init(ssrc: ssrc, payloadType: $0) } },
        random: &random)
      framing = format.codec == .h264 ? .h264 : .vp8(VP8Packetizer(firstPicture: .random(in: 0...0x7FFF)))
    }
  }

  /// The datagrams of an audio packet.
  func sendAudio(_ packet: [UInt8], at media: Duration, now: MonotonicInstant) -> [[UInt8]] {
    guard var sender = audio, !packet.isEmpty, packet.count <= Self.maximumPayloadBytes else { return [] }
    let packets = sender.packets(of: [packet], at: media, marksLast: !sender.hasSent)
    audio = sender
    settle(media, now)
    return packets.compactMap { protect($0, of: sender, now) }
  }

  /// The datagrams of a video frame.
  func sendVideo(_ frame: [UInt8], at media: Duration, now: MonotonicInstant) -> [[UInt8]] {
    guard var sender = video, let framing else { return [] }
    let payloads: [[UInt8]]
    switch framing {
    case .vp8(var packetizer):
      payloads = packetizer.payloads(of: frame, limit: Self.maximumPayloadBytes)
      self.framing = .vp8(packetizer)
    case .h264: payloads = H264Packetizer.payloads(of: frame, limit: Self.maximumPayloadBytes)
    }
    let packets = sender.packets(of: payloads, at: media, marksLast: true)
    video = sender
    settle(media, now)
    return packets.compactMap { protect($0, of: sender, now) }
  }

  /// The datagrams of what is asked for again.
  func resend(_ sequences: [UInt16], ssrc: UInt32, now: MonotonicInstant) -> [[UInt8]] {
    if ssrc == video?.ssrc { return Self.resend(sequences, of: &video, now) { protect($0, of: $1, now) } }
    if ssrc == audio?.ssrc { return Self.resend(sequences, of: &audio, now) { protect($0, of: $1, now) } }
    return []
  }

  private static func resend(
    _ sequences: [UInt16], of track: inout RtpSender?, _ now: MonotonicInstant,
    protect: (RtpPacket, RtpSender) -> [UInt8]?
  ) -> [[UInt8]] {
    guard var sender = track else { return [] }
    let packets = sequences.compactMap { sender.again($0, now: now) }
    track = sender
    return packets.compactMap { protect($0, sender) }
  }

  /// The sender reports that are due.
  func reports(now: MonotonicInstant) -> [[UInt8]] {
    guard let anchor, lastReport.map({ $0.duration(to: now) >= Self.reportInterval }) ?? true else { return [] }
    lastReport = now
    let media = anchor.media + anchor.instant.duration(to: now)
    return [audio, video].compactMap { $0 }.filter(\.hasSent).compactMap { sender in
      session.protect(
        rtcp: RtcpWriter.senderReport(
          ssrc: sender.ssrc, ntp: NetworkTime.ntp(now), timestamp: sender.timestamp(at: media),
          packets: UInt32(truncatingIfNeeded: sender.statistics.packets), octets: sender.octets, cname: cname))
    }
  }

  /// The datagram that ends both tracks.
  func goodbye() -> [UInt8]? {
    let ssrcs = [audio, video].compactMap { $0 }.filter(\.hasSent).map(\.ssrc)
    return ssrcs.isEmpty ? nil : session.protect(rtcp: RtcpWriter.goodbye(ssrcs: ssrcs, cname: cname))
  }

  func take(_ block: RtcpReportBlock) {
    let loss = Double(block.fractionLost) / 256
    if block.ssrc == video?.ssrc { video?.setLoss(loss) }
    if block.ssrc == audio?.ssrc { audio?.setLoss(loss) }
  }

  private func protect(_ packet: RtpPacket, of sender: RtpSender, _ now: MonotonicInstant) -> [UInt8]? {
    session.protect(
      rtp: packet.encoded(
        sender.extensions, mid: sender.mid, absoluteSendTime: NetworkTime.absoluteSendTime(now)))
  }

  private func settle(_ media: Duration, _ now: MonotonicInstant) {
    if let anchor {
      let drift = media - (anchor.media + anchor.instant.duration(to: now))
      if drift < Self.maximumDrift && drift > .zero - Self.maximumDrift { return }
      // The timestamps have jumped: receivers have to hear of it soon.
      lastReport = nil
    }
    anchor = (media, now)
  }
}

/// The 64-bit format of RFC 3550 section 4. Only differences mean something: the clock's start is not a known moment.
enum NetworkTime {
  /// Far from zero, as receivers take a small value for a missing one.
  private static let start: UInt64 = 3_900_000_000

  static func ntp(_ instant: MonotonicInstant) -> UInt64 {
    let (seconds, attoseconds) = instant.sinceStart.components
    let fraction = UInt64(attoseconds / 1_000_000_000) << 32 / 1_000_000_000
    return (start &+ UInt64(seconds)) << 32 | fraction & 0xFFFF_FFFF
  }

  /// The middle half of ``ntp(_:)``.
  static func middle(_ instant: MonotonicInstant) -> UInt32 { UInt32(truncatingIfNeeded: ntp(instant) >> 16) }

  /// Six bits of seconds and 18 of their fraction, as abs-send-time has them.
  static func absoluteSendTime(_ instant: MonotonicInstant) -> UInt32 {
    UInt32(truncatingIfNeeded: ntp(instant) >> 14) & 0xFF_FFFF
  }
}
