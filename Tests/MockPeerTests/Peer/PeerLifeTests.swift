// Peers that come and go, and hosts beside each other.
import Basics
import Foundation
import Testing
import Transport

@testable import MockPeer

@Suite("Peer: coming and going", .timeLimit(.minutes(4)), .serialized)
struct PeerLifeTests {
  private static func descriptors() -> Int {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
  }
  private static func threads() -> Int {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count) ?? 0
  }

  /// Connects, exchanges a message and ends, by turns from either side.
  private static func visit(_ host: PeerHost, _ loop: EventLoop, number: Int) async throws -> () -> Bool {
    let credentials = PeerCredentials(usernameFragment: "peer\(number)", password: "passwordpasswordpassword")
    let watch = Watch<PeerEvent>()
    let browser = try await TestBrowser(host, credentials, isActive: number % 4 < 2, on: loop)
    let peer = try await host.open(Bench.description(credentials)) { watch.add($0) }
    try await peer.accept(answer: browser.answer())
    await browser.connect()
    try await watch.wait { $0 == .connected }
    let channel = try await browser.openChannel("x")
    try await browser.send(.text("hello"), on: channel)
    try await watch.wait { if case .channelMessage(_, .text("hello")) = $0 { true } else { false } }
    if number % 2 == 0 {
      await browser.close()
      try await watch.wait { $0 == .closed }
    }
    await peer.close()
    await browser.vanish()
    return { [weak peer, weak browser] in peer == nil && browser == nil }
  }

  @Test func twoHundredOneAfterTheOtherLeaveNothing() async throws {
    let loop = try EventLoop()
    let host = try await Bench.host(on: loop)
    let associations = SctpStack.count
    var areGone: [() -> Bool] = []
    for number in 0..<20 { areGone.append(try await Self.visit(host, loop, number: number)) }
    let (descriptors, threads) = (Self.descriptors(), Self.threads())
    for number in 20..<200 { areGone.append(try await Self.visit(host, loop, number: number)) }
    #expect(await host.peerCount == 0)
    #expect(await host.counters.openedPeers == 200)
    #expect(await host.counters.closedPeers == 200)
    #expect(await host.counters.dtlsFailures == 0)
    #expect(SctpStack.count == associations)
    // Other suites may run beside this one.
    #expect(Self.descriptors() <= descriptors + 8 && Self.threads() <= threads + 8)
    await host.stop()
    await loop.stop()
    // A task that ends may hold the last of them for a moment after it was awaited; one that stays ends the test by its time limit.
    while areGone.contains(where: { !$0() }), !Task.isCancelled { await Task.yield() }
  }

  /// usrsctp has one state for the process; embedded mocks each have a loop of their own.
  @Test func hostsOnTheirOwnLoopsDoNotMeet() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask {
          let loop = try EventLoop()
          let host = try await Bench.host(on: loop)
          for number in 0..<10 { _ = try await Self.visit(host, loop, number: number) }
          await host.stop()
          await loop.stop()
        }
      }
      try await group.waitForAll()
    }
  }

  /// A loop that ends under its host takes the peers with it.
  @Test func theLoopMayEndFirst() async throws {
    let loop = try EventLoop()
    let host = try await Bench.host(on: loop)
    _ = try await host.open(Bench.description()) { _ in }
    await loop.stop()
    await host.stop()
    #expect(await host.peerCount == 0)
  }

  @Test func addressesAndPortsAreAsConfigured() async throws {
    let loop = try EventLoop()
    let everywhere = try await PeerHost.start(
      PeerHostConfiguration(), on: loop, clock: loop.clock, logger: .init(label: "test"))
    let addresses = everywhere.candidates.map(\.address)
    #expect(addresses.contains("127.0.0.1") && Set(addresses).count == addresses.count)
    #expect(everywhere.candidates.allSatisfy { $0.port == everywhere.port && !$0.address.hasPrefix("fe80") })
    #expect(Set(everywhere.candidates.map(\.priority)).count == addresses.count)
    let advertised = try await PeerHost.start(
      PeerHostConfiguration(addresses: ["127.0.0.1"], advertised: ["203.0.113.7"]), on: loop, clock: loop.clock,
      logger: .init(label: "test"))
    #expect(
      advertised.candidates.map { $0.attribute() } == [
        "candidate:1 1 udp 2130706431 203.0.113.7 \(advertised.port) typ host"
      ])
    #expect(!advertised.hasOnlyLoopback)
    let local = try await Bench.host(on: loop)
    #expect(local.hasOnlyLoopback && AnswerFingerprint(local.fingerprint) != nil)
    for (configuration, code) in [
      (PeerHostConfiguration(port: local.port, addresses: ["127.0.0.1"]), TransportError.Code.addressInUse),
      (PeerHostConfiguration(addresses: ["localhost"]), .invalidAddress),
      (PeerHostConfiguration(addresses: ["203.0.113.7"]), .invalidAddress),
      (PeerHostConfiguration(advertised: ["nonsense"]), .invalidAddress),
      (PeerHostConfiguration(port: 70_000), .invalidAddress),
    ] {
      do {
        _ = try await PeerHost.start(configuration, on: loop, clock: loop.clock, logger: .init(label: "test"))
        Issue.record("\(configuration) was accepted")
      } catch {
        let found = error.code
        #expect(found == code)
      }
    }
    for host in [everywhere, advertised, local] { await host.stop() }
    await loop.stop()
  }
}
