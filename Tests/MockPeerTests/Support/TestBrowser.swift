// The far end of a peer in tests: checks, handshake, SRTP and data channels of a browser.
import Basics
import Transport

@testable import MockPeer

/// A WebRTC client with one address, on an event loop. Its DTLS, SRTP and SCTP are the libraries that the peer uses
/// too; that those speak as browsers do is shown with aiortc and Chromium.
actor TestBrowser {
  enum Event: Hashable, Sendable {
    case checkAnswered
    /// A check was refused with this code.
    case checkRefused(Int)
    case connected
    case handshakeFailed
    case rtp([UInt8])
    case rtcp([UInt8])
    case channel(PeerEvent)
    case closed
  }

  static let usernameFragment = "page"
  static let password = "pagepagepagepagepagepage"

  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
  nonisolated let events: AsyncStream<Event>
  private nonisolated let loop: EventLoop
  private let continuation: AsyncStream<Event>.Continuation
  private let certificate: DtlsCertificate
  private let socket: DatagramSocket
  private let remote: DatagramAddress
  private let isActive: Bool
  private let credentials: PeerCredentials
  private let hostFingerprint: [AnswerFingerprint]
  private var dtls: DtlsTransport?
  private var incoming: SrtpSession?
  private var outgoing: SrtpSession?
  private var sctp: SctpAssociation?
  private var channels = DataChannels()
  private var ticker: Task<Void, Never>?
  private var isAnswered = false
  private var state = DtlsTransport.State.handshaking

  init(_ host: PeerHost, _ credentials: PeerCredentials, isActive: Bool = true, on loop: EventLoop) async throws {
    self.loop = loop
    self.isActive = isActive
    self.credentials = credentials
    hostFingerprint = AnswerFingerprint(host.fingerprint).map { [$0] } ?? []
    certificate = try DtlsCertificate()
    socket = try DatagramSocket(host: "127.0.0.1", port: 0)
    remote = DatagramAddress(host: "127.0.0.1", port: host.port)!
    (events, continuation) = AsyncStream.makeStream(of: Event.self)
    try start()
  }

  private func start() throws {
    try socket.start(on: loop) { [weak self] datagram, _ in self?.assumeIsolated { $0.receive(datagram) } }
  }

  /// What it answers.
  func answer(fingerprint: String? = nil) -> String {
    let transport =
      "c=IN IP4 0.0.0.0\r\na=ice-ufrag:\(Self.usernameFragment)\r\na=ice-pwd:\(Self.password)\r\n"
      + "a=fingerprint:\(fingerprint ?? certificate.fingerprint)\r\na=setup:\(isActive ? "active" : "passive")\r\n"
    return "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE a v d\r\n"
      + "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:a\r\na=recvonly\r\n" + transport
      + "m=video 9 UDP/TLS/RTP/SAVPF 100\r\na=mid:v\r\na=recvonly\r\na=rtpmap:100 VP8/90000\r\n" + transport
      + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:d\r\na=sctp-port:5000\r\n" + transport
  }

  /// Checks, nominates, shakes hands; and repeats what gets lost.
  func connect() {
    dtls = DtlsTransport(certificate, isServer: !isActive, fingerprints: hostFingerprint)
    sendCheck()
    ticker = Task(executorPreference: loop) { [weak self, loop] in
      // Sleeping ends with the task, or with the loop.
      while (try? await loop.clock.sleep(for: .milliseconds(20))) != nil { await self?.tick() }
    }
  }

  func sendCheck(username: String? = nil, password: String? = nil, adding more: [StunMessage.Attribute] = []) {
    let name = username ?? "\(credentials.usernameFragment):\(Self.usernameFragment)"
    let attributes = [
      StunMessage.Attribute(type: StunMessage.AttributeType.username, value: Array(name.utf8)),
      .init(type: StunMessage.AttributeType.iceControlling, value: Array(repeating: 1, count: 8)),
      .init(type: StunMessage.AttributeType.useCandidate, value: []),
    ]
    let transaction = (0..<12).map { _ in UInt8.random(in: 0...255) }
    let check = StunMessage(.request, transaction: transaction, attributes: attributes + more)
    send(raw: check.encoded(password: password ?? credentials.password))
  }

  func send(raw datagram: [UInt8]) { socket.send(datagram, to: remote) }

  func send(rtcp packet: [UInt8]) { if let bytes = outgoing?.protect(rtcp: packet) { send(raw: bytes) } }
  func send(rtp packet: [UInt8]) { if let bytes = outgoing?.protect(rtp: packet) { send(raw: bytes) } }

  /// Sends bytes as a packet of SCTP, whatever they are.
  func send(sctp packet: [UInt8]) {
    dtls?.send(packet)
    flush()
  }

  func openChannel(_ label: String) throws -> ChannelID {
    defer { drain() }
    return try channels.open(label: label)
  }

  func send(_ message: ChannelMessage, on id: ChannelID) throws {
    try channels.send(message, on: id, limit: .max)
    drain()
  }

  /// Closes the connection as `pc.close()` does.
  func close() {
    ticker?.cancel()
    for packet in sctp?.close() ?? [] { dtls?.send(packet) }
    dtls?.close()
    flush()
    vanish()
  }

  /// Is gone without a word.
  func vanish() {
    ticker?.cancel()
    _ = sctp?.close()
    sctp = nil
    socket.close()
    continuation.finish()
  }

  // MARK: On the loop

  private func tick() {
    if !isAnswered { sendCheck() }
    dtls?.handleTimeout()
    flush()
    drain()
  }

  private func receive(_ datagram: [UInt8]) {
    guard let first = datagram.first else { return }
    switch first {
    case 0...3: receive(check: datagram)
    case 20...63:
      for message in dtls?.receive(datagram) ?? [] { sctp?.receive(message) }
      flush()
      follow()
      drain()
    default:
      if (192...223).contains(datagram[1]) {
        if let packet = incoming?.unprotect(rtcp: datagram) { continuation.yield(.rtcp(packet)) }
      } else if let packet = incoming?.unprotect(rtp: datagram) {
        continuation.yield(.rtp(packet))
      }
    }
  }

  private func receive(check datagram: [UInt8]) {
    guard let message = StunMessage(datagram), message.isAuthentic(datagram, password: credentials.password) else {
      return
    }
    if let code = message.value(of: StunMessage.AttributeType.errorCode), code.count >= 4 {
      continuation.yield(.checkRefused(Int(code[2]) * 100 + Int(code[3])))
      return
    }
    let isFirst = !isAnswered
    isAnswered = true
    continuation.yield(.checkAnswered)
    guard isFirst else { return }
    dtls?.start()
    flush()
  }

  private func follow() {
    guard let dtls, dtls.state != state else { return }
    state = dtls.state
    switch state {
    case .failed: continuation.yield(.handshakeFailed)
    case .closed: continuation.yield(.closed)
    case .handshaking: break
    case .connected: becomeConnected(dtls)
    }
  }

  private func becomeConnected(_ dtls: DtlsTransport) {
    guard let keys = dtls.protectionKeys() else { return }
    incoming = SrtpSession(keys.profile, key: keys.incoming, .incoming)
    outgoing = SrtpSession(keys.profile, key: keys.outgoing, .outgoing)
    sctp = SctpAssociation(remotePort: SctpAssociation.port) { [weak self] in
      guard let browser = self else { return }
      browser.loop.execute { browser.assumeIsolated { $0.drain() } }
    }
    continuation.yield(.connected)
  }

  private func flush() { for datagram in dtls?.takeOutgoing() ?? [] { socket.send(datagram, to: remote) } }

  private func drain() {
    guard let sctp, let dtls else { return }
    while true {
      channels.flush { sctp.send($0.bytes, stream: $0.stream, protocolID: $0.protocolID) }
      for stream in channels.takeResets() { sctp.reset(stream: stream) }
      let pending = sctp.take()
      guard !pending.isEmpty else { return }
      for packet in pending.packets { dtls.send(packet) }
      flush()
      for event in pending.events { take(event, isServer: dtls.isServer) }
    }
  }

  private func take(_ event: SctpEvent, isServer: Bool) {
    var told: [PeerEvent] = []
    switch event {
    case .up(let streams): channels.associate(isServer: isServer, streams: streams)
    case .message(let stream, let protocolID, let bytes):
      told = channels.receive(stream: stream, protocolID: protocolID, bytes) ?? []
    case .streamsReset(let streams): told = channels.reset(streams)
    case .down: told = channels.closeAll()
    case .tooLong: break
    }
    for event in told { continuation.yield(.channel(event)) }
  }
}
