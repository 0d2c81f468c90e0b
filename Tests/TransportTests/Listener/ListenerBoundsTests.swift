// Tests what a listener limits: sizes, times, connections and descriptors.
import Glibc
import Synchronization
import Testing
import TestSupport
@testable import Transport
import Wire

@Suite(.timeLimit(.minutes(2))) struct ListenerBoundsTests {
  static let request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

  // MARK: Sizes

  @Test func headAndBodyHaveTheirConfiguredSizes() async throws {
    try await ServerFixture.run(configure: {
      $0.maximumHeaderBytes = 64
      $0.maximumBodyBytes = 10
    }) { server in
      let fits = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\nA: 12345678901\r\n\r\n"
      #expect(fits.utf8.count == 64)
      try #expect(server.connect().exchange(fits + "0123456789")?.status == 200)
      try #expect(server.connect().exchange(fits.replacing("A: ", with: "A: 0"))?.status == 431)
      try #expect(server.connect().exchange(fits.replacing(": 10", with: ": 11"))?.status == 413)
      try #expect(
        server.connect().exchange(
          "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n123456789\r\n2\r\n")?
          .status == 413)
    }
  }

  @Test func messagesHaveTheirConfiguredSize() async throws {
    try await ServerFixture.run(configure: { $0.maximumMessageBytes = 10 }) { server in
      let socket = try server.connectWebSocket()
      socket.sendFrame(1, Array("0123456789".utf8))
      #expect(socket.frame()?.text == "0123456789")
      socket.sendFrame(1, Array("01234".utf8), final: false)
      socket.sendFrame(0, Array("567890".utf8))
      #expect(socket.closeCode() == 1009)
      #expect(await server.webSocket.closeCode() == 1009)
    }
  }

  // MARK: Slow readers

  @Test func aSlowReaderIsClosedWithItsCodeAndCostsNoMemory() async throws {
    // A text makes the server send 64 MB; the client reads none of it.
    let block = [UInt8](repeating: 0x61, count: 65536)
    let mostQueued = Mutex(0)
    let handler = RecordingWebSocketHandler(onText: { connection, _ in
      for _ in 0..<1000 {
        connection.send(block)
        let queued = connection.listener.queuedBytes(connection.id)
        mostQueued.withLock { $0 = max($0, queued) }
      }
    })
    try await ServerFixture.run(
      configure: {
        $0.maximumQueuedBytes = 300_000
        $0.closeTimeout = .seconds(30)
      }, webSocket: handler
    ) { server in
      let socket = try server.connectWebSocket(receiveBuffer: 4096)
      socket.sendFrame(1, Array("go".utf8))
      while handler.seen.count < 2, !Task.isCancelled { await Task.yield() }
      // The handler has returned once the loop does something else.
      _ = await server.listener.connectionCount
      #expect(mostQueued.withLock { (1...300_000).contains($0) })
      // Whoever reads on after all gets whole frames and then the reason.
      #expect(socket.closeCode() == 4002)
      socket.sendFrame(8, TestFrame.closePayload(4002))
      #expect(await handler.closeCode() == 4002)
    }
  }

  @Test func whoReadsIsNotSlowHoweverMuchIsSentAtOnce() async throws {
    // Each fits the queue; all of them together do not, and are sent before the loop does anything else.
    let texts = (0..<40).map { _ in [UInt8](repeating: 0x61, count: 100) }
    let handler = RecordingWebSocketHandler(onText: { connection, _ in for text in texts { connection.send(text) } })
    try await ServerFixture.run(configure: { $0.maximumQueuedBytes = 1024 }, webSocket: handler) { server in
      let socket = try server.connectWebSocket()
      socket.sendFrame(1, Array("go".utf8))
      for text in texts { #expect(socket.frame()?.payload == text) }
    }
  }

  @Test func aReaderThatStaysSlowIsCutOff() async throws {
    let block = [UInt8](repeating: 0x61, count: 65536)
    let handler = RecordingWebSocketHandler(onText: { connection, _ in for _ in 0..<1000 { connection.send(block) } })
    try await ServerFixture.run(
      configure: {
        $0.maximumQueuedBytes = 100_000
        $0.closeTimeout = .milliseconds(50)
        $0.slowReaderCode = 4077
      }, webSocket: handler
    ) { server in
      let socket = try server.connectWebSocket(receiveBuffer: 4096)
      socket.sendFrame(1, Array("go".utf8))
      #expect(await handler.closeCode() == 4077)
      #expect(await server.listener.connectionCount == 0)
      _ = socket
    }
  }

  @Test func atMostOnePongWaits() async throws {
    let block = [UInt8](repeating: 0x61, count: 65536)
    let queued = Mutex<[Int]>([])
    let handler = RecordingWebSocketHandler(
      onText: { connection, _ in for _ in 0..<64 { connection.send(block) } },
      onSmallFrame: { connection in
        queued.withLock { $0.append(connection.listener.queuedBytes(connection.id)) }
        return true
      })
    try await ServerFixture.run(configure: { $0.maximumQueuedBytes = 8_000_000 }, webSocket: handler) { server in
      let socket = try server.connectWebSocket(receiveBuffer: 4096)
      socket.sendFrame(1, Array("go".utf8))
      // The client pings, and reads nothing until all of it was seen.
      for number in 1...1000 { socket.sendFrame(9, [UInt8](repeating: 0x61, count: number % 100) + Array("\(number)".utf8)) }
      while queued.withLock({ $0.count }) < 1000, !Task.isCancelled { await Task.yield() }
      let (least, most) = queued.withLock { ($0.min() ?? 0, $0.max() ?? 0) }
      #expect(least > 0, "the client's slowness shows")
      #expect(most <= queued.withLock { $0[0] } + 125 + 2 + WriteQueue.blockOverhead)
      for _ in 0..<64 { #expect(socket.frame()?.payload == block) }
      let pong = socket.frame()
      #expect(pong?.opcode == 10 && pong?.payload == Array("1000".utf8))
    }
  }

  @Test func manySmallBlocksCountForMoreThanTheyHold() async throws {
    let handler = RecordingWebSocketHandler(onText: { connection, _ in for _ in 0..<100_000 { connection.send([]) } })
    try await ServerFixture.run(
      configure: {
        $0.maximumQueuedBytes = 100_000
        $0.closeTimeout = .milliseconds(50)
      }, webSocket: handler
    ) { server in
      let socket = try server.connectWebSocket(receiveBuffer: 4096)
      // Empty texts of two bytes each: more of them than the socket takes.
      for _ in 0..<100 where socket.send(TestFrame.bytes(1, Array("go".utf8))) {}
      #expect(await handler.closeCode() == 4002)
    }
  }

  @Test func smallFramesAreJudgedByTheHandler() async throws {
    let seen = Mutex(0)
    let handler = RecordingWebSocketHandler(onSmallFrame: { _ in
      seen.withLock {
        $0 += 1
        return $0 <= 3
      }
    })
    try await ServerFixture.run(webSocket: handler) { server in
      let socket = try server.connectWebSocket()
      // A ping, a pong, and a message whose first part is small; then pings that are not answered.
      socket.sendFrame(9, Array("one".utf8))
      socket.sendFrame(10, [])
      socket.sendFrame(1, Array("te".utf8), final: false)
      socket.sendFrame(0, Array("xt".utf8))
      #expect(socket.frame()?.payload == Array("one".utf8))
      #expect(socket.frame()?.text == "text")
      for _ in 0..<10 { socket.sendFrame(9, Array("two".utf8)) }
      socket.sendFrame(1, [UInt8](repeating: 0x61, count: 126), final: false)
      socket.sendFrame(0, [])
      #expect(socket.frame()?.payload.count == 126)
      #expect(seen.withLock { $0 } == 13)
    }
  }

  @Test func whoSendsMoreThanItMayIsReadNoMore() async throws {
    let handler = RecordingWebSocketHandler(onText: { connection, _ in connection.fail(code: 4504, reason: "enough") })
    try await ServerFixture.run(configure: { $0.closeTimeout = .milliseconds(50) }, webSocket: handler) { server in
      let socket = try server.connectWebSocket()
      socket.send((0..<100).flatMap { _ in TestFrame.bytes(1, Array("again".utf8)) })
      #expect(socket.closeCode() == 4504)
      #expect(await handler.closeCode() == 4504)
      #expect(handler.seen.count { if case .received = $0 { true } else { false } } == 1)
    }
  }

  @Test func whoGoesOnSendingAfterTheEndIsLeftAlone() async throws {
    let handler = RecordingWebSocketHandler(onText: { connection, _ in connection.close(code: 4504, reason: "enough") })
    try await ServerFixture.run(configure: { $0.closeTimeout = .seconds(3600) }, webSocket: handler) { server in
      let socket = try server.connectWebSocket()
      socket.sendFrame(1, [])
      let text = TestFrame.bytes(1, [UInt8](repeating: 0x61, count: 60_000))
      // Sending stops once the sockets are full: the loop takes no more of it, however long the connection lasts.
      var sent = 0
      while sent < 1000, socket.send(text) { sent += 1 }
      #expect((4..<1000).contains(sent))
      #expect(socket.closeCode() == 4504)
      #expect(await server.listener.connectionCount == 1)
    }
  }

  @Test func theSizeOfMessagesIsEachConnectionsOwn() async throws {
    let handler = RecordingWebSocketHandler(
      onOpen: { $0.setMaximumMessageBytes(4) },
      onText: { connection, text in
        connection.send(text)
        connection.setMaximumMessageBytes(6)
      })
    try await ServerFixture.run(webSocket: handler) { server in
      let socket = try server.connectWebSocket()
      socket.sendFrame(1, Array("1234".utf8))
      // What comes in the same breath is read by the new bound already.
      socket.sendFrame(1, Array("123456".utf8))
      #expect(socket.frame()?.text == "1234")
      #expect(socket.frame()?.text == "123456")
      socket.sendFrame(1, Array("1234567".utf8))
      #expect(socket.closeCode() == 1009)
      let other = try server.connectWebSocket()
      other.sendFrame(1, Array("12345".utf8))
      #expect(other.closeCode() == 1009)
    }
  }

  @Test func theLoopRestsWhileAPeerThatDoesNotReadGoesOnSending() async throws {
    let block = [UInt8](repeating: 0x61, count: 65536)
    let handler = RecordingWebSocketHandler(onText: { connection, _ in for _ in 0..<64 { connection.send(block) } })
    try await ServerFixture.run(configure: { $0.maximumQueuedBytes = 8_000_000 }, webSocket: handler) { server in
      let socket = try server.connectWebSocket(receiveBuffer: 4096)
      socket.sendFrame(1, Array("go".utf8))
      socket.sendFrame(9, [])
      while handler.seen.count < 2, !Task.isCancelled { await Task.yield() }
      let before = await server.loop.threadTime()
      try await server.loop.clock.sleep(for: .milliseconds(200))
      let used = await server.loop.threadTime() - before
      #expect(used < .milliseconds(50), "the loop used \(used) of 200 ms")
      // Nothing was lost on either side.
      for _ in 0..<64 { #expect(socket.frame()?.payload.count == 65536) }
      #expect(socket.frame()?.first == 0x8A)
    }
  }

  @Test func aResponseThatIsNotReadEndsTheConnection() async throws {
    let body = [UInt8](repeating: 0x61, count: 8_000_000)
    let (requests, arrived) = AsyncStream.makeStream(of: Void.self)
    try await ServerFixture.run(
      configure: { $0.keepAliveTimeout = .milliseconds(50) },
      http: { _ in
        arrived.yield()
        return HTTPResponse(status: 200, body: body)
      }
    ) { server in
      let socket = try server.connect(receiveBuffer: 4096)
      socket.send(Self.request)
      for await _ in requests { break }
      while await server.listener.connectionCount > 0, !Task.isCancelled { await Task.yield() }
      // What was on its way is still there, then comes the end.
      let received = socket.readToEnd()
      #expect(received.starts(with: Array("HTTP/1.1 200".utf8)) && received.count < body.count)
    }
  }

  // MARK: Times

  // Whoever is to begin in time has a second for it, since a busy machine may need that.

  @Test func aHeadThatDripsIsAnswered408() async throws {
    try await ServerFixture.run(configure: { $0.handshakeTimeout = .seconds(1) }) { server in
      let socket = try server.connect()
      socket.send("GET / HTTP/1.1\r\nHost: x\r\nA: ")
      // Every further byte must not buy more time.
      while !socket.hasBytes(within: 5) { socket.send("a") }
      #expect(socket.response()?.status == 408)
    }
  }

  @Test func aBodyThatDripsIsAnswered408() async throws {
    try await ServerFixture.run(configure: { $0.handshakeTimeout = .seconds(1) }) { server in
      let socket = try server.connect()
      #expect(socket.exchange("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n123")?.status == 408)
      #expect(socket.isAtEnd)
    }
  }

  /// What comes of a long body buys time for the rest.
  @Test func aLongBodyHasTimeInProportion() async throws {
    try await ServerFixture.run(configure: {
      $0.handshakeTimeout = .seconds(1)
      $0.slowestBodyBytesPerSecond = 1
    }) { server in
      let long = try server.connect()
      long.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\n\r\n" + String(repeating: "a", count: 100))
      // By the time that this one is given up the other's own second is over.
      let silent = try server.connect()
      #expect(silent.exchange("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")?.status == 408)
      #expect(long.exchange("a")?.status == 200)
    }
  }

  @Test func aConnectionThatSaysNothingIsEnded() async throws {
    try await ServerFixture.run(configure: { $0.handshakeTimeout = .milliseconds(50) }) { server in
      try #expect(server.connect().isAtEnd)
    }
  }

  @Test func aConnectionBetweenRequestsIsEndedAfterItsOwnTime() async throws {
    try await ServerFixture.run(configure: {
      $0.handshakeTimeout = .seconds(1)
      $0.keepAliveTimeout = .milliseconds(1500)
    }) { server in
      let socket = try server.connect()
      let start = server.loop.clock.now
      #expect(socket.exchange(Self.request)?.status == 200)
      #expect(socket.isAtEnd)
      #expect(start.duration(to: server.loop.clock.now) >= .milliseconds(1490))
    }
  }

  @Test func aHandlerMayTakeLongerThanAnyTimeout() async throws {
    let loops = Mutex<EventLoop?>(nil)
    try await ServerFixture.run(
      configure: {
        $0.handshakeTimeout = .seconds(1)
        $0.keepAliveTimeout = .milliseconds(20)
      },
      http: { _ in
        if let loop = loops.withLock({ $0 }) { try? await loop.clock.sleep(for: .milliseconds(1500)) }
        return .text(200, "late")
      }
    ) { server in
      loops.withLock { $0 = server.loop }
      try #expect(server.connect().exchange(Self.request)?.text == "late\n")
    }
  }

  // MARK: Connections

  @Test func connectionsInAllAreLimited() async throws {
    try await ServerFixture.run(configure: { $0.maximumConnections = 2 }) { server in
      var first: RawSocket? = try server.connect()
      let second = try server.connectWebSocket()
      #expect(first?.exchange(Self.request)?.status == 200)
      let third = try server.connect()
      #expect(third.response()?.status == 503)
      first = nil
      while await server.listener.connectionCount > 1, !Task.isCancelled { await Task.yield() }
      try #expect(server.connect().exchange(Self.request)?.status == 200)
      second.sendFrame(1, [0x61])
      #expect(second.frame()?.text == "a")
    }
  }

  @Test func connectionsOfOneAddressAreLimited() async throws {
    try await ServerFixture.run(
      address: .tcp(host: "localhost", port: 0), configure: { $0.maximumConnectionsPerAddress = 1 }
    ) { server in
      var first: RawSocket? = try server.connect()
      #expect(first?.exchange(Self.request)?.status == 200)
      try #expect(server.connect().response()?.status == 503)
      // Another address has its own count.
      try #expect(RawSocket.connected(port: server.port, host: "::1").exchange(Self.request)?.status == 200)
      first = nil
      while await server.listener.connectionCount > 0, !Task.isCancelled { await Task.yield() }
      try #expect(server.connect().exchange(Self.request)?.status == 200)
    }
  }
}

@Suite struct ListenerCapacityTests {
  /// Both ends are in this process, so that twice as many descriptors are needed; fewer connections where the hard
  /// limit does not allow ten thousand.
  @Test func tenThousandConnections() async throws {
    try await ServerFixture.run(configure: { $0.pingInterval = .seconds(3600) }) { server in
      var limit = rlimit()
      getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      let wanted = rlim_t(ListenerConfiguration(address: .tcp(host: "127.0.0.1", port: 0)).maximumConnections + DescriptorLimit.besides)
      #expect(limit.rlim_cur >= min(limit.rlim_max, wanted) && limit.rlim_cur <= DescriptorLimit.maximum)
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
