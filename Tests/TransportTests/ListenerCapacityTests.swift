// Many connections at once.
import Glibc
import TestSupport
import Testing

@testable import Transport

@Suite struct ListenerCapacityTests {
  /// Both ends are in this process, so that twice as many descriptors are needed; fewer connections where the hard
  /// limit does not allow ten thousand.
  @Test func tenThousandConnections() async throws {
    try await ServerFixture.run(configure: { $0.pingInterval = .seconds(3600) }) { server in
      var limit = rlimit()
      getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      #expect(limit.rlim_cur == min(limit.rlim_max, DescriptorLimit.maximum))
      let count = min(10_000, Int(limit.rlim_cur) / 2 - 500)
      var sockets: [RawSocket] = []
      sockets.reserveCapacity(count)
      for _ in 0..<count { sockets.append(try server.connectWebSocket()) }
      #expect(await server.listener.connectionCount == count)
      for socket in [sockets[0], sockets[count / 2], sockets[count - 1]] {
        socket.sendFrame(1, [0x61])
        #expect(socket.frame()?.text == "a")
      }
    }
  }
}
