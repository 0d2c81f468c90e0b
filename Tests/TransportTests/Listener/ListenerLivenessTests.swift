// Tests whether the other side of a WebSocket is still there, and how far away it is.
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(1))) struct ListenerLivenessTests {
  @Test func aSilentWebSocketIsPingedAndThenClosed() async throws {
    try await ServerFixture.run(configure: {
      $0.pingInterval = .milliseconds(60)
      // Longer than a busy machine takes to answer a ping.
      $0.pongTimeout = .seconds(3)
      $0.pingTimeoutCode = 4088
    }) { server in
      let socket = try server.connectWebSocket()
      // Two pings are answered, the third is not: no ping of ours may count as a sign of life.
      for _ in 0..<2 {
        #expect(socket.frame()?.first == 0x89)
        socket.sendFrame(10, [])
      }
      #expect(socket.frame()?.first == 0x89)
      let close = socket.frame()
      #expect(close?.first == 0x88)
      #expect(close?.payload.prefix(2) == [UInt8(4088 >> 8), UInt8(4088 & 0xFF)])
      socket.sendFrame(8, TestFrame.closePayload(4088))
      #expect(await server.webSocket.closeCode() == 4088)
    }
  }

  @Test func whatWeSendDoesNotPutOffTheDeadline() async throws {
    let talking = Mutex(true)
    try await ServerFixture.run(
      configure: {
        $0.pingInterval = .milliseconds(40)
        $0.pongTimeout = .milliseconds(80)
      },
      webSocket: RecordingWebSocketHandler(onOpen: { connection in
        Task { @Sendable in
          // The peer takes all of it and says nothing.
          while talking.withLock({ $0 }) { await connection.listener.loop.perform { connection.send([0x61]) } }
        }
      })
    ) { server in
      let socket = try server.connectWebSocket()
      var kinds: Set<UInt8> = []
      // A server that goes on for good would be read for good.
      let end = server.loop.clock.now.advanced(by: .seconds(30))
      var code: ArraySlice<UInt8> = []
      while code.isEmpty, server.loop.clock.now < end, let frame = socket.frame() {
        kinds.insert(frame.first)
        if frame.first == 0x88 { code = frame.payload.prefix(2) }
      }
      talking.withLock { $0 = false }
      #expect(kinds == [0x81, 0x89, 0x88])
      // Not 4002, which a reader that is too slow for all that gets.
      #expect(code == [UInt8(4001 >> 8), UInt8(4001 & 0xFF)])
      socket.sendFrame(8, TestFrame.closePayload(4001))
      #expect(await server.webSocket.closeCode() == 4001)
    }
  }

  @Test func theRoundTripIsMeasuredByPongsThatWereAskedFor() async throws {
    let open = Mutex<WebSocketConnection?>(nil)
    try await ServerFixture.run(
      configure: { $0.pingInterval = .milliseconds(40) },
      webSocket: RecordingWebSocketHandler(onOpen: { connection in open.withLock { $0 = connection } })
    ) { server in
      let socket = try server.connectWebSocket()
      var pings = 0
      /// Reads until that text; pings may come in between.
      func heard(_ text: String) {
        while let frame = socket.frame(), frame.text != text { if frame.first == 0x89 { pings += 1 } }
      }
      // A pong and a text that nobody asked for.
      socket.sendFrame(10, [])
      socket.sendFrame(1, [0x61])
      heard("a")
      // Taken out: a connection holds the listener, and the listener the handler that holds this.
      let connection = try #require(open.withLock { $0.take() })
      func roundTrip() async -> Duration? { await server.loop.perform { connection.roundTripTime } }
      if pings == 0 {
        #expect(await roundTrip() == nil)
        #expect(socket.frame()?.first == 0x89)
      }
      // A busy connection is measured too.
      socket.sendFrame(1, [0x62])
      heard("b")
      socket.sendFrame(10, [])
      socket.sendFrame(1, [0x63])
      heard("c")
      let time = try #require(await roundTrip())
      #expect(time > .zero && time < .seconds(60))
    }
  }

  @Test func aPeerThatVanishedIsForgotten() async throws {
    try await ServerFixture.run(configure: {
      $0.pingInterval = .milliseconds(20)
      $0.pongTimeout = .milliseconds(20)
      $0.closeTimeout = .milliseconds(20)
    }) { server in
      let socket = try server.connectWebSocket()
      #expect(await server.webSocket.closeCode() == 4001)
      #expect(await server.listener.connectionCount == 0)
      _ = socket
    }
  }
}
