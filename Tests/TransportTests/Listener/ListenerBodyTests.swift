// How much of a body is read: what the handler says when the head has come, and not a byte more.
import Synchronization
import Testing
import TestSupport
@testable import Transport
import Wire

@Suite(.timeLimit(.minutes(2))) struct ListenerBodyTests {
  /// `/ten` reads ten bytes, `/none` none, anything else is not there.
  private static let limit: @Sendable (HTTPRequest) -> RequestBodyLimit = { head in
    switch head.path {
    case "/ten": .bytes(10)
    case "/none": .bytes(0)
    default: .refused(.text(404, "not found"))
    }
  }

  private func run(_ body: (ServerFixture, _ answered: @escaping @Sendable () -> Int) async throws -> Void) async throws {
    let answered = Mutex(0)
    try await ServerFixture.run(
      configure: { $0.closeTimeout = .milliseconds(50) },
      http: { request in
        answered.withLock { $0 += 1 }
        return try await ServerFixture.echo(request)
      }, bodyLimit: Self.limit,
      largerBody: { .text(413, "\($0.method) \($0.path) \($0.headers["Content-Length"] ?? "in chunks") \($0.body.count)") }
    ) { server in try await body(server) { answered.withLock { $0 } } }
  }

  private static func head(_ path: String, _ fields: String) -> String { "POST \(path) HTTP/1.1\r\nHost: x\r\n\(fields)\r\n\r\n" }

  @Test(arguments: [
    ("/ten", "Content-Length: 11", 413), ("/none", "Content-Length: 1", 413), ("/elsewhere", "Content-Length: 1", 404),
    ("/elsewhere", "Transfer-Encoding: chunked", 404), ("/ws", "Content-Length: 1", 405),
    ("/ten", "Content-Length: 11\r\nExpect: 100-continue", 413), ("/elsewhere", "Content-Length: 1\r\nUpgrade: websocket", 404),
  ])
  func isRefusedAtTheHead(path: String, fields: String, status: Int) async throws {
    try await run { server, answered in
      let socket = try server.connect()
      // Not a byte of the body is sent.
      let response = socket.exchange(Self.head(path, fields))
      #expect(response?.status == status)
      #expect(response?.header("connection") == "close")
      #expect(socket.readToEnd().isEmpty)
      #expect(answered() == 0)
    }
  }

  @Test func isReadWithinItsLimit() async throws {
    try await run { server, answered in
      let socket = try server.connect()
      #expect(socket.exchange(Self.head("/ten", "Content-Length: 10") + "0123456789")?.body == Array("0123456789".utf8))
      #expect(socket.exchange(Self.head("/ten", "Transfer-Encoding: chunked") + "a\r\n0123456789\r\n0\r\n\r\n")?.status == 200)
      #expect(socket.exchange(Self.head("/none", "Transfer-Encoding: chunked") + "0\r\n\r\n")?.status == 200)
      // What has no body is asked nothing.
      #expect(socket.exchange("GET /elsewhere HTTP/1.1\r\nHost: x\r\n\r\n")?.status == 200)
      #expect(answered() == 4)
    }
  }

  @Test(arguments: ["b\r\n", "9\r\n123456789\r\n2\r\n"])
  func inChunksIsRefusedOnceItIsTooLarge(chunks: String) async throws {
    try await run { server, answered in
      try #expect(server.connect().exchange(Self.head("/ten", "Transfer-Encoding: chunked") + chunks)?.status == 413)
      #expect(answered() == 0)
    }
  }

  /// More than anybody reads, more than the listener reads of anybody, and more than can be counted: who knows the route answers.
  @Test(arguments: ["11", "1048577", "99999999999999999999999999"])
  func aLargerBodyIsTheHandlersToAnswer(length: String) async throws {
    try await run { server, _ in
      let response = try server.connect().exchange(Self.head("/ten", "Content-Length: \(length)"))
      #expect(response.map { String(decoding: $0.body, as: UTF8.self) } == "POST /ten \(length) 0\n")
      let socket = try server.connect()
      #expect(socket.exchange("POST /ten HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok")?.status == 200)
      let chunks = Self.head("/ten", "Transfer-Encoding: chunked") + "b\r\n"
      #expect(socket.exchange(chunks).map { String(decoding: $0.body, as: UTF8.self) } == "POST /ten in chunks 0\n")
    }
  }

  @Test func continuesOnlyWhereItIsRead() async throws {
    try await run { server, _ in
      let socket = try server.connect()
      socket.send(Self.head("/ten", "Content-Length: 10\r\nExpect: 100-continue"))
      #expect(socket.read(25) == Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
      #expect(socket.exchange("0123456789")?.status == 200)
    }
  }

  /// How a request ends for whose body room was set aside.
  enum BodyEnd: CaseIterable { case answered, refused, abandoned, slow }

  @Test(arguments: BodyEnd.allCases) func theRoomOfABodyIsGivenBackOnce(end: BodyEnd) async throws {
    let (givenBack, news) = AsyncStream<Void>.makeStream()
    let count = Mutex(0)
    try await ServerFixture.run(
      configure: { if end == .slow { $0.handshakeTimeout = .seconds(1) } },
      bodyLimit: { _ in
        .reserved(
          10,
          giveBack: {
            count.withLock { $0 += 1 }
            news.yield()
          })
      }
    ) { server in
      let socket = try server.connect()
      switch end {
      case .answered: #expect(socket.exchange(Self.head("/", "Content-Length: 10") + "0123456789")?.status == 200)
      case .refused: #expect(socket.exchange(Self.head("/", "Transfer-Encoding: chunked") + "b\r\n")?.status == 413)
      case .abandoned:
        socket.send(Self.head("/", "Content-Length: 10") + "0123")
        socket.drop()
      case .slow: #expect(socket.exchange(Self.head("/", "Content-Length: 10") + "0123")?.status == 408)
      }
      var times = givenBack.makeAsyncIterator()
      await times.next()
    }
    // The listener has stopped: nothing more can happen.
    #expect(count.withLock { $0 } == 1)
  }

  /// Whoever goes before the answer leaves the body with the handler, which has it still.
  @Test func theRoomOfABodyIsHeldAsLongAsItsHandler() async throws {
    let (begun, beginnings) = AsyncStream<Void>.makeStream()
    let (given, news) = AsyncStream<Bool>.makeStream()
    let isDone = Mutex(false)
    let (release, releases) = AsyncStream<Void>.makeStream()
    try await ServerFixture.run(
      http: { _ in
        beginnings.yield()
        // Not ended by the cancellation of this task, as a call that is on its way is not.
        await Task { for await _ in release { return } }.value
        isDone.withLock { $0 = true }
        return .text(200, "done")
      }, bodyLimit: { _ in .reserved(1, giveBack: { news.yield(isDone.withLock { $0 }) }) }
    ) { server in
      let socket = try server.connect()
      socket.send(Self.head("/", "Content-Length: 1") + "0")
      var beginning = begun.makeAsyncIterator()
      await beginning.next()
      socket.drop()
      // The listener hears of the end before it answers another.
      try #expect(server.connect().exchange("GET /ws HTTP/1.1\r\nHost: x\r\n\r\n") != nil)
      releases.yield()
      var times = given.makeAsyncIterator()
      #expect(await times.next() == true)
    }
  }
}
