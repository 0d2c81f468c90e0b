// Makes the peers of sessions, and starts and stops everything that media needs.
import Basics
import Glibc
import Logging
import MockPeer
import ProviderHTTP
import StrictJSON
import TalkingAvatar
import Transport

/// Makes the peers of sessions, and knows what their offers say about how they are reached.
protocol MediaPeerFactory: Sendable {
  /// At least one.
  var candidates: [PeerCandidate] { get }
  /// True when peers only answer connectivity checks.
  var isLite: Bool { get }
  /// Counts of what strangers and browsers sent; null where nothing can arrive.
  var counters: JSONValue { get }
  /// How long a talk waits at least before it starts, so that the answer to its request comes first.
  var lead: Duration { get }

  /// The value of `a=fingerprint` for one session.
  func fingerprint(_ identifiers: inout VendorIdentifiers) -> String
  /// Makes the peer of a session. Called on the event loop.
  /// - Throws: `.usernameInUse` when another peer has the plan's credentials; the caller may try again with others.
  func peer(for plan: MediaPlan) throws(PeerHostError) -> any MediaPeer
}

/// What a scenario has its media follow.
struct MediaScene: Sendable {
  let scenario: ScenarioKey
  let clock: any MonotonicClock
  let faults: MessageFaults
}

extension MediaPeerFactory {
  /// How often credentials are drawn anew: with D-ID's four characters one repetition is unlikely, two do not happen.
  private var attempts: Int { 8 }

  /// Makes the peer of a session with credentials that no other one has.
  func open(_ plan: () -> MediaPlan) throws(PeerHostError) -> (plan: MediaPlan, peer: any MediaPeer) {
    for attempt in 1... {
      let plan = plan()
      do throws(PeerHostError) { return (plan, try peer(for: plan)) } catch {
        guard error == .usernameInUse, attempt < attempts else { throw error }
      }
    }
    throw .usernameInUse
  }

  /// The terms of one offer.
  func terms(
    fragmentLength: Int, passwordLength: Int, from identifiers: inout VendorIdentifiers
  ) -> OfferTerms {
    OfferTerms(
      credentials: identifiers.credentials(fragmentLength: fragmentLength, passwordLength: passwordLength),
      fingerprint: fingerprint(&identifiers), candidates: candidates, isLite: isLite)
  }
}

/// Makes peers of one host: real ICE, DTLS and RTP on its addresses.
struct TalkingPeerFactory: MediaPeerFactory {
  let host: PeerHost
  let settings: MediaSessionSettings

  var candidates: [PeerCandidate] { host.candidates }
  var isLite: Bool { true }
  var counters: JSONValue { host.assumeIsolated { $0.counters }.json }
  /// One frame: the talk's answer is on its way before its first picture.
  var lead: Duration { .milliseconds(40) }

  func fingerprint(_ identifiers: inout VendorIdentifiers) -> String { host.fingerprint }

  func peer(for plan: MediaPlan) throws(PeerHostError) -> any MediaPeer {
    let mediaSession = MediaSession(plan, settings)
    let opened = host.assumeIsolated { host in
      Result { () throws(PeerHostError) -> Peer in
        try host.open(plan.description) { [weak mediaSession] event in mediaSession?.assumeIsolated { $0.handle(event) }
        }
      }
    }
    let transport = WebRTCMediaTransport(peer: try opened.get())
    mediaSession.assumeIsolated { $0.attach(transport) }
    return TalkingPeer(mediaSession)
  }
}

/// Makes peers that never connect, behind offers that browsers answer.
struct SignallingPeerFactory: MediaPeerFactory {
  var candidates: [PeerCandidate] { [LoopbackCandidate.value] }
  var isLite: Bool { false }
  var lead: Duration { .zero }
  var counters: JSONValue { nil }

  /// A certificate that nobody has.
  func fingerprint(_ identifiers: inout VendorIdentifiers) -> String { identifiers.fingerprint() }

  func peer(for plan: MediaPlan) -> any MediaPeer {
    SignallingPeer(offer: plan.offer, checksAnswer: plan.checksAnswer)
  }
}

/// The sockets, the voice and the loader of a mock with media.
struct MediaEquipment: Sendable {
  let speech: SpeechPreparation
  /// What the media sessions tell, in order; ends when the equipment is stopped.
  let reports: AsyncStream<ScenarioReport>
  private let host: PeerHost
  private let loop: EventLoop
  private let framesPerSecond: Int
  private let wallClock: @Sendable () -> UInt64
  private let idleStreams: IdleStreams
  private let logger: Logger
  private let report: AsyncStream<ScenarioReport>.Continuation
  /// Most reports that wait to be read; there is one at most for each session and talk.
  private static let waitingReports = 65_536

  /// - Throws: `TransportError` when the addresses cannot be bound, `SpeechError` when there is no such voice.
  static func start(
    _ configuration: MockConfiguration, on loop: EventLoop, wallClock: @escaping @Sendable () -> UInt64, logger: Logger
  ) async throws -> MediaEquipment {
    let voice = try Voices.voice(configuration.voice.choice)
    let library = MediaLibrary(
      folders: configuration.mediaFolders, client: try await HTTPClient.start(HTTPClientConfiguration(), on: loop))
    let host: PeerHost
    do throws(TransportError) {
      host = try await PeerHost.start(
        PeerHostConfiguration(port: configuration.rtcPort, advertised: configuration.rtcAdvertised), on: loop,
        clock: loop.clock, logger: logger)
    } catch { throw error.about("UDP port \(configuration.rtcPort)", choose: "--rtc-port") }
    let (reports, report) = AsyncStream.makeStream(
      of: ScenarioReport.self, bufferingPolicy: .bufferingOldest(waitingReports))
    let equipment = MediaEquipment(
      speech: SpeechPreparation(voice: voice, library: library), reports: reports, host: host, loop: loop,
      framesPerSecond: configuration.framesPerSecond, wallClock: wallClock, idleStreams: IdleStreams(on: loop),
      logger: logger, report: report)
    equipment.describe(logger)
    loop.spawn { await PainterFactory.findFonts() }
    return equipment
  }

  /// Makes the peers of a scenario.
  func peerFactory(for scene: MediaScene) -> TalkingPeerFactory {
    let report = report
    return TalkingPeerFactory(
      host: host,
      settings: MediaSessionSettings(
        loop: loop, clock: scene.clock, packetClock: loop.clock, wallClock: wallClock, framesPerSecond: framesPerSecond,
        idleStreams: idleStreams, library: speech.library, logger: logger, messageFaults: scene.faults,
        report: { report.yield(ScenarioReport(scenario: scene.scenario, report: $0)) }))
  }

  /// Logs at the start what can be seen and heard, and where.
  private func describe(_ logger: Logger) {
    logger.info(
      "media",
      metadata: [
        "voice": "\(speech.voice.name)", "video": "VP8, H264", "audio": "Opus",
        "candidates": "\(host.candidates.map { "\($0.address) \($0.port)" }.joined(separator: ", "))",
      ])
    if host.hasOnlyLoopback {
      logger.warning(
        """
        this machine has no network address but loopback: browsers gather no candidates then and stay unconnected. \
        Give it an address, or start Chromium with --allow-loopback-in-peer-connection and let the page use the \
        microphone
        """)
    }
  }

  /// The mock listens on this port: nothing is loaded from there.
  func refuse(port: Int) async { await speech.library.refuse(port: port) }

  func stop() async {
    report.finish()
    await host.stop()
  }
}

/// The system's clock, as programs give it to a mock.
enum WallClock {
  /// Milliseconds since 1970.
  static let milliseconds: @Sendable () -> UInt64 = {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return UInt64(time.tv_sec) * 1000 + UInt64(time.tv_nsec) / 1_000_000
  }
}
