// Tests which peer gets what arrives from an address when several have come from it.
import Testing
import Transport

@testable import MockPeer

@Suite("Peer: routes", .timeLimit(.minutes(1)))
struct PeerSwitchboardTests {
  private static func credentials(_ name: String) -> PeerCredentials {
    PeerCredentials(usernameFragment: name, password: "passwordpasswordpassword")
  }

  /// A browser's address is free for its next connection while the last one is still being closed.
  @Test func aPeerThatGoesTakesNoRouteFromOneThatCameAfterIt() async throws {
    let loop = try EventLoop()
    let host = try await Bench.host(on: loop)
    let (first, second) = (Self.credentials("first"), Self.credentials("second"))
    let peers = [
      try await host.open(Bench.description(first)) { _ in }, try await host.open(Bench.description(second)) { _ in },
    ]
    let path = PeerPath(socket: 0, remote: try #require(DatagramAddress(host: "127.0.0.1", port: 9)))
    let elsewhere = PeerPath(socket: 0, remote: try #require(DatagramAddress(host: "127.0.0.1", port: 10)))
    /// How many datagrams from each address find no peer.
    func lost() async -> [UInt64] {
      await host.lost(from: [path, elsewhere])
    }
    #expect(await lost() == [1, 1])
    await host.route([path, elsewhere], to: peers[0])
    await host.route([path], to: peers[1])
    #expect(await lost() == [0, 0])
    await host.remove(peers[0], username: first.usernameFragment, paths: [path, elsewhere])
    #expect(await lost() == [0, 1], "the second peer keeps its address, and the other one is nobody's")
    // Whoever is gone already takes nothing either.
    await host.remove(peers[0], username: first.usernameFragment, paths: [path])
    #expect(await lost() == [0, 1])
    await host.remove(peers[1], username: second.usernameFragment, paths: [path])
    #expect(await lost() == [1, 1])
    await host.stop()
    await loop.stop()
  }
}

extension PeerHost {
  fileprivate func route(_ paths: [PeerPath], to peer: Peer) {
    for path in paths { switchboard.route(path, to: peer) }
  }

  fileprivate func remove(_ peer: Peer, username: String, paths: Set<PeerPath>) {
    switchboard.remove(peer, username: username, paths: paths)
  }

  /// The first byte is that of a DTLS record (RFC 7983).
  fileprivate func lost(from paths: [PeerPath]) -> [UInt64] {
    paths.map { path in
      let before = switchboard.counters.unknownAddress
      switchboard.receive([22], from: path)
      return switchboard.counters.unknownAddress - before
    }
  }
}
