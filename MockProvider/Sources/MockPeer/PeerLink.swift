// Runs a peer's connection from its accepted answer on: ICE, DTLS, media and data channels on one path.
import Basics

/// ICE, DTLS, SRTP and SCTP of one peer, put together. Confined to the peer; what has happened collects in ``events``.
final class PeerLink {
  enum State: Hashable {
    /// No path was chosen, or the handshake is going on.
    case connecting
    case connected
    case ended
  }

  let answer: PeerAnswer
  let description: PeerDescription
  let switchboard: PeerSwitchboard
  let wire: PeerWire
  private(set) var state = State.connecting
  private(set) var ice: IceAgent
  let dtls: DtlsTransport
  var media: MediaSender?
  var incoming: SrtpSession?
  var sctp: SctpAssociation?
  var channels = DataChannels()
  var statistics = PeerStatistics()
  var isKeyFrameAwaited = false
  private var events: [PeerEvent] = []
  private var hasStarted = false
  /// Where the browser was last heard from, until it chooses a path.
  private var lastPath: PeerPath?
  let wake: @Sendable () -> Void

  /// - Parameter wake: is called on any thread when the peer should look for what SCTP has for it.
  /// - Returns: nil when OpenSSL has no memory.
  init?(
    _ answer: PeerAnswer, _ description: PeerDescription, _ switchboard: PeerSwitchboard, _ wire: PeerWire,
    _ certificate: DtlsCertificate, wake: @escaping @Sendable () -> Void
  ) {
    guard
      let dtls = DtlsTransport(certificate, isServer: answer.isActive, fingerprints: answer.fingerprints)
    else { return nil }
    self.dtls = dtls
    self.answer = answer
    self.description = description
    self.switchboard = switchboard
    self.wire = wire
    self.wake = wake
    ice = IceAgent(
      credentials: description.credentials, remoteUsernameFragment: answer.usernameFragment,
      now: switchboard.clock.now)
  }

  var paths: Set<PeerPath> { ice.paths }
  private var path: PeerPath? { ice.selected ?? lastPath }

  func takeEvents() -> [PeerEvent] {
    let taken = events
    if !taken.isEmpty { events = [] }
    return taken
  }

  func emit(_ new: [PeerEvent]) { events += new }

  // MARK: Datagrams

  /// - Returns: the path, when it can carry other traffic from now on.
  func receive(check message: StunMessage, _ datagram: [UInt8], from path: PeerPath) -> PeerPath? {
    let isNew = !ice.paths.contains(path)
    let reaction = ice.take(message, datagram, from: path, now: switchboard.clock.now)
    switch reaction.refusal {
    case .wrongIntegrity: switchboard.counters.wrongIntegrity += 1
    case .wrongUsername: switchboard.counters.unknownUsername += 1
    case .roleConflict: switchboard.counters.roleConflicts += 1
    case .unknownAttribute, .notARequest: switchboard.counters.garbage += 1
    case nil: break
    }
    if let response = reaction.response { wire.send(response, on: path) }
    if reaction.isNewlySelected {
      statistics.remote = path.remote.description
      events.append(.iceConnected(remote: path.remote.description))
      startHandshake()
    }
    return reaction.isValid && isNew ? path : nil
  }

  /// Takes what is no STUN, from a valid path.
  func receive(_ datagram: [UInt8], from path: PeerPath) {
    guard state != .ended, let first = datagram.first else { return }
    lastPath = path
    if first < 64 { return receive(record: datagram) }
    // RFC 5761 section 4: the second byte tells RTCP from RTP.
    guard datagram.count >= 8, let incoming else {
      switchboard.counters.garbage += 1
      return
    }
    if (192...223).contains(datagram[1]) {
      guard let packet = incoming.unprotect(rtcp: datagram) else {
        switchboard.counters.srtpFailures += 1
        return
      }
      receive(control: packet)
    } else if datagram.count >= 12, incoming.unprotect(rtp: datagram) != nil {
      statistics.ignoredPackets += 1
    } else {
      switchboard.counters.srtpFailures += 1
    }
  }

  /// Sends on the path that the browser chose.
  func send(_ datagrams: [[UInt8]]) {
    guard let path else { return }
    for datagram in datagrams { wire.send(datagram, on: path) }
  }

  // MARK: Handshake

  private func startHandshake() {
    guard !hasStarted else { return }
    hasStarted = true
    if description.faults.contains(.failingDtls) {
      // A browser that waits for our hello has to be told too.
      if !dtls.isServer { refuse() }
      return
    }
    dtls.start()
    afterDtls()
  }

  private func refuse() {
    send([DtlsAlert.handshakeFailure])
    fail(.refusedOnPurpose)
  }

  private func receive(record: [UInt8]) {
    if description.faults.contains(.failingDtls) { return refuse() }
    for message in dtls.receive(record) { sctp?.receive(message) }
    afterDtls()
    drainSctp()
  }

  private func afterDtls() {
    send(dtls.takeOutgoing())
    switch (dtls.state, state) {
    case (.connected, .connecting): becomeConnected()
    case (.closed, .connecting), (.closed, .connected): end([.closed])
    case (.failed(let reason), .connecting), (.failed(let reason), .connected): fail(reason)
    default: break
    }
  }

  private func becomeConnected() {
    guard let keys = dtls.protectionKeys(),
      let outgoing = SrtpSession(keys.profile, key: keys.outgoing, .outgoing),
      let incoming = SrtpSession(keys.profile, key: keys.incoming, .incoming)
    else { return fail(.noProtectionProfile) }
    state = .connected
    statistics.protectionProfile = keys.profile.name
    self.incoming = incoming
    media = MediaSender(outgoing, description, answer)
    events.append(.connected)
    guard let data = answer.data else { return }
    sctp = SctpAssociation(remotePort: data.port, wake: wake)
    drainSctp()
  }

  // MARK: Time and end

  func tick(now: MonotonicInstant) {
    guard state != .ended else { return }
    if ice.isExpired(at: now) { return fail(.consentExpired) }
    if state == .connecting, hasStarted {
      dtls.handleTimeout()
      afterDtls()
    }
    guard state == .connected else { return }
    if let media { send(media.reports(now: now)) }
    drainSctp()
  }

  func fail(_ reason: PeerFailure) {
    switch reason {
    case .handshake, .refusedOnPurpose, .noProtectionProfile: switchboard.counters.dtlsFailures += 1
    case .fingerprintMismatch: switchboard.counters.fingerprintMismatches += 1
    case .consentExpired: break
    }
    end([.failed(reason)])
  }

  func end(_ last: [PeerEvent]) {
    guard state != .ended else { return }
    state = .ended
    events += channels.closeAll() + last
    release()
  }

  /// Says goodbye on every layer, then is silent.
  func close() {
    guard state != .ended else { return }
    let wasConnected = state == .connected
    state = .ended
    guard wasConnected, let path else { return release() }
    if let goodbye = media?.goodbye() { wire.sendNow(goodbye, on: path) }
    for packet in sctp?.close() ?? [] { dtls.send(packet) }
    dtls.close()
    for datagram in dtls.takeOutgoing() { wire.sendNow(datagram, on: path) }
    release()
  }

  private func release() {
    // The numbers outlive what counted them.
    statistics = currentStatistics
    _ = sctp?.close()
    sctp = nil
    media = nil
    incoming = nil
  }
}

extension PeerLink {
  /// - Returns: false when it was not sent: not connected, or refused by the answer.
  func sendVideo(_ frame: [UInt8], isKeyFrame: Bool, at media: Duration) -> Bool {
    guard let sender = self.media, sender.video != nil else { return false }
    if isKeyFrame { isKeyFrameAwaited = false }
    let datagrams = sender.sendVideo(frame, at: media, now: switchboard.clock.now)
    send(datagrams)
    return !datagrams.isEmpty
  }

  /// - Returns: false when it was not sent: not connected, refused by the answer, or longer than a datagram.
  func sendAudio(_ packet: [UInt8], at media: Duration) -> Bool {
    guard let sender = self.media, sender.audio != nil else { return false }
    let datagrams = sender.sendAudio(packet, at: media, now: switchboard.clock.now)
    send(datagrams)
    return !datagrams.isEmpty
  }

  func receive(control packet: [UInt8]) {
    guard let media, let feedback = RtcpReader.feedback(in: packet) else {
      switchboard.counters.malformedControl += 1
      return
    }
    let now = switchboard.clock.now
    for item in feedback {
      switch item {
      case .report(let block):
        media.take(block)
        if let roundTrip = block.roundTrip(now: NetworkTime.middle(now)) { statistics.roundTrip = roundTrip }
      case .missing(let ssrc, let sequences):
        statistics.missingPackets += UInt64(sequences.count)
        send(media.resend(sequences, ssrc: ssrc, now: now))
      case .keyFrame(let ssrc): askForKeyFrame(ssrc)
      case .bandwidth(let bitsPerSecond):
        statistics.bandwidth = bitsPerSecond
        emit([.bandwidth(bitsPerSecond: bitsPerSecond)])
      }
    }
  }

  private func askForKeyFrame(_ ssrc: UInt32) {
    guard ssrc == media?.video?.ssrc else { return }
    statistics.keyFrameRequests += 1
    guard !isKeyFrameAwaited else { return }
    isKeyFrameAwaited = true
    emit([.keyFrameRequested])
  }

  var currentStatistics: PeerStatistics {
    var current = statistics
    if let media {
      current.audio = media.audio?.statistics ?? .init()
      current.video = media.video?.statistics ?? .init()
    }
    current.channels = channels.openCount
    current.impairedDatagrams = wire.droppedCount
    return current
  }
}

extension PeerLink {
  /// Gives SCTP what waits, and takes what it has, until neither has more.
  func drainSctp() {
    guard let sctp else { return }
    // What is sent can bring about more; a turn without anything new ends it.
    while state == .connected {
      channels.flush { sctp.send($0.bytes, stream: $0.stream, protocolID: $0.protocolID) }
      for stream in channels.takeResets() { sctp.reset(stream: stream) }
      let pending = sctp.take()
      guard !pending.isEmpty else { return }
      for packet in pending.packets { dtls.send(packet) }
      send(dtls.takeOutgoing())
      for event in pending.events { take(event) }
    }
  }

  private func take(_ event: SctpEvent) {
    switch event {
    case .up(let streams): channels.associate(isServer: dtls.isServer, streams: streams)
    case .down: end([.closed])
    case .message(let stream, let protocolID, let bytes):
      if let meant = channels.receive(stream: stream, protocolID: protocolID, bytes) {
        emit(meant)
      } else {
        switchboard.counters.malformedMessages += 1
      }
    case .tooLong: switchboard.counters.malformedMessages += 1
    case .streamsReset(let streams): emit(channels.reset(streams))
    }
  }

  func openChannel(label: String) throws(ChannelError) -> ChannelID {
    guard answer.data != nil else { throw .unavailable }
    guard state != .ended else { throw .closed }
    let id = try channels.open(label: label)
    drainSctp()
    return id
  }

  func send(_ message: ChannelMessage, on id: ChannelID) throws(ChannelError) {
    guard state != .ended else { throw .closed }
    let limit = min(answer.data?.maximumMessageBytes ?? 0, Peer.maximumMessageBytes)
    try channels.send(message, on: id, limit: limit)
    drainSctp()
  }
}
