// Tests the end of listeners and loops: everything is closed, everybody is told once.
import Logging
import TestSupport
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(2))) struct ListenerStopTests {
  @Test func stopClosesWebSocketsWith1001AndReturnsWhenAllAreGone() async throws {
    try await ServerFixture.run { server in
      let sockets = try (0..<10).map { _ in try server.connectWebSocket() }
      let idle = try server.connect()
      while await server.listener.connectionCount < 11, !Task.isCancelled { await Task.yield() }
      // On the loop, since this thread will be busy reading.
      let stopped = server.loop.spawn { await server.listener.stop() }
      for socket in sockets {
        #expect(socket.closeCode() == 1001)
        socket.sendFrame(8, TestFrame.closePayload(1001))
      }
      await stopped.value
      #expect(await server.listener.connectionCount == 0)
      #expect(idle.isAtEnd)
      let closed = server.webSocket.seen.filter { if case .closed(_, 1001) = $0 { true } else { false } }
      #expect(closed.count == 10)
      #expect(throws: RawSocket.ConnectionFailure.self) { try server.connect() }
      // Again is harmless.
      await server.listener.stop()
    }
  }

  @Test func stopDoesNotWaitForPeersThatDoNotAnswer() async throws {
    try await ServerFixture.run(configure: { $0.closeTimeout = .milliseconds(30) }) { server in
      let socket = try server.connectWebSocket()
      await server.listener.stop()
      #expect(socket.closeCode() == 1001)
    }
  }

  @Test func stopCancelsHandlers() async throws {
    let (starts, started) = AsyncStream.makeStream(of: Void.self)
    try await ServerFixture.run(http: { _ in
      started.yield()
      while !Task.isCancelled { await Task.yield() }
      return .text(200, "nobody")
    }) { server in
      let socket = try server.connect()
      socket.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      for await _ in starts { break }
      await server.listener.stop()
      #expect(socket.isAtEnd)
    }
  }

  @Test func theEndOfTheLoopClosesEverythingOnce() async throws {
    let handler = RecordingWebSocketHandler()
    var sockets: [RawSocket] = []
    try await ServerFixture.run(webSocket: handler) { server in
      for _ in 0..<20 { sockets.append(try server.connectWebSocket()) }
      for _ in 0..<5 { sockets.append(try server.connect()) }
      while await server.listener.connectionCount < 25, !Task.isCancelled { await Task.yield() }
    }
    for socket in sockets.prefix(20) { #expect(socket.closeCode() == 1001) }
    for socket in sockets { #expect(socket.isAtEnd) }
    let closed = handler.seen.filter { if case .closed(_, 1001) = $0 { true } else { false } }
    #expect(closed.count == 20)
    #expect(handler.seen.count == 40)
  }

  @Test func theEndOfTheLoopDoesNotWaitForASlowReader() async throws {
    let block = [UInt8](repeating: 0x61, count: 65536)
    let handler = RecordingWebSocketHandler(onText: { connection, _ in for _ in 0..<100 { connection.send(block) } })
    try await ServerFixture.run(configure: { $0.maximumQueuedBytes = 50_000_000 }, webSocket: handler) { server in
      let socket = try server.connectWebSocket(receiveBuffer: 4096)
      socket.sendFrame(1, Array("go".utf8))
      while handler.seen.count < 2, !Task.isCancelled { await Task.yield() }
      await server.loop.stop()
      #expect(await handler.closeCode() == 1001)
      _ = socket
    }
  }

  @Test func afterTheLoopNothingHangs() async throws {
    let loop = try EventLoop()
    let handler = ClosureHTTPHandler(body: ServerFixture.echo)
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let configuration = ListenerConfiguration(address: .tcp(host: "127.0.0.1", port: 0))
    let listener = try await Listener.start(configuration, on: loop, http: handler, logger: logger)
    await loop.stop()
    await listener.stop()
    #expect(await listener.connectionCount == 0)
    let error = await #expect(throws: TransportError.self) {
      _ = try await Listener.start(configuration, on: loop, http: handler, logger: logger)
    }
    #expect(error?.code == .stopped)
  }

  @Test func aLoopHasSeveralListenersAndOutlivesThem() async throws {
    try await ServerFixture.run { server in
      let handler = ClosureHTTPHandler(body: { _ in .text(200, "second") })
      let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
      for _ in 0..<20 {
        let second = try await Listener.start(
          ListenerConfiguration(address: .tcp(host: "127.0.0.1", port: 0)), on: server.loop, http: handler,
          logger: logger)
        let socket = try RawSocket.connected(port: try #require(second.port))
        #expect(socket.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n")?.text == "second\n")
        await second.stop()
        #expect(socket.isAtEnd)
      }
      try #expect(server.connect().exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n")?.status == 200)
    }
  }
}
