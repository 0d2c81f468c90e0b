// Tests how calls of the HTTP client end: timeouts, cancellation, many at once and the end of the loop.
import ProviderHTTP
import Synchronization
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(1))) struct HTTPClientEndTests {
  // MARK: Timeout and cancellation

  @Test func timeoutLeavesTheOthersAlone() async throws {
    // The others are answered only after the hanging one has timed out and its connection has ended.
    let gate = Gate(opensAt: 3)
    try await withServer({ connection in
      guard let request = connection.readRequest() else { return }
      if request.path == "/hang" { connection.waitForEnd() }
      gate.pass()
      connection.respond()
    }) { (server) async throws in
      try await withClient { (client) async throws in
        async let first = client.status(of: .get(server.url + "/a"))
        async let second = client.status(of: .post(server.url + "/b", .once))
        async let hanging = client.failure(of: .get(server.url + "/hang", timeout: .seconds(2)))
        let failure = await hanging
        #expect(failure?.code == .timeout)
        #expect(failure?.neverSent == false)
        #expect(try await [first, second] == [200, 200])
      }
    }
  }

  @Test func timeoutWhileWaitingForAConnection() async throws {
    var configuration = HTTPClientConfiguration()
    configuration.maximumConnectionsPerHost = 1
    try await withServer(RawServer.hanging) { (server) async throws in
      try await withClient(configuration) { (client) async throws in
        let first = Task { await client.failure(of: .get(server.url + "/hang")) }
        await server.sawRequests(1)
        let failure = await client.failure(of: .post(server.url + "/b", .once, timeout: .milliseconds(100)))
        #expect(failure?.code == .timeout)
        #expect(failure?.neverSent == true)
        // The place becomes free with the first one's end, and the next request gets it.
        first.cancel()
        _ = await first.value
        #expect(try await client.status(of: .get(server.url + "/c")) == 200)
        #expect(server.requests.map(\.path) == ["/hang", "/c"])
      }
    }
  }

  @Test(arguments: [Duration.seconds(Int64.max), .zero, .seconds(-1)]) func extremeTimeouts(timeout: Duration)
    async throws
  {
    try await withServer(RawServer.hanging) { server in
      let isEndless = timeout > .zero
      var configuration = HTTPClientConfiguration()
      configuration.connectTimeout = timeout
      let request = ProviderRequest.get(server.url + (isEndless ? "" : "/hang"), timeout: timeout)
      let failure = try await withClient(configuration) { await $0.failure(of: request) }
      if isEndless { #expect(failure == nil) } else { #expect([.timeout, .unreachable].contains(failure?.code)) }
    }
  }

  @Test func cancelledBeforeTheStart() async throws {
    try await withServer(RawServer.hanging) { (server) async throws in
      try await withClient { (client) async throws in
        let task = Task {
          withUnsafeCurrentTask { $0?.cancel() }
          return await client.failure(of: .post(server.url, .once))
        }
        let failure = await task.value
        #expect(failure?.code == .cancelled)
        #expect(failure?.neverSent == true)
        #expect(try await client.status(of: .get(server.url + "/other")) == 200)
        #expect(server.requests.map(\.path) == ["/other"])
      }
    }
  }

  @Test func cancelledWhileWaitingForTheResponse() async throws {
    try await withServer(RawServer.hanging) { (server) async throws in
      try await withClient { (client) async throws in
        let task = Task { await client.failure(of: .post(server.url + "/hang", .once)) }
        await server.sawRequests(1)
        task.cancel()
        let failure = await task.value
        #expect(failure?.code == .cancelled)
        #expect(failure?.neverSent == false)
        // The transfer has really ended: its connection is closed.
        while server.openConnectionCount > 0, !Task.isCancelled { await Task.yield() }
      }
    }
  }

  @Test func cancelledAfterTheEnd() async throws {
    try await withServer(RawServer.hanging) { (server) async throws in
      try await withClient { (client) async throws in
        let task = Task { await client.failure(of: .get(server.url)) }
        #expect(await task.value == nil)
        task.cancel()
        #expect(try await client.status(of: .get(server.url)) == 200)
      }
    }
  }

  /// Cancels at every moment of a call's life that a few microseconds make.
  @Test func cancelledAtAnyMoment() async throws {
    try await withServer({ connection in
      while connection.readRequest() != nil { connection.respond() }
    }) { (server) async throws in
      try await withClient { (client) async throws in
        for round in 0..<500 {
          let task = Task { await client.failure(of: .get(server.url)) }
          for _ in 0..<(round % 25) { await Task.yield() }
          task.cancel()
          let failure = await task.value
          #expect(failure == nil || failure?.code == .cancelled)
        }
        #expect(try await client.status(of: .get(server.url)) == 200)
      }
    }
  }

  // MARK: Many requests, and the end

  @Test func moreRequestsThanAllowed() async throws {
    var configuration = HTTPClientConfiguration()
    configuration.maximumRequests = 3
    try await withServer(RawServer.hanging) { (server) async throws in
      try await withClient(configuration) { (client) async throws in
        let hanging = (0..<3).map { _ in Task { await client.failure(of: .get(server.url + "/hang")) } }
        await server.sawRequests(3)
        let failure = await client.failure(of: .post(server.url, .once))
        #expect(failure?.code == .overloaded)
        #expect(failure?.neverSent == true)
        hanging[0].cancel()
        _ = await hanging[0].value
        #expect(try await client.status(of: .get(server.url)) == 200)
        for task in hanging { task.cancel() }
      }
    }
  }

  @Test(arguments: [ProviderRequest.Repeatability.once, .repeatable])
  func moreRequestsThanConnections(repeatability: ProviderRequest.Repeatability) async throws {
    var configuration = HTTPClientConfiguration()
    configuration.maximumConnectionsPerHost = 6
    configuration.reservedConnectionsPerHost = 2
    let busy = Mutex((now: 0, most: 0))
    let gate = Gate(opensAt: 4)
    try await withServer({ connection in
      while connection.readRequest() != nil {
        busy.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
        gate.pass()
        busy.withLock { $0.now -= 1 }
        connection.respond()
      }
    }) { (server) async throws in
      try await withClient(configuration) { (client) async throws in
        await withTaskGroup(of: ProviderHTTPFailure?.self) { group in
          for _ in 0..<300 { group.addTask { await client.failure(of: .post(server.url, repeatability)) } }
          for await failure in group { #expect(failure == nil) }
        }
      }
      #expect(server.requests.count == 300)
      #expect(busy.withLock { $0.most } == 4)
    }
  }

  /// Calls that end something have connections that the others cannot take, and go before those that wait.
  @Test func closingNeverWaitsForOthers() async throws {
    var configuration = HTTPClientConfiguration()
    configuration.maximumConnectionsPerHost = 3
    configuration.reservedConnectionsPerHost = 1
    try await withServer(RawServer.hanging) { (server) async throws in
      try await withClient(configuration) { (client) async throws in
        let opens = (0..<20).map { _ in Task { await client.failure(of: .post(server.url + "/hang", .once)) } }
        await server.sawRequests(2)
        for index in 0..<10 {
          var request = ProviderRequest.post(server.url + "/close\(index)", .repeatable)
          request.priority = .closing
          #expect(try await client.status(of: request) == 200)
        }
        // Ten more on the one connection that is left to them.
        await withTaskGroup(of: ProviderHTTPFailure?.self) { group in
          for index in 10..<20 {
            group.addTask {
              var request = ProviderRequest.post(server.url + "/close\(index)", .repeatable)
              request.priority = .closing
              return await client.failure(of: request)
            }
          }
          for await failure in group { #expect(failure == nil) }
        }
        #expect(server.requests.count { $0.path == "/hang" } == 2)
        for task in opens { task.cancel() }
        for task in opens { #expect(await task.value?.code == .cancelled) }
      }
    }
  }

  @Test func stoppingTheLoopEndsAllCallsAndLeavesNothing() async throws {
    try await withServer(RawServer.hanging) { (server) async throws in
      weak var forgotten: HTTPClient?
      let loop = try EventLoop()
      do {
        let client = try await HTTPClient.start(HTTPClientConfiguration(), on: loop)
        forgotten = client
        let tasks = (0..<20).map { _ in Task { await client.failure(of: .post(server.url + "/hang", .once)) } }
        await server.sawRequests(14)
        await loop.stop()
        for task in tasks {
          let failure = await task.value
          #expect(failure?.code == .cancelled)
        }
        // Afterwards a call fails at once.
        let late = await client.failure(of: .get(server.url))
        #expect(late?.code == .cancelled)
        #expect(late?.neverSent == true)
      }
      #expect(forgotten == nil)
      while server.openConnectionCount > 0, !Task.isCancelled { await Task.yield() }
      let error = await #expect(throws: TransportError.self) {
        try await HTTPClient.start(HTTPClientConfiguration(), on: loop)
      }
      #expect(error?.code == .stopped)
    }
  }
}
