// A host, a peer and a browser, put together for a test.
import Basics
import Logging
import Testing
import Transport

@testable import MockPeer

/// One peer and its browser on one event loop.
struct Bench {
  let loop: EventLoop
  let host: PeerHost
  let peer: Peer
  let browser: TestBrowser
  let peerEvents: Watch<PeerEvent>
  let browserEvents: Watch<TestBrowser.Event>

  static let credentials = PeerCredentials(usernameFragment: "host", password: "hosthosthosthosthosthost")

  static func description(
    _ credentials: PeerCredentials = credentials, faults: PeerFaults = .none, impairment: Impairment = .none
  ) -> PeerDescription {
    PeerDescription(
      credentials: credentials, audio: PeerAudio(mid: "a", ssrc: 11, payloadType: 111),
      video: PeerVideo(mid: "v", ssrc: 22, formats: [.init(codec: .vp8, payloadType: 100)]), dataMid: "d",
      cname: "test", faults: faults, impairment: impairment)
  }

  static func host(on loop: EventLoop, clock: (any MonotonicClock)? = nil) async throws -> PeerHost {
    try await PeerHost.start(
      PeerHostConfiguration(addresses: ["127.0.0.1"]), on: loop, clock: clock ?? loop.clock,
      logger: Logger(label: "test"))
  }

  /// Runs the body with a peer whose answer was accepted and a browser that has not begun, and stops everything.
  static func run(
    faults: PeerFaults = .none, impairment: Impairment = .none, isActive: Bool = true, fingerprint: String? = nil,
    clock: (any MonotonicClock)? = nil, _ body: (Bench) async throws -> Void
  ) async throws {
    let loop = try EventLoop()
    let host = try await host(on: loop, clock: clock)
    let watch = Watch<PeerEvent>()
    let browser = try await TestBrowser(host, credentials, isActive: isActive, on: loop)
    let failure: (any Error)?
    do {
      let peer = try await host.open(description(faults: faults, impairment: impairment)) { watch.add($0) }
      try await peer.accept(answer: browser.answer(fingerprint: fingerprint))
      try await body(
        Bench(
          loop: loop, host: host, peer: peer, browser: browser, peerEvents: watch,
          browserEvents: Watch(browser.events)))
      failure = nil
    } catch { failure = error }
    await browser.vanish()
    await host.stop()
    await loop.stop()
    if let failure { throw failure }
  }

  /// Connects both; the peer's SCTP follows by itself.
  func connect() async throws {
    await browser.connect()
    try await peerEvents.wait { $0 == .connected }
    try await browserEvents.wait { $0 == .connected }
  }

  /// Returns when everything that the browser has sent before was looked at by the host: a check comes after it.
  func settle() async throws {
    await browser.sendCheck()
    try await browserEvents.wait { $0 == .checkAnswered }
  }
}

extension PeerHost {
  /// How many peers are open.
  var peerCount: Int { switchboard.peerCount }
}

extension Peer {
  /// True from ``PeerEvent/connected`` to the end.
  var isConnected: Bool { link?.state == .connected }
}
