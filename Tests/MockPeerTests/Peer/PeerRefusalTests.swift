// What a peer refuses, and what it is indifferent to.
import Basics
import Glibc
import MockClock
import Testing
import Transport

@testable import MockPeer

@Suite("Peer: refusals", .timeLimit(.minutes(2)))
struct PeerRefusalTests {
  @Test func anotherCertificateIsRefused() async throws {
    let wrong = "sha-256 " + String(repeating: "AB:", count: 31) + "AB"
    for isActive in [true, false] {
      try await Bench.run(isActive: isActive, fingerprint: wrong) { bench in
        await bench.browser.connect()
        try await bench.peerEvents.wait { $0 == .failed(.fingerprintMismatch) }
        #expect(await !bench.peer.sendAudio(packet: [1], at: .zero))
        #expect(await bench.host.counters.fingerprintMismatches == 1)
        #expect(await !bench.peer.isConnected)
      }
    }
  }

  @Test(arguments: [true, false])
  func aHandshakeIsRefusedOnPurpose(isActive: Bool) async throws {
    try await Bench.run(faults: .failingDtls, isActive: isActive) { bench in
      await bench.browser.connect()
      try await bench.peerEvents.wait { $0 == .failed(.refusedOnPurpose) }
      try await bench.browserEvents.wait { $0 == .handshakeFailed || !isActive }
      #expect(await bench.host.counters.dtlsFailures == 1)
    }
  }

  /// The second peer answers what is sent after the checks of the first, so those were looked at.
  @Test func aSilentPeerAndOneWithoutAnswerSayNothing() async throws {
    try await Bench.run { bench in
      let silent = PeerCredentials(usernameFragment: "mute", password: "mutemutemutemutemutemute")
      let early = PeerCredentials(usernameFragment: "soon", password: "soonsoonsoonsoonsoonsoon")
      let peer = try await bench.host.open(Bench.description(silent, faults: .silentStun)) { _ in }
      try await peer.accept(answer: bench.browser.answer())
      _ = try await bench.host.open(Bench.description(early)) { _ in }
      await bench.browser.sendCheck(username: "mute:page", password: silent.password)
      await bench.browser.sendCheck(username: "soon:page", password: early.password)
      try await bench.settle()
      let counters = await bench.host.counters
      #expect(counters.unansweredChecks == 2 && counters.sentDatagrams == 1)
    }
  }

  @Test func wrongNamesAndSecretsAreCountedAndIgnored() async throws {
    try await Bench.run { bench in
      await bench.browser.sendCheck(username: "nobody:page")
      await bench.browser.sendCheck(username: "host:other")
      await bench.browser.sendCheck(username: "host")
      await bench.browser.sendCheck(username: "")
      await bench.browser.sendCheck(password: "wrongwrongwrongwrongwrong")
      try await bench.settle()
      let counters = await bench.host.counters
      #expect(counters.unknownUsername == 4 && counters.wrongIntegrity == 1 && counters.sentDatagrams == 1)
    }
  }

  @Test func aWrongRoleIsCorrected() async throws {
    try await Bench.run { bench in
      let role = StunMessage.Attribute(
        type: StunMessage.AttributeType.iceControlled, value: Array(repeating: 1, count: 8))
      await bench.browser.sendCheck(adding: [role])
      try await bench.browserEvents.wait { $0 == .checkRefused(487) }
      #expect(await bench.host.counters.roleConflicts == 1)
    }
  }

  /// Every first byte in several lengths, from an unknown address and from that of a connected browser.
  @Test func garbageHurtsNobody() async throws {
    try await Bench.run { bench in
      let stranger = try await TestBrowser(bench.host, Bench.credentials, on: bench.loop)
      try await bench.connect()
      for first in UInt8.min...UInt8.max {
        for count in [1, 2, 11, 12, 13, 20, 60, 1500, DatagramSocket.maximumBytes + 100] {
          var datagram = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7 + Int(first)) }
          datagram[0] = first
          await stranger.send(raw: datagram)
          await bench.browser.send(raw: datagram)
        }
        // The socket's buffer is not to overflow.
        try await bench.settle()
      }
      await stranger.send(raw: [])
      let counters = await bench.host.counters
      #expect(counters.garbage > 1000 && counters.unknownAddress > 500 && counters.srtpFailures > 300)
      let id = try await bench.peer.openChannel(label: "still here")
      try await bench.peerEvents.wait { $0 == .channelOpened(id, label: "still here", byRemote: false) }
      await stranger.vanish()
    }
  }

  /// Authentic, and still nonsense: RTCP, SCTP and channel messages that cannot be read.
  @Test func authenticNonsenseHurtsNobody() async throws {
    try await Bench.run { bench in
      try await bench.connect()
      await bench.browser.send(rtcp: [UInt8](hex: "82c90001 0000000a"))
      await bench.browser.send(rtp: [UInt8](hex: "80600001 00000002 00000003 aabb"))
      for count in 0..<40 { await bench.browser.send(sctp: (0..<count).map { UInt8(truncatingIfNeeded: $0 * 31) }) }
      try await bench.settle()
      #expect(await bench.host.counters.malformedControl == 1)
      #expect(await bench.peer.statistics.ignoredPackets == 1)
      let id = try await bench.peer.openChannel(label: "still here")
      try await bench.peerEvents.wait { $0 == .channelOpened(id, label: "still here", byRemote: false) }
    }
  }

  @Test func consentExpiresOnTheClock() async throws {
    let clock = SteppableClock()
    try await Bench.run(clock: clock) { bench in
      try await bench.connect()
      await clock.waitForSleepers(1)
      clock.advance(by: .milliseconds(29_900))
      await clock.waitForSleepers(1)
      try await bench.settle()
      clock.advance(by: .milliseconds(29_900))
      await clock.waitForSleepers(1)
      #expect(await bench.peer.isConnected)
      clock.advance(by: .milliseconds(200))
      try await bench.peerEvents.wait { $0 == .failed(.consentExpired) }
    }
  }

  @Test func candidatesAreCountedAndNotUsed() async throws {
    try await Bench.run { bench in
      await bench.peer.add(
        candidate: "candidate:1 1 udp 2113937151 1f2e3d4c-aaaa-bbbb-cccc-123456789abc.local 50000 typ host")
      await bench.peer.add(candidate: "candidate:1 1 udp 2113937151 192.0.2.9 50000 typ host")
      await bench.peer.add(candidate: "nonsense")
      await bench.peer.add(candidate: nil)
      let counters = await bench.host.counters
      #expect(counters.remoteCandidates == 3 && counters.namedCandidates == 1 && counters.sentDatagrams == 0)
    }
  }

  @Test func peersAreLimitedAndNamesAreTheirOwn() async throws {
    let loop = try EventLoop()
    let host = try await Bench.host(on: loop)
    for number in 0..<PeerHost.maximumPeers {
      let credentials = PeerCredentials(usernameFragment: "peer\(number)", password: "passwordpasswordpassword")
      _ = try await host.open(Bench.description(credentials)) { _ in }
    }
    await #expect(throws: PeerHostError.tooManyPeers) { _ = try await host.open(Bench.description()) { _ in } }
    await host.stop()
    await host.stop()
    #expect(await host.peerCount == 0)
    await #expect(throws: PeerHostError.stopped) { _ = try await host.open(Bench.description()) { _ in } }
    await loop.stop()
  }

  @Test func twoPeersCannotHaveOneName() async throws {
    try await Bench.run { bench in
      await #expect(throws: PeerHostError.usernameInUse) {
        _ = try await bench.host.open(Bench.description()) { _ in }
      }
    }
  }
}
