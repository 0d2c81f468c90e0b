// Decides what one WebRTC peer does: the far end of a browser's connection, from its offer to its end.
import Basics
import Transport

/// An ICE-lite peer that has made an offer, sends audio and video, and speaks over data channels.
///
/// An actor on its host's event loop: from there `assumeIsolated` calls it without a hop. Nothing is sent before
/// ``accept(answer:)``; after ``close()`` it is silent and tells nothing more.
public actor Peer {
  /// The longest message of a data channel that is sent or received.
  public static let maximumMessageBytes = SctpStack.maximumMessageBytes
  /// What may wait to be sent on all data channels together.
  public static let maximumWaitingBytes = 1024 * 1024

  private enum State {
    case offered
    case answered(String, PeerLink)
    case closed(PeerStatistics)
  }

  public nonisolated var unownedExecutor: UnownedSerialExecutor { switchboard.loop.asUnownedSerialExecutor() }

  private nonisolated let switchboard: PeerSwitchboard
  private let certificate: DtlsCertificate
  private let description: PeerDescription
  private let events: @Sendable (PeerEvent) -> Void
  private let wire: PeerWire
  private var state = State.offered

  /// What the path does to datagrams, from now on.
  public var impairment: Impairment { didSet { wire.set(impairment) } }

  init(
    _ description: PeerDescription, on switchboard: PeerSwitchboard, _ certificate: DtlsCertificate,
    events: @escaping @Sendable (PeerEvent) -> Void
  ) {
    self.description = description
    self.switchboard = switchboard
    self.certificate = certificate
    self.events = events
    impairment = description.impairment
    wire = PeerWire(switchboard, description.impairment)
  }

  var link: PeerLink? { if case .answered(_, let link) = state { link } else { nil } }

  // MARK: Signalling

  /// Takes the browser's answer and starts to listen to it; the same answer again is accepted.
  /// - Throws: ``AnswerError``; another answer can then be tried, unless it is `.answeredBefore` or `.closed`.
  public func accept(answer text: String) throws(AnswerError) {
    switch state {
    case .closed: throw .closed
    case .answered(text, _): return
    case .answered: throw .answeredBefore
    case .offered: break
    }
    let answer = try PeerAnswer(text, to: description)
    let wake: @Sendable () -> Void = { [weak self] in
      guard let peer = self else { return }
      peer.switchboard.loop.execute { peer.assumeIsolated { $0.lookForMessages() } }
    }
    guard let link = PeerLink(answer, description, switchboard, wire, certificate, wake: wake) else { throw .closed }
    state = .answered(text, link)
  }

  /// Takes a candidate of the browser, or nil for the end of candidates. It is only counted: an ICE-lite agent answers
  /// whoever knows its secret, and never resolves a name.
  public func add(candidate: String?) {
    guard let candidate else { return }
    switchboard.counters.remoteCandidates += 1
    // The fifth field is the address (RFC 8839 section 5.1).
    let fields = candidate.split(separator: " ", maxSplits: 5)
    if fields.count > 4, fields[4].lowercased().hasSuffix(".local") { switchboard.counters.namedCandidates += 1 }
  }

  /// What the answer has agreed to; nil before it was accepted.
  public var negotiated: PeerNegotiation? { link?.answer.negotiation }

  /// Numbers so far; they stay after the end.
  public var statistics: PeerStatistics {
    switch state {
    case .offered: PeerStatistics()
    case .answered(_, let link): link.currentStatistics
    case .closed(let last): last
    }
  }

  // MARK: Data channels

  /// Opens an ordered, reliable channel. It can be used at once: what is sent before
  /// ``PeerEvent/channelOpened(_:label:byRemote:)`` waits.
  /// - Throws: ``ChannelError``: `.unavailable` before the answer, or when it has none; `.closed` after the end.
  public func openChannel(label: String) throws(ChannelError) -> ChannelID {
    if case .closed = state { throw .closed }
    guard let link else { throw .unavailable }
    return try link.openChannel(label: label)
  }

  /// Sends text as one message.
  /// - Throws: ``ChannelError``.
  public func send(_ text: String, on channel: ChannelID) throws(ChannelError) { try send(.text(text), on: channel) }

  /// Sends bytes as one message.
  /// - Throws: ``ChannelError``.
  public func send(_ bytes: [UInt8], on channel: ChannelID) throws(ChannelError) {
    try send(.bytes(bytes), on: channel)
  }

  private func send(_ message: ChannelMessage, on channel: ChannelID) throws(ChannelError) {
    guard let link else { throw .closed }
    try link.send(message, on: channel)
  }

  // MARK: Media

  /// Sends a frame of the negotiated codec: VP8 as RFC 6386 has it, H.264 with start codes (annex B).
  /// - Parameters:
  ///   - media: its place on the time line that audio shares.
  /// - Returns: false when it was not sent: not connected, or video was refused.
  @discardableResult
  public func sendVideo(frame: [UInt8], isKeyFrame: Bool, at media: Duration) -> Bool {
    link?.sendVideo(frame, isKeyFrame: isKeyFrame, at: media) ?? false
  }

  /// Sends an Opus packet; Opus needs at most 1275 bytes for 20 ms, and some 80 for speech.
  /// - Parameter media: the time of its first sample, on the time line that video shares.
  /// - Returns: false when it was not sent: not connected, audio was refused, or the packet is too long.
  @discardableResult
  public func sendAudio(packet: [UInt8], at media: Duration) -> Bool {
    link?.sendAudio(packet, at: media) ?? false
  }

  // MARK: End

  /// Ends the connection: SCTP ABORT, RTCP BYE, DTLS close_notify, then silence. Calling it again is harmless.
  public func close() {
    if case .closed = state { return }
    let link = link
    link?.close()
    let last = statistics
    state = .closed(last)
    switchboard.remove(self, username: description.credentials.usernameFragment, paths: link?.paths ?? [])
  }

  // MARK: Called by the switchboard

  func receive(_ datagram: [UInt8], from path: PeerPath) {
    guard let item = wire.receive(datagram, from: path) else { return }
    take(item)
    tell()
  }

  /// - Returns: true while datagrams are held back.
  func tick(now: MonotonicInstant) -> Bool {
    for item in wire.tick(now: now) { take(item) }
    link?.tick(now: now)
    tell()
    return wire.isHolding
  }

  private func lookForMessages() {
    link?.drainSctp()
    tell()
  }

  private func take(_ item: ImpairedPath.Item) {
    guard let first = item.datagram.first else { return }
    if first > 3 {
      link?.receive(item.datagram, from: item.path)
      return
    }
    guard let link, link.state != .ended, !description.faults.contains(.silentStun) else {
      switchboard.counters.unansweredChecks += 1
      return
    }
    guard let message = StunMessage(item.datagram) else { return }
    if let path = link.receive(check: message, item.datagram, from: item.path) { switchboard.route(path, to: self) }
  }

  /// Tells what has happened. Whoever is told may call this peer, and close it.
  private func tell() {
    for event in link?.takeEvents() ?? [] {
      if case .closed = state { return }
      events(event)
    }
  }
}

/// Something that happened to a peer. Events come on the event loop, in order, and never from within a call of the
/// peer's own methods.
public enum PeerEvent: Sendable, Hashable {
  /// The browser chose a pair of addresses (RFC 8445 section 7.3.1.5); given again when it chooses another.
  case iceConnected(remote: String)
  /// The DTLS handshake is done and the certificate is the one of the answer: media can be sent.
  case connected
  /// A data channel can be used.
  case channelOpened(ChannelID, label: String, byRemote: Bool)
  case channelMessage(ChannelID, ChannelMessage)
  case channelClosed(ChannelID)
  /// The browser cannot go on without a key frame (PLI or FIR); told once until a key frame is sent.
  case keyFrameRequested
  /// The browser's estimate of what the path can carry, in bits in a second.
  case bandwidth(bitsPerSecond: Int)
  /// The peer is of no use any more; it has to be closed.
  case failed(PeerFailure)
  /// The browser said goodbye: its connection is closed.
  case closed
}

/// The end of a peer that nobody asked for.
public enum PeerFailure: Error, Sendable, Hashable {
  /// No valid connectivity check for 30 seconds (RFC 7675 section 5.1).
  case consentExpired
  /// The handshake failed; OpenSSL's reason.
  case handshake(String)
  /// The certificate is not the one that the answer named (RFC 8122 section 5).
  case fingerprintMismatch
  /// The handshake was refused on purpose.
  case refusedOnPurpose
  /// DTLS has agreed on no SRTP profile.
  case noProtectionProfile
}

/// Which of the offered sections are used.
public struct PeerNegotiation: Sendable, Hashable {
  /// The codec that video is to be sent in; nil when the browser refused video.
  public let videoCodec: PeerVideoCodec?
  public let hasAudio: Bool
  public let hasDataChannels: Bool
  /// Lost video packets are resent under their own SSRC (RFC 4588).
  public let hasRetransmission: Bool
}

/// What one peer has sent and heard since it was opened.
public struct PeerStatistics: Sendable, Hashable {
  /// One direction of a track.
  public struct Track: Sendable, Hashable {
    public var packets: UInt64 = 0
    /// Payload bytes, without headers.
    public var bytes: UInt64 = 0
    public var frames: UInt64 = 0
    /// Packets that were sent again.
    public var retransmitted: UInt64 = 0
    /// 0 to 1, by the last receiver report.
    public var loss: Double = 0
    public init() {}
  }
  public var audio = Track()
  public var video = Track()
  /// Asked for by PLI or FIR.
  public var keyFrameRequests: UInt64 = 0
  /// Packets that were asked for by NACK.
  public var missingPackets: UInt64 = 0
  /// By the last receiver report; nil until one came.
  public var roundTrip: Duration?
  /// The browser's last estimate (REMB) in bits in a second.
  public var bandwidth: Int?
  /// RTP packets that the browser sent: nothing is done with them.
  public var ignoredPackets: UInt64 = 0
  /// Datagrams that the path's impairment dropped.
  public var impairedDatagrams: UInt64 = 0
  /// The browser's numeric address and port.
  public var remote: String?
  /// The SRTP profile, as OpenSSL names it.
  public var protectionProfile: String?
  /// Open data channels.
  public var channels = 0
  public init() {}
}

/// How video is named in SDP and put into RTP packets.
public enum PeerVideoCodec: String, Sendable, CaseIterable {
  /// RFC 7741.
  case vp8 = "VP8"
  /// RFC 6184, packetization mode 1, constrained baseline.
  case h264 = "H264"
}
